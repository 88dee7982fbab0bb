"""A label over a picture of its text: there for screen readers, tool tips and selecting."""

from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from ui.fonts import FontRole
from ui.theme import ThemeManager
from ui.tokens import ColorRole
from ui.widgets.safe_text import SafeLabel


class QuietLabel(SafeLabel):
    """Paints nothing itself unless something is selected in it or the keyboard is on it."""

    def __init__(
        self,
        themes: ThemeManager,
        font: FontRole,
        color: ColorRole,
        parent: QWidget,
        *,
        selectable: bool = False,
    ) -> None:
        super().__init__("", font, color, selectable=selectable, parent=parent)
        self._themes = themes

    def paintEvent(self, event: QPaintEvent) -> None:
        if not (self.hasFocus() or self.hasSelectedText()):
            return
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._themes.color(ColorRole.SURFACE))
        painter.end()
        super().paintEvent(event)
