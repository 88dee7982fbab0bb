"""Looks like a search field and opens the command palette, where the searching is done."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QWidget

from ui.theme import ThemeManager
from ui.widgets.search_field import SearchField


class SearchTrigger(SearchField):
    """Emits `triggered` with what was typed on it: nothing for a click or Enter."""

    triggered = Signal(str)

    def __init__(self, themes: ThemeManager, shortcut: str, parent: QWidget | None = None) -> None:
        super().__init__(themes, "Search everything", shortcut, parent)
        self.setReadOnly(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self.triggered.emit("")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        text = event.text()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.triggered.emit("")
        elif text.isprintable() and text and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.triggered.emit(text)
        else:
            event.ignore()
