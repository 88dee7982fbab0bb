"""The page of channels: where customers reach us, and who sees what comes in there."""

from PySide6.QtWidgets import QCheckBox, QLineEdit, QPlainTextEdit, QWidget

from agent_desktop.domain.ids import Id
from agent_desktop.domain.workspace import ChannelKind
from ui.context import UiContext
from ui.icon_names import IconName
from ui.models.administration_forms import ChannelForm, channel_form
from ui.models.administration_text import CHANNELS
from ui.models.timeline_text import channel_title
from ui.viewmodels.staff import StaffViewModel
from ui.widgets.buttons import Button, ButtonKind
from ui.widgets.form_dialog import CheckList, FormDialog, choice
from ui.widgets.table_page import TablePage

_SENTENCE = (
    "A channel is one account on which customers reach you: a mailbox, a telephone number, a chat. Its signature goes"
    " below every reply on it."
)
_PRIVATE = "Its conversations are on the computers of its team and these people alone."
_SIGNATURE_HEIGHT = 64


class ChannelsPage(TablePage):
    """All channels, with a dialog for one."""

    def __init__(self, context: UiContext, staff: StaffViewModel, parent: QWidget | None = None) -> None:
        super().__init__(
            context.theme,
            "Channels",
            _SENTENCE,
            CHANNELS,
            find="Find by name, address or team",
            parent=parent,
        )
        self._context, self._staff = context, staff
        self.edit = Button(context.theme, "Edit", icon=IconName.PENCIL, hint="⏎", parent=self)
        self.edit.setAccessibleName("Edit channel")
        self.add = Button(context.theme, "New channel", ButtonKind.PRIMARY, IconName.PLUS, parent=self)
        for button in (self.edit, self.add):
            self.head.add_button(button)
        self.empty.set_state(
            IconName.MAIL, "No channels yet", "Add the mailbox that customers write to.", "New channel"
        )
        self.empty.action_triggered.connect(self._begin)
        self.edit.clicked.connect(lambda: self._open(self.table.current))
        self.add.clicked.connect(self._begin)
        self.table.opened.connect(self._open)
        staff.changed.connect(self.show_all)
        self.show_all()

    def show_all(self) -> None:
        """Show all channels as they are now."""
        self.offer(self._staff.channels)
        self.edit.setEnabled(bool(self.table.current))

    def _begin(self) -> None:
        self._show(self._staff.new_id(), ChannelForm(), "New channel", is_new=True)

    def _open(self, channel_id: Id) -> None:
        channel = self._staff.channel(channel_id)
        if channel is not None:
            self._show(channel.id, channel_form(channel), channel.name, is_new=False)

    def _show(self, channel_id: Id, form: ChannelForm, title: str, *, is_new: bool) -> None:
        dialog = ChannelDialog(self._context, self._staff, channel_id, form, title, self.window())
        # What came in on it was written for its kind.
        dialog.kind.setEnabled(is_new)
        dialog.open()


class ChannelDialog(FormDialog):
    """Kind, name, address, team, signature, who sees it, and whether it is in use."""

    def __init__(
        self,
        context: UiContext,
        staff: StaffViewModel,
        channel_id: Id,
        form: ChannelForm,
        title: str,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(
            context.theme,
            title,
            lambda: staff.problem_of_channel(channel_id, self.form),
            lambda: staff.save_channel(channel_id, self.form),
            parent=parent,
        )
        self.kind = choice(((kind, channel_title(kind)) for kind in ChannelKind), form.kind, self)
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
