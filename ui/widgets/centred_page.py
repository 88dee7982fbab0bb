"""A window that is one column of cards: the start, and what stands in the way of it."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from ui.fonts import scaled
from ui.styling import set_ground
from ui.theme import ThemeManager
from ui.tokens import ColorRole

_MARGINS = (48, 32, 48, 32)
_MOST = 1000
"""What a column gets of the width, against what is left and right of it, until it is as wide as it may be."""


class Middle(QWidget):
    """Add widgets to `column`. It is `width` wide where text has its usual size and there is room for it."""

    def __init__(self, themes: ThemeManager, width: int, parent: QWidget) -> None:
        super().__init__(parent)
        self._width = width
        self._middle = QWidget(self)
        self.column = QVBoxLayout(self._middle)
        self.column.setContentsMargins(0, 0, 0, 0)
        # Between stretches: what is aligned is not as high as its wrapped words need.
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addStretch(1)
        row.addWidget(self._middle, _MOST)
        row.addStretch(1)
        self._restyle()
        themes.changed.connect(self._restyle)

    def _restyle(self) -> None:
        self._middle.setMaximumWidth(scaled(self._width))


class CentredPage(QScrollArea):
    """Add widgets to `column`, a little above the middle of the window, and scrolled where the window is too low."""

    def __init__(self, themes: ThemeManager, width: int, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        content = QWidget(self)
        set_ground(content, ColorRole.CANVAS)
        middle = Middle(themes, width, content)
        self.column = middle.column
        layout = QVBoxLayout(content)
        layout.setContentsMargins(*_MARGINS)
        layout.addStretch(1)
        layout.addWidget(middle)
        layout.addStretch(2)
        self.setWidget(content)
