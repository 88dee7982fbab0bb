"""A row of two to five choices, one of which is always on: the head of a pane."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QTabBar, QWidget

from ui.paint import draw_box
from ui.theme import ThemeManager
from ui.tokens import ColorRole, Radius


class SegmentedControl(QTabBar):
    """A tab bar in the form of a trough: `currentChanged(index)` tells the choice, the arrow keys move it."""

    def __init__(
        self, themes: ThemeManager, name: str, segments: tuple[str, ...], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._themes = themes
        self.setAccessibleName(name)
        self.setDrawBase(False)
        self.setDocumentMode(True)
        self.setExpanding(True)
        self.setUsesScrollButtons(False)
        self.setElideMode(Qt.TextElideMode.ElideRight)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        for segment in segments:
            self.addTab(segment)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.hasFocus():
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            ring = QRectF(self.tabRect(self.currentIndex())).adjusted(2, 2, -2, -2)
            draw_box(painter, ring, Radius.CONTROL, None, self._themes.color(ColorRole.ACCENT), 2)
            painter.end()
