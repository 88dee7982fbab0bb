"""The page of channels: where customers reach us, and who sees what comes in there."""

from PySide6.QtWidgets import QCheckBox, QLineEdit, QPlainTextEdit, QWidget

from agent_desktop.domain.ids import Id
from agent_desktop.domain.workspace import ChannelKind
from ui.context import UiContext
from ui.icon_names import IconName
from ui.models.administration_forms import ChannelForm, channel_form
from ui.models.administration_text import CHANNELS
from ui.models.timeline_text import channel_title
from ui.screens.administration.staff_page import PageWords, StaffDialog, StaffPage
from ui.viewmodels.staff import StaffViewModel
from ui.widgets.form_dialog import CheckList, choice

_SENTENCE = (
    "A channel is one account on which customers reach you: a mailbox, a telephone number, a chat. Its signature goes"
    " below every reply on it."
)
_PRIVATE = "Its conversations are on the computers of its team and these people alone."
_SIGNATURE_HEIGHT = 64
_WORDS = PageWords(
    title="Channels",
    sentence=_SENTENCE,
    find="Find by name, address or team",
    edit="Edit channel",
    add="New channel",
)


class ChannelsPage(StaffPage):
    """All channels, with a dialog for one."""

    def __init__(self, context: UiContext, staff: StaffViewModel, parent: QWidget | None = None) -> None:
        super().__init__(context, staff, _WORDS, CHANNELS, ChannelDialog, parent)
        self.empty.set_state(
            IconName.MAIL, "No channels yet", "Add the mailbox that customers write to.", "New channel"
        )

    def fill(self) -> None:
        self.offer(self._staff.channels)


class ChannelDialog(StaffDialog):
    """Kind, name, address, team, signature, who sees it, and whether it is in use."""

    def __init__(
        self, context: UiContext, staff: StaffViewModel, row_id: Id, parent: QWidget | None = None
    ) -> None:
        channel = staff.channel(row_id)
        form = ChannelForm() if channel is None else channel_form(channel)
        super().__init__(context, staff, row_id, form.name or "New channel", parent)
        self.kind = choice(((kind, channel_title(kind)) for kind in ChannelKind), form.kind, self)
        # What came in on it was written for its kind.
        self.kind.setEnabled(channel is None)
        self.name = QLineEdit(form.name, self)
        self.address = QLineEdit(form.address, self)
        self.address.setPlaceholderText("help@example.com")
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
        return ChannelForm(
            kind=ChannelKind(self.kind.currentData()),
            name=self.name.text(),
            address=self.address.text(),
            team_id=self.team.currentData(),
            signature=self.signature.toPlainText(),
            private=self.private.isChecked(),
            member_ids=self.members.chosen,
            active=self.active.isChecked(),
        )
