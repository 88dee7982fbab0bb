"""The card around what is being written: yellow for a note, with a ring while it has the keyboard."""

from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QFrame, QVBoxLayout, QWidget

from ui.paint import draw_box
from ui.theme import ThemeManager
from ui.tokens import ColorRole, Radius

RING = 3
"""What the ring takes around the card."""


def draw_frame(painter: QPainter, themes: ThemeManager, rect: QRect, *, note: bool, focused: bool) -> None:
    """Draw the card into `rect`."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if focused:
        ring = ColorRole.WARN_SOFT if note else ColorRole.ACCENT_SOFT
        draw_box(painter, QRectF(rect), Radius.CARD + RING, themes.color(ring))
    box = QRectF(rect).adjusted(RING, RING, -RING, -RING)
    ground = themes.color(ColorRole.NOTE if note else ColorRole.RAISED)
    border = ColorRole.NOTE_BORDER if note else ColorRole.BORDER
    if focused:
        border = ColorRole.WARN if note else ColorRole.ACCENT
    draw_box(painter, box, Radius.CARD, ground, themes.color(border), 1.5 if focused else 1)


class WritingCard(QFrame):
    """A card that something is written in: add to `column`. It has a ring while something in it has the keyboard."""

    def __init__(self, themes: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(RING + 12, RING + 10, RING + 10, RING + 7)
        self.column.setSpacing(8)
        themes.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        focused = self.focusWidget() is not None and self.isAncestorOf(QApplication.focusWidget() or self)
        painter = QPainter(self)
        draw_frame(painter, self._themes, self.rect(), note=False, focused=focused)
        painter.end()
