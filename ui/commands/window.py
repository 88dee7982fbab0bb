"""Commands of the window and the program: appearance, panes, windows, settings, help, undo."""

from functools import partial
from typing import Protocol

from ui.commands.command import Check, Command, Menu, UiState
from ui.icon_names import IconName
from ui.navigator import ScreenName

THEMES = (("system", "Theme: as the system has it"), ("light", "Theme: light"), ("dark", "Theme: dark"))
OFFLINE = "sync.offline"
CONTEXT = "view.context"


def theme_command(mode: str) -> str:
    """The id of the command that chooses this theme."""
    return f"view.theme_{mode}"


class WindowTarget(Protocol):
    """What a window does to itself and for the program."""

    def new_window(self) -> None: ...
    def close_window(self) -> None: ...
    def quit(self) -> None: ...
    def open_settings(self) -> None: ...
    def lock(self) -> None: ...
    def open_help(self) -> None: ...
    def about(self) -> None: ...
    def undo(self) -> None: ...
    def toggle_offline(self) -> None: ...
    def sign_in(self) -> None: ...
    def toggle_context(self) -> None: ...
    def toggle_views(self) -> None: ...
    def toggle_full_screen(self) -> None: ...
    def show_news(self) -> None: ...
    def save_view(self) -> None: ...
    def set_theme(self, mode: str) -> None: ...
    def scale_text(self, step: int) -> None: ...


def _can_undo(state: UiState) -> bool:
    return state.can_undo


def _is_signed_out(state: UiState) -> bool:
    return state.signed_out


def _on_inbox(state: UiState) -> bool:
    return state.screen is ScreenName.INBOX


def _with_list(state: UiState) -> bool:
    return state.screen is ScreenName.INBOX and state.views_exist


def window_commands(target: WindowTarget) -> tuple[Command, ...]:
    """The File, Edit, View and Help menus."""
    return (
        Command(
            id="window.new",
            title="New window",
            run=target.new_window,
            keys=("Ctrl+Shift+N",),
            menu=Menu.FILE,
            icon=IconName.WINDOW,
            in_text=True,
        ),
        Command(
            id="window.close",
            title="Close window",
            run=target.close_window,
            keys=("Ctrl+W",),
            menu=Menu.FILE,
            in_text=True,
        ),
        Command(
            id=OFFLINE,
            title="Work offline",
            run=target.toggle_offline,
            menu=Menu.FILE,
            group=1,
            icon=IconName.CLOUD_OFF,
            check=Check.MARK,
            words="online network connection sync",
        ),
        Command(
            id="sync.sign_in",
            title="Sign in again…",
            run=target.sign_in,
            menu=Menu.FILE,
            group=1,
            when=_is_signed_out,
            words="log in password server connect",
        ),
        Command(
            id="app.settings",
            title="Settings…",
            run=target.open_settings,
            keys=("Ctrl+,",),
            menu=Menu.FILE,
            group=2,
            icon=IconName.GEAR,
            in_text=True,
            words="preferences shortcuts",
        ),
        Command(
            id="app.lock",
            title="Lock",
            run=target.lock,
            keys=("Ctrl+Alt+L",),
            menu=Menu.FILE,
            group=2,
            icon=IconName.LOCK,
            in_text=True,
            words="away leave hide",
        ),
        Command(
            id="app.quit",
            title="Quit",
            run=target.quit,
            keys=("Ctrl+Q",),
            menu=Menu.FILE,
            group=3,
            in_text=True,
        ),
        Command(
            id="edit.undo",
            title="Undo",
            run=target.undo,
            keys=("Ctrl+Z",),
            menu=Menu.EDIT,
            icon=IconName.UNDO,
            when=_can_undo,
        ),
        *(
            Command(
                id=theme_command(mode),
                title=title,
                run=partial(target.set_theme, mode),
                menu=Menu.VIEW,
                group=2,
                check=Check.ONE_OF,
                words="appearance colours",
            )
            for mode, title in THEMES
        ),
        Command(
            id="view.larger",
            title="Larger text",
            run=partial(target.scale_text, 1),
            keys=("Ctrl++", "Ctrl+="),
            menu=Menu.VIEW,
            group=3,
            in_text=True,
            words="zoom in",
        ),
        Command(
            id="view.smaller",
            title="Smaller text",
            run=partial(target.scale_text, -1),
            keys=("Ctrl+-",),
            menu=Menu.VIEW,
            group=3,
            in_text=True,
            words="zoom out",
        ),
        Command(
            id="view.normal",
            title="Text in normal size",
            run=partial(target.scale_text, 0),
            keys=("Ctrl+0",),
            menu=Menu.VIEW,
            group=3,
            in_text=True,
            words="zoom reset",
        ),
        Command(
            id=CONTEXT,
            title="Customer and knowledge beside the conversation",
            run=target.toggle_context,
            keys=("C",),
            menu=Menu.VIEW,
            icon=IconName.PANE_RIGHT,
            when=_on_inbox,
            check=Check.MARK,
            words="context pane details",
        ),
        Command(
            id="view.views",
            title="List of views",
            run=target.toggle_views,
            keys=("V",),
            menu=Menu.VIEW,
            when=_with_list,
            words="sidebar panel",
        ),
        Command(
            id="list.let_in",
            title="Show what is new in the list",
            run=target.show_news,
            keys=("F5",),
            menu=Menu.VIEW,
            group=1,
            icon=IconName.REFRESH,
            in_text=True,
            when=_with_list,
            words="refresh reload",
        ),
        Command(
            id="list.save_view",
            title="New view like this…",
            run=target.save_view,
            menu=Menu.VIEW,
            group=1,
            when=_with_list,
            words="filter",
        ),
        Command(
            id="view.full_screen",
            title="Full screen",
            run=target.toggle_full_screen,
            keys=("F11",),
            menu=Menu.VIEW,
            group=4,
            in_text=True,
        ),
        Command(
            id="help.keys",
            title="Keyboard and commands",
            run=target.open_help,
            keys=("?", "F1"),
            menu=Menu.HELP,
            icon=IconName.HELP,
            words="shortcuts help",
        ),
        Command(id="help.about", title="About Agent Desktop", run=target.about, menu=Menu.HELP, group=1),
    )
