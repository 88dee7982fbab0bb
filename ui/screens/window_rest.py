"""What a window has besides its list. Loading this module loads all of it, which takes longer than showing the list."""

from collections.abc import Callable, Iterable

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from agent_desktop.domain.ids import Id
from agent_desktop.services.settings import SHORTCUTS
from ui.commands import CommandSet, Menu
from ui.commands.composer import composer_commands
from ui.commands.conversation import conversation_commands
from ui.commands.mail import MailTarget, mail_commands
from ui.commands.places import PlaceTarget, place_commands
from ui.commands.window import CONTEXT, OFFLINE, theme_command, window_commands
from ui.context import UiContext
from ui.screens.context_pane import ContextPane
from ui.screens.conversation import ConversationPane
from ui.screens.mail_actions import MailActions
from ui.screens.palette import PaletteOverlay
from ui.screens.window_actions import WindowActions
from ui.screens.workspace import Workspace
from ui.viewmodels.palette import PaletteViewModel
from ui.viewmodels.sync_status import SyncStatusViewModel
from ui.viewmodels.undo_stack import UndoStack
from ui.widgets.bulk_bar import BulkBar
from ui.widgets.pickers import Pickers
from ui.widgets.status_line import StatusLine
from ui.widgets.toast import Toast

__all__ = [
    "BulkBar",
    "ContextPane",
    "ConversationPane",
    "MailActions",
    "Pickers",
    "StatusLine",
    "SyncStatusViewModel",
    "Toast",
    "UndoStack",
    "WindowActions",
    "fill_menus",
    "make_commands",
    "make_palette",
    "marked_commands",
    "row_menu",
]

_ROLES = {
    "app.settings": QAction.MenuRole.PreferencesRole,
    "app.quit": QAction.MenuRole.QuitRole,
    "help.about": QAction.MenuRole.AboutRole,
}


def make_commands(
    context: UiContext,
    actions: WindowActions,
    workspace: Workspace,
    mail: MailTarget,
    places: PlaceTarget,
    is_text_field: Callable[[QObject], bool],
    parent: QObject,
) -> CommandSet:
    """The commands of a window, with the keys that the person has chosen."""
    commands = CommandSet(
        (
            *window_commands(actions),
            *conversation_commands(workspace),
            *composer_commands(workspace.conversation),
            *mail_commands(mail),
            *place_commands(places),
        ),
        context.icons,
        is_text_field,
        parent,
    )
    for command_id, role in _ROLES.items():
        commands.action(command_id).setMenuRole(role)
    keys = context.desk.settings.get(SHORTCUTS)
    commands.restore_keys(keys)
    return commands


def fill_menus(menus: Iterable[QMenu], commands: CommandSet) -> None:
    """Put the commands into the menus that stand there empty, one for each `Menu`."""
    for menu, shown in zip(Menu, menus, strict=True):
        for group in commands.menu(menu):
            shown.addActions(group)
            shown.addSeparator()


def make_palette(
    context: UiContext, commands: CommandSet, run_macro: Callable[[Id], None], window: QWidget
) -> PaletteOverlay:
    """The command palette of a window."""
    return PaletteOverlay(context.theme, PaletteViewModel(context, commands, run_macro, window), window)


def marked_commands(theme: str, *, online: bool, context_shown: bool) -> frozenset[str]:
    """The commands that show a mark."""
    marked = {theme_command(theme)}
    if not online:
        marked.add(OFFLINE)
    if context_shown:
        marked.add(CONTEXT)
    return frozenset(marked)


def row_menu(commands: CommandSet) -> list[list[QAction]]:
    """What the menu of a row in the list offers."""
    return commands.menu(Menu.CONVERSATION)
