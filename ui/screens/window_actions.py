"""What commands do to a window and the program around it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from agent_desktop.domain.ids import Id
from agent_desktop.services.settings import SHORTCUTS, THEME
from ui.commands import CommandSet
from ui.context import UiContext
from ui.prompts import Notice, Prompts
from ui.screens.workspace import Workspace
from ui.viewmodels.sync_status import SyncStatusViewModel
from ui.viewmodels.undo_stack import UndoStack

if TYPE_CHECKING:
    from ui.viewmodels.server import ServerViewModel
    from ui.widgets.settings_dialog import SettingsDialog


_IN_BROWSER = (
    "Sign in on the page of your server, which then takes another password."
    " What you do here meanwhile is kept."
)


class WindowHost(Protocol):
    """What a window asks of the program."""

    def new_window(self, single: Id | None = None) -> None:
        """Open another window, perhaps for one conversation alone."""
        ...

    def lock(self) -> None:
        """Hide all windows until somebody has proved who they are."""
        ...

    def quit(self) -> None:
        """Close all windows and end."""
        ...

    def may_close(self, window: QWidget, prompts: Prompts) -> bool:
        """Whether the window may close now; otherwise the person is asked, and it may be closed then."""
        ...

    def scale_text(self, step: int) -> None:
        """Make all text larger (1), smaller (-1) or as it was (0)."""
        ...

    def remembered(self, name: str) -> dict[str, object]:
        """What a window of this name noted about itself."""
        ...

    def remember(self, name: str, what: dict[str, object]) -> None:
        """Note something for the next window of this name."""
        ...

    def about(self) -> Notice:
        """What this program is."""
        ...


class WindowActions:
    """The target of the commands in the File, Edit, View and Help menus."""

    def __init__(
        self,
        window: QWidget,
        host: WindowHost,
        context: UiContext,
        workspace: Workspace,
        status: Callable[[], SyncStatusViewModel],
        undo_stack: Callable[[], UndoStack],
        commands: Callable[[], CommandSet],
    ) -> None:
        self._window = window
        self._host = host
        self._context = context
        self._workspace = workspace
        self._status = status
        self._undo_stack = undo_stack
        self._commands = commands

    def new_window(self) -> None:
        """Open another window."""
        self._host.new_window()

    def close_window(self) -> None:
        """Close this window."""
        self._window.close()

    def quit(self) -> None:
        """End the program."""
        self._host.quit()

    def lock(self) -> None:
        """Show nothing until somebody has proved who they are."""
        self._host.lock()

    def show_recovery_key(self) -> None:
        """Open the settings where the recovery key is, and show it."""
        self._open_settings().show_recovery_key()

    def open_settings(self) -> None:
        """Open the settings."""
        self._open_settings()

    def _open_settings(self) -> "SettingsDialog":
        # As little as possible is loaded before a window is there: see ui.screens.later.
        from ui.viewmodels.own_account import OwnAccountViewModel
        from ui.viewmodels.profile import ProfileViewModel
        from ui.widgets.settings_dialog import SettingsDialog

        context = self._context
        own = None if context.desk.account is None else OwnAccountViewModel(context)
        dialog = SettingsDialog(
            context,
            ProfileViewModel(context),
            self._server(),
            own,
            self._commands(),
            self._keep_keys,
            self._window,
        )
        # It waits for no answer, so it keeps nobody from quitting: a modal window has no keys but its own.
        dialog.addAction(self._commands().action("app.quit"))
        dialog.security.said.connect(context.navigator.notify)
        if dialog.server is not None:
            dialog.server.sign_in_wanted.connect(self.sign_in)
        if own is not None:
            own.sign_in_wanted.connect(lambda why: self._ask_sign_in(dialog, why, own.go_on))
            own.browser_wanted.connect(lambda: self._ask_sign_in(dialog, _IN_BROWSER, new_password=True))
        dialog.open()
        return dialog

    def sign_in(self) -> None:
        """Sign in at the team's server again."""
        self._ask_sign_in(self._window)

    def _ask_sign_in(
        self,
        parent: QWidget,
        why: str = "",
        then: Callable[[], None] = lambda: None,
        new_password: bool = False,
    ) -> None:
        from ui.widgets.sign_in_dialog import SignInDialog

        server = self._server()
        if server is None:
            return
        dialog = SignInDialog(self._context.theme, server, parent, why=why, new_password=new_password)
        dialog.accepted.connect(then)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()
        if new_password:
            dialog.go_on()

    def _server(self) -> "ServerViewModel | None":
        account = self._context.desk.account
        if account is None:
            return None
        from ui.viewmodels.server import ServerViewModel

        return ServerViewModel(self._context, account)

    def open_help(self) -> None:
        """Open the sheet with all commands and keys."""
        from ui.widgets.help_sheet import HelpSheet

        HelpSheet(self._context.theme, self._commands(), self._window).open()

    def about(self) -> None:
        """Say what this program is."""
        self._context.prompts.tell(self._host.about())

    def undo(self) -> None:
        """Take back the last thing that was done in this window, a reply that is about to leave among them."""
        undo_stack = self._undo_stack()
        if undo_stack.has_newer_than_reply or not self._workspace.conversation.undo_send():
            undo_stack.undo()

    def toggle_offline(self) -> None:
        """Work offline, or go online again."""
        status = self._status()
        status.set_online(not status.online)

    def toggle_context(self) -> None:
        """Show or hide customer and knowledge."""
        self._workspace.panes.toggle_context()

    def toggle_views(self) -> None:
        """Show or hide the views."""
        self._workspace.panes.toggle_views()

    def toggle_full_screen(self) -> None:
        """Take the whole screen, or give it back."""
        self._window.setWindowState(self._window.windowState() ^ Qt.WindowState.WindowFullScreen)

    def show_news(self) -> None:
        """Let rows into the list that wait to be seen, and look at the order again."""
        self._workspace.list.list.let_in()
        self._workspace.inbox.reload()

    def save_view(self) -> None:
        """Keep what the list shows under a name."""
        self._workspace.save_view()

    def set_theme(self, mode: str) -> None:
        """Choose light, dark, or what the system has; every window follows the setting."""
        settings = self._context.desk.settings
        self._context.tasks.write(lambda: settings.set(THEME, mode))

    def scale_text(self, step: int) -> None:
        """Make all text larger or smaller."""
        self._host.scale_text(step)

    def _keep_keys(self) -> None:
        changed = {name: list(keys) for name, keys in self._commands().keys.changed().items()}
        settings = self._context.desk.settings
        self._context.tasks.write(lambda: settings.set(SHORTCUTS, changed))
