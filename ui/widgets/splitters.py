"""Dividing lines: a splitter of one pixel that is still easy to grab, and a separator that does not move."""

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtWidgets import QSizePolicy, QSplitter, QWidget

from ui.styling import set_ground
from ui.tokens import ColorRole


class Splitter(QSplitter):
    """Panes beside or above each other. Dragging never hides a pane; `layout_text` remembers where the lines are."""

    def __init__(
        self, orientation: Qt.Orientation = Qt.Orientation.Horizontal, parent: QWidget | None = None
    ) -> None:
        super().__init__(orientation, parent)
        # At one pixel Qt lets the handle be grabbed a few pixels to both sides of what it shows.
        self.setHandleWidth(1)
        self.setChildrenCollapsible(False)

    def layout_text(self) -> str:
        """The positions as text, for the settings."""
        return bytes(self.saveState().toBase64().data()).decode()

    def restore_layout(self, text: str) -> bool:
        """Take positions from the settings; False, and nothing moved, if they do not fit."""
        return self.restoreState(QByteArray.fromBase64(text.encode()))


class Separator(QWidget):
    """A thin line between two groups."""

    def __init__(
        self, orientation: Qt.Orientation = Qt.Orientation.Horizontal, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        horizontal = orientation is Qt.Orientation.Horizontal
        if horizontal:
            self.setFixedHeight(1)
        else:
            self.setFixedWidth(1)
        expand, fixed = QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed
        self.setSizePolicy(expand if horizontal else fixed, fixed if horizontal else expand)
        set_ground(self, ColorRole.BORDER)
