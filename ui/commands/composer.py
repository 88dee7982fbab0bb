"""Commands for what is being written."""

from typing import Protocol

from agent_desktop.domain.permissions import Permission
from ui.commands.command import Command, Menu, Place, UiState
from ui.icon_names import IconName
from ui.navigator import ScreenName


class ComposerTarget(Protocol):
    """What can be done in the conversation that is shown."""

    def send(self) -> None: ...
    def send_and_resolve(self) -> None: ...
    def send_and_wait(self) -> None: ...
    def send_later(self) -> None: ...
    def attach(self) -> None: ...
    def load_earlier(self) -> None: ...
    def copy_link(self) -> None: ...


def _opened(state: UiState) -> bool:
    return state.opened and state.screen is ScreenName.INBOX


def _writing(state: UiState) -> bool:
    """Nothing is sent by a key that was meant for another pane."""
    return _opened(state) and state.place is Place.CONVERSATION


def composer_commands(target: ComposerTarget) -> tuple[Command, ...]:
    """Sending in its variants, files, and the link to the conversation."""
    menu = Menu.CONVERSATION
    return (
        Command(
            id="composer.send",
            title="Send",
            run=target.send,
            keys=("Ctrl+Return", "Ctrl+Enter"),
            menu=menu,
            group=4,
            icon=IconName.SEND,
            when=_writing,
            in_text=True,
            words="reply note add",
        ),
        Command(
            id="composer.send_resolve",
            permission=Permission.CONVERSATION_EDIT,
            title="Send and resolve",
            run=target.send_and_resolve,
            keys=("Ctrl+Shift+Return", "Ctrl+Shift+Enter"),
            menu=menu,
            group=4,
            when=_writing,
            in_text=True,
            words="solve done",
        ),
        Command(
            id="composer.send_wait",
            title="Send and wait for customer",
            run=target.send_and_wait,
            menu=menu,
            group=4,
            when=_writing,
            in_text=True,
            words="pending",
        ),
        Command(
            id="composer.send_later",
            title="Send later…",
            run=target.send_later,
            menu=menu,
            group=4,
            icon=IconName.CALENDAR,
            when=_writing,
            in_text=True,
            words="schedule",
        ),
        Command(
            id="composer.attach",
            title="Attach files…",
            run=target.attach,
            keys=("Ctrl+Shift+A",),
            menu=menu,
            group=5,
            icon=IconName.PAPERCLIP,
            when=_opened,
            in_text=True,
            words="upload picture",
        ),
        Command(
            id="conversation.earlier",
            title="Load earlier messages",
            run=target.load_earlier,
            menu=menu,
            group=5,
            when=_opened,
            words="history",
        ),
        Command(
            id="conversation.copy_link",
            title="Copy link to conversation",
            run=target.copy_link,
            menu=menu,
            group=5,
            icon=IconName.LINK,
            when=_opened,
        ),
    )
