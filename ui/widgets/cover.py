"""Hides what is below it: what is there belongs to something that is not shown any more."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from ui.theme import ThemeManager
from ui.tokens import ColorRole


class Cover(QWidget):
    """A plain ground over a sibling. Nothing below is painted meanwhile, so covering costs next to nothing."""

    def __init__(self, themes: ThemeManager, role: ColorRole, parent: QWidget) -> None:
        super().__init__(parent)
        self._themes = themes
        self._role = role
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.hide()

    def cover(self, widget: QWidget) -> None:
        """Hide `widget`, a sibling, until `hide`."""
        self.setGeometry(widget.geometry())
        self.raise_()
        self.show()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), self._themes.color(self._role))
        painter.end()
