"""A thin bar on a soft ground with round corners, inside a card."""

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from ui.paint import draw_box
from ui.theme import ThemeManager
from ui.tokens import ColorRole, Radius


class SoftBar(QFrame):
    """Add what it says to `row`."""

    def __init__(self, themes: ThemeManager, ground: ColorRole, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._ground = ground
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(10, 5, 10, 5)
        self.row.setSpacing(12)
        themes.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        draw_box(painter, QRectF(self.rect()), Radius.CONTROL, self._themes.color(self._ground))
        painter.end()
