"""Small dots beside the titles of tabs in which something waits."""

from collections.abc import Collection

from PySide6.QtCore import QEvent, QObject, QPointF, QRect, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QStyle, QStyleOptionTab, QTabBar, QWidget

from ui.theme import ThemeManager
from ui.tokens import ColorRole

_RADIUS = 3
_AWAY = 5
"""Pixels from the end of a title to the middle of its dot."""


class TabDots(QWidget):
    """Lies over a tab bar and marks tabs of it, for the eye and for screen readers."""

    def __init__(self, themes: ThemeManager, tabs: QTabBar) -> None:
        super().__init__(tabs)
        self._themes = themes
        self._tabs = tabs
        self._marked: frozenset[int] = frozenset()
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setGeometry(tabs.rect())
        tabs.installEventFilter(self)

    def mark(self, indexes: Collection[int], meaning: str) -> None:
        """Mark these tabs and no others. `meaning` says what waits there."""
        marked = frozenset(indexes)
        for index in marked ^ self._marked:
            title = self._tabs.tabText(index)
            self._tabs.setAccessibleTabName(index, f"{title}, {meaning}" if index in marked else title)
            self._tabs.setTabToolTip(index, meaning[:1].upper() + meaning[1:] if index in marked else "")
        self._marked = marked
        self.update()

    def title_rect(self, index: int) -> QRect:
        """Where the style writes the title: a tab is larger than that, and not to both sides alike."""
        option = QStyleOptionTab()
        self._tabs.initStyleOption(option, index)
        return self._tabs.style().subElementRect(QStyle.SubElement.SE_TabBarTabText, option, self._tabs)

    def middle(self, index: int) -> QPointF:
        """Where the dot of a tab is: after its title, a little above the middle of it."""
        title = self.title_rect(index)
        half = self._tabs.fontMetrics().horizontalAdvance(self._tabs.tabText(index)) / 2
        end = half + _AWAY if self._tabs.isLeftToRight() else -half - _AWAY
        return QPointF(title.center().x() + end, title.center().y() - _RADIUS)

    # Overrides of Qt

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self.setGeometry(self._tabs.rect())
        return super().eventFilter(watched, event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._themes.color(ColorRole.ACCENT))
        for index in self._marked:
            painter.drawEllipse(self.middle(index), _RADIUS, _RADIUS)
        painter.end()
