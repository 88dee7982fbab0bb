"""The command palette over a window in which something is written: it finds what can be put there."""

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from ui.commands.command import Command
from ui.context import UiContext
from ui.navigator import Insertable
from ui.screens.palette import PaletteOverlay
from ui.viewmodels.palette import PaletteViewModel

_NO_MACROS = "A macro acts on a conversation. Send this message first."


class _NoCommands:
    """A window that only writes has no commands of its own."""

    def available(self) -> list[Command]:
        """None."""
        return []

    def key_text(self, command_id: str) -> str:
        """None has a key."""
        return ""

    def run(self, command_id: str) -> None:
        """There is nothing to run."""


def palette_over(window: QWidget, context: UiContext, insert: Callable[[Insertable], None]) -> PaletteOverlay:
    """The palette of a window: the same one each time."""
    made = window.findChild(PaletteOverlay)
    if isinstance(made, PaletteOverlay):
        return made
    refuse = context.navigator.notify
    model = PaletteViewModel(context, _NoCommands(), lambda _: refuse(_NO_MACROS), window, insert)
    return PaletteOverlay(context.theme, model, window)
