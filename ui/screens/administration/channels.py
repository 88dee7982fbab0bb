"""The page of channels: where customers reach us, and who sees what comes in there."""

from dataclasses import replace

from PySide6.QtCore import QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QCheckBox, QLineEdit, QPlainTextEdit, QWidget

from agent_desktop.domain.ids import Id
from agent_desktop.domain.workspace import ChannelKind
from ui.context import UiContext
from ui.icon_names import IconName
from ui.models.administration_forms import ChannelForm, channel_form
from ui.models.administration_text import CHANNELS
from ui.models.held_mail_text import held_text
from ui.models.timeline_text import channel_title
from ui.screens.administration.held_mails import HeldMailsDialog
from ui.screens.administration.mail_dialog import MailDialog
from ui.screens.administration.staff_page import PageWords, StaffDialog, StaffPage
from ui.viewmodels.held_mails import HeldMailsViewModel
from ui.viewmodels.mail_health import MailHealthViewModel
from ui.viewmodels.staff import StaffViewModel
from ui.widgets.buttons import Button, ButtonKind
from ui.widgets.form_dialog import CheckList, choice

_SENTENCE = (
    "A channel is one account on which customers reach you: a mailbox, a telephone number, a chat. Its signature goes"
    " below every reply on it."
)
_PRIVATE = "Its conversations are on the computers of its team and these people alone."
_SIGNATURE_HEIGHT = 64
_LOOK_EVERY = 20_000  # milliseconds
_KINDS = tuple(kind for kind in ChannelKind if kind is not ChannelKind.EMAIL)
_WORDS = PageWords(
    title="Channels",
    sentence=_SENTENCE,
    find="Find by name, address or team",
    edit="Edit channel",
    add="Connect a mailbox",
    add_icon=IconName.MAIL,
)


class ChannelsPage(StaffPage):
    """All channels, how their mailboxes do, and a dialog for one: mailboxes have one of their own."""

    def __init__(self, context: UiContext, staff: StaffViewModel, parent: QWidget | None = None) -> None:
        self.health = MailHealthViewModel(context)
        super().__init__(context, staff, _WORDS, CHANNELS, ChannelDialog, parent)
        self.health.setParent(self)
        self.other = Button(context.theme, "Other channel", icon=IconName.PLUS, parent=self)
        self.other.clicked.connect(self._begin_other)
        self.head.add_button(self.other, first=True)
        self.held = HeldMailsViewModel(context, self)
        self.held_button = Button(context.theme, "", ButtonKind.LINK, IconName.WARNING, parent=self)
        self.held_button.hide()
        self.held_button.clicked.connect(self._show_held)
        self.held.changed.connect(self._tell_of_held)
        self.tools.addWidget(self.held_button)
        self.empty.set_state(
            IconName.MAIL,
            "No channels yet",
            "Connect the mailbox that customers write to.",
            "Connect a mailbox",
        )
        self.health.changed.connect(self.fill)
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_EVERY)
        self._timer.timeout.connect(self._look)

    def fill(self) -> None:
        self.offer(self._staff.channels({key: health.cell for key, health in self.health.found.items()}))

    def ask(self, row_id: Id) -> None:
        channel = self._staff.channel(row_id)
        if channel is None or channel.kind is ChannelKind.EMAIL:
            dialog = MailDialog(self._context, self._staff, row_id, self.window())
            dialog.finished.connect(lambda _: self._look())
            dialog.open()
        else:
            super().ask(row_id)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._look()
        self._timer.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._timer.stop()

    def _tell_of_held(self) -> None:
        words = held_text(self.held.count)
        self.held_button.setText(words)
        self.held_button.setVisible(bool(words))

    def _show_held(self) -> None:
        HeldMailsDialog(self._context, self.held, self.window()).open()

    def _begin_other(self) -> None:
        super().ask(self._staff.new_id())

    def _look(self) -> None:
        self.health.look(tuple(channel.id for channel in self._staff.mail_channels if channel.active))
        self.held.look()


class ChannelDialog(StaffDialog):
    """Of every kind but mailboxes: kind, name, address, team, signature, who sees it, and whether it is in use."""

    def __init__(
        self, context: UiContext, staff: StaffViewModel, row_id: Id, parent: QWidget | None = None
    ) -> None:
        channel = staff.channel(row_id)
        form = ChannelForm(kind=ChannelKind.CHAT) if channel is None else channel_form(channel)
        super().__init__(context, staff, row_id, form.name or "New channel", parent)
        self._was = form
        self.kind = choice(((kind, channel_title(kind)) for kind in _KINDS), form.kind, self)
        # What came in on it was written for its kind.
        self.kind.setEnabled(channel is None)
        self.name = QLineEdit(form.name, self)
        self.address = QLineEdit(form.address, self)
        self.address.setPlaceholderText("+44 20 7946 0000")
        teams = [(None, "No team"), *((team.id, team.name) for team in staff.open_teams)]
        self.team = choice(teams, form.team_id, self)
        self.signature = QPlainTextEdit(form.signature, self)
        self.signature.setTabChangesFocus(True)
        self.signature.setFixedHeight(_SIGNATURE_HEIGHT)
        self.private = QCheckBox("Private: not everybody sees what comes in", self)
        self.private.setChecked(form.private)
        self.members = CheckList(
            "People who see it",
            ((user.id, user.name) for user in staff.colleagues),
            form.member_ids,
            self,
            rows=4,
        )
        self.members.setEnabled(form.private)
        self.private.toggled.connect(self.members.setEnabled)
        self.active = QCheckBox("Open: it is in use", self)
        self.active.setChecked(form.active)
        self.add("Kind", self.kind)
        self.add("Name", self.name)
        self.add("Address or number", self.address)
        self.add("Team that gets what comes in", self.team)
        self.add("Signature", self.signature)
        self.add("", self.private, _PRIVATE)
        self.add("People who see it", self.members)
        self.add("", self.active)

    @property
    def form(self) -> ChannelForm:
        """What stands in the fields."""
        return replace(
            self._was,
            kind=ChannelKind(self.kind.currentData()),
            name=self.name.text(),
            address=self.address.text(),
            team_id=self.team.currentData(),
            signature=self.signature.toPlainText(),
            private=self.private.isChecked(),
            member_ids=self.members.chosen,
            active=self.active.isChecked(),
        )
