"""Commands for mail: who gets an answer, passing messages on, and writing first."""

from typing import Protocol

from agent_desktop.domain.permissions import Permission
from ui.commands.command import Command, Menu, Place, UiState
from ui.icon_names import IconName
from ui.navigator import ScreenName


class MailTarget(Protocol):
    """What can be done with mail in a window."""

    def new_message(self) -> None: ...
    def forward(self) -> None: ...
    def address(self) -> None: ...
    def reply_to_all(self) -> None: ...
    def reply_to_sender(self) -> None: ...


def _opened(state: UiState) -> bool:
    return state.opened and state.screen is ScreenName.INBOX


def _writing(state: UiState) -> bool:
    return _opened(state) and state.place is Place.CONVERSATION


def mail_commands(target: MailTarget) -> tuple[Command, ...]:
    """A new message in the File menu, the rest in the Conversation menu."""
    menu = Menu.CONVERSATION
    return (
        Command(
            id="mail.new",
            permission=Permission.CONVERSATION_REPLY,
            title="New message…",
            run=target.new_message,
            keys=("Ctrl+N",),
            menu=Menu.FILE,
            icon=IconName.PENCIL,
            in_text=True,
            words="mail conversation compose write start customer",
        ),
        Command(
            id="mail.reply_all",
            permission=Permission.CONVERSATION_REPLY,
            title="Reply to all",
            run=target.reply_to_all,
            keys=("Shift+R",),
            menu=menu,
            group=1,
            when=_opened,
            words="everybody answer copies mail",
        ),
        Command(
            id="mail.reply_sender",
            permission=Permission.CONVERSATION_REPLY,
            title="Reply to the sender alone",
            run=target.reply_to_sender,
            menu=menu,
            group=1,
            when=_opened,
            words="nobody else answer mail",
        ),
        Command(
            id="mail.forward",
            permission=Permission.CONVERSATION_REPLY,
            title="Forward the last message…",
            run=target.forward,
            keys=("F",),
            menu=menu,
            group=1,
            icon=IconName.SEND,
            when=_opened,
            words="pass on mail fwd",
        ),
        Command(
            id="mail.recipients",
            permission=Permission.CONVERSATION_REPLY,
            title="Change recipients: To, Cc, Bcc",
            run=target.address,
            keys=("Ctrl+Shift+C",),
            menu=menu,
            group=5,
            when=_writing,
            in_text=True,
            words="address copy people mail",
        ),
    )
