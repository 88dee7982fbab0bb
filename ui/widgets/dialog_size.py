"""How large dialogs begin."""

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QDialog

from ui.fonts import scaled


def begin_at(dialog: QDialog, size: QSize) -> None:
    """Make a dialog `size` large where text has its usual size, larger with it, and never larger than the screen."""
    room = dialog.screen().availableSize()
    parent = dialog.parentWidget()
    if parent is not None:
        room = room.expandedTo(parent.window().size())
    dialog.resize(QSize(scaled(size.width()), scaled(size.height())).boundedTo(room))
