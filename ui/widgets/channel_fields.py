"""What a channel is beside its mailbox: its name, who gets and sees what comes in, and how it answers."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from PySide6.QtWidgets import QCheckBox, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from agent_desktop.domain.ids import Id
from agent_desktop.domain.workspace import Reopening, Team, User
from ui.fonts import FontRole
from ui.models.administration_forms import ChannelForm
from ui.models.mail_account_text import (
    AUTO_REPLY,
    NEVER_ANSWERED,
    REOPENINGS,
    reply_preview,
    reply_problem,
    signature_preview,
)
from ui.styling import StyleProperty, set_style
from ui.tokens import ColorRole
from ui.widgets.form_dialog import CheckList, choice
from ui.widgets.form_lines import Labelled
from ui.widgets.number_field import NumberField
from ui.widgets.safe_text import SafeLabel

_SIGNATURE_HEIGHT, _REPLY_HEIGHT = 64, 128
_INDENT = 26
_PRIVATE = "Its conversations are on the computers of its team and these people alone."
_SIGNATURE = (
    "It goes below replies of people who have no signature of their own. Everybody writes theirs in the settings,"
    " under “You”."
)
_CLOSED = "A closed conversation is never opened again: a new one follows it."


class Choices(NamedTuple):
    """Who there is, and who looks at it."""

    teams: Sequence[Team]
    people: Sequence[User]
    me: User
    workspace: str
    now: datetime


class _Fields(QWidget):
    def __init__(self, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.rows = QVBoxLayout(self)
        self.rows.setContentsMargins(0, 0, 0, 0)
        self.rows.setSpacing(10)

    def add(self, label: str, field: QWidget) -> Labelled:
        """A field under its label."""
        box = Labelled(label, field, self)
        self.rows.addWidget(box)
        return box

    def say(self, words: str, color: ColorRole = ColorRole.TEXT_3, indent: int = 0) -> SafeLabel:
        """A sentence between the fields."""
        label = SafeLabel(words, FontRole.SECONDARY, color, wrap=True, parent=self)
        label.setContentsMargins(indent, 0, 0, 0)
        self.rows.addWidget(label)
        return label

    def preview_below(self) -> SafeLabel:
        """What a customer will read, set off from the fields."""
        label = self.say("", ColorRole.TEXT_2)
        label.setContentsMargins(12, 8, 12, 8)
        set_style(label, StyleProperty.KIND, "inset")
        return label


class ChannelFields(_Fields):
    """Name, team, signature, who sees it, and whether it is in use."""

    def __init__(self, form: ChannelForm, choices: Choices, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._me = choices.me
        self.name = QLineEdit(form.name, self)
        self.name.setPlaceholderText("Support")
        teams = [(None, "No team"), *((team.id, team.name) for team in choices.teams)]
        self.team = choice(teams, form.team_id, self)
        self.signature = QPlainTextEdit(form.signature, self)
        self.signature.setTabChangesFocus(True)
        self.signature.setFixedHeight(_SIGNATURE_HEIGHT)
        self.private = QCheckBox("Private: not everybody sees what comes in", self)
        self.private.setChecked(form.private)
        people = ((user.id, user.name) for user in choices.people)
        self.members = CheckList("People who see it", people, form.member_ids, self, rows=4)
        self.active = QCheckBox("Open: it is in use", self)
        self.active.setChecked(form.active)
        self.add("Name", self.name)
        self.add("Team that gets what comes in", self.team)
        self.add("Signature", self.signature)
        self.say(_SIGNATURE)
        self.preview = self.preview_below()
        self.rows.addWidget(self.private)
        self.say(_PRIVATE, indent=_INDENT)
        seen = self.add("People who see it", self.members)
        seen.setVisible(form.private)
        self.private.toggled.connect(seen.setVisible)
        self.rows.addWidget(self.active)
        self.rows.addStretch(1)
        self.signature.textChanged.connect(self._show_preview)
        self._show_preview()

    @property
    def team_id(self) -> Id | None:
        """The chosen team."""
        chosen: Id | None = self.team.currentData()
        return chosen

    def _show_preview(self) -> None:
        shown = signature_preview(self._me.signature, self.signature.toPlainText(), self._me.name)
        self.preview.setText(f"Below your own replies:\n{shown}")


class AnswerFields(_Fields):
    """What becomes of a solved conversation when its customer writes again, and the automatic answer."""

    def __init__(self, form: ChannelForm, choices: Choices, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._choices = choices
        self._channel = form.name
        self.reopening = choice(REOPENINGS.items(), form.reopening, self)
        self.days = NumberField(self)
        self.days.setRange(1, 3_650)
        self.days.setSuffix(" days after it was solved")
        self.days.setValue(form.reopen_days)
        self.automatic = QCheckBox("Answer new conversations automatically", self)
        self.automatic.setChecked(bool(form.auto_reply))
        self.reply = QPlainTextEdit(form.auto_reply or AUTO_REPLY, self)
        self.reply.setTabChangesFocus(True)
        self.reply.setFixedHeight(_REPLY_HEIGHT)
        self.add("When a customer answers a solved conversation", self.reopening)
        self._days_box = self.add("Opened again until", self.days)
        self.say(_CLOSED)
        self.rows.addWidget(self.automatic)
        self.say(NEVER_ANSWERED, indent=_INDENT)
        self._reply_box = self.add("Text of the automatic answer", self.reply)
        self.preview = self.preview_below()
        self.rows.addStretch(1)
        self.reopening.currentIndexChanged.connect(self._refresh)
        self.automatic.toggled.connect(self._refresh)
        self.reply.textChanged.connect(self._refresh)
        self._refresh()

    def show_channel(self, name: str) -> None:
        """The channel is called so by now."""
        self._channel = name
        self._refresh()

    @property
    def chosen_reopening(self) -> Reopening:
        """What is chosen."""
        return Reopening(self.reopening.currentData())

    @property
    def auto_reply(self) -> str:
        """The text, "" while it is off."""
        return self.reply.toPlainText() if self.automatic.isChecked() else ""

    def _refresh(self) -> None:
        self._days_box.setVisible(self.chosen_reopening is Reopening.WITHIN)
        on, text = self.automatic.isChecked(), self.reply.toPlainText()
        self._reply_box.setVisible(on)
        problem = reply_problem(text)
        shown = reply_preview(text, self._channel, self._choices.workspace, self._choices.now)
        self.preview.setText(problem or f"Amelia Novak, for example, gets:\n{shown}")
        self.preview.setVisible(on)
