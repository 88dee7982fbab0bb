"""What the commands for mail do in a window."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from agent_desktop.domain.ids import Id
from agent_desktop.services.recipients import Answer, Recipients
from ui.commands import CommandSet
from ui.context import UiContext
from ui.screens.workspace import Workspace
from ui.viewmodels.sending import SentReply

if TYPE_CHECKING:
    from ui.widgets.new_message import NewMessageDialog


class MailActions:
    """The target of these commands."""

    def __init__(
        self, window: QWidget, context: UiContext, workspace: Workspace, commands: Callable[[], CommandSet]
    ) -> None:
        self._window = window
        self._context = context
        self._workspace = workspace
        self._commands = commands

    def new_message(self) -> None:
        """Write to somebody first."""
        self._new_dialog().begin()

    def go_on(self, draft_id: Id) -> None:
        """Go on with a message that begins a conversation, where it is being written already if it is."""
        from ui.widgets.new_message import NewMessageDialog

        for dialog in self._window.findChildren(NewMessageDialog):
            if dialog.isVisible() and dialog.model.draft_id == draft_id:
                dialog.raise_()
                dialog.activateWindow()
                return
        self._new_dialog().go_on(draft_id)

    def _new_dialog(self) -> "NewMessageDialog":
        from ui.screens.palette_here import palette_over
        from ui.viewmodels.new_message import NewMessageViewModel
        from ui.widgets.new_message import NewMessageDialog

        context, keys = self._context, self._commands().keys
        model = NewMessageViewModel(context)
        dialog = NewMessageDialog(context, model, self._window, keys.sequences)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        model.sent.connect(self._show_sent)
        dialog.conversation_wanted.connect(self._write_there)
        dialog.sent_wanted.connect(context.navigator.open_conversation)
        dialog.palette_wanted.connect(lambda: palette_over(dialog, context, dialog.insert).open("/"))
        return dialog

    def _show_sent(self, sent: SentReply) -> None:
        self._context.navigator.open_conversation(sent.conversation_id)
        self._workspace.conversation.offer_undo(sent)

    def _write_there(self, conversation_id: Id) -> None:
        self._context.navigator.open_conversation(conversation_id)
        self._workspace.conversation.reply()

    def forward(self) -> None:
        """Pass the newest message of the customer, or else of ours, on to somebody else."""
        pane = self._workspace.conversation
        message_id = pane.model.message_to_forward
        if message_id is not None:
            pane.forward(message_id)

    def address(self) -> None:
        """Change who gets what is being written."""
        self._workspace.conversation.composer.address()

    def reply_to_all(self) -> None:
        """Write to the customer and to everybody who got a copy."""
        self._reply_to(lambda answer: answer.everybody)

    def reply_to_sender(self) -> None:
        """Write to the customer and to nobody else."""
        self._reply_to(lambda answer: answer.sender)

    def _reply_to(self, choose: Callable[[Answer], Recipients]) -> None:
        pane = self._workspace.conversation
        pane.reply()
        model = pane.composer_model
        if model.is_ready and model.knows_reach and model.carries_mail:
            model.address(choose(model.answer))
