"""A list of results steered from a text field: the command palette, and completion at the caret."""

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QRect, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QGraphicsDropShadowEffect,
    QListView,
    QVBoxLayout,
    QWidget,
)

from ui.delegates.result_row import ResultRowDelegate
from ui.models.results import Result, ResultModel, ResultSection
from ui.theme import ThemeManager
from ui.tokens import ColorRole

_MARGIN = 6
_GAP = 4
_SHADOW_BLUR = 28
_SHADOW_OFFSET = 8
_SHADOW_ALPHA = 70


class ResultList(QListView):
    """Shows results in sections. The text field keeps the focus and gives its keys to `handle_key` first."""

    chosen = Signal(object)
    """A `Result`, by Enter or a click."""
    completed = Signal(object)
    """A `Result`, by Tab: take it into the text."""
    dismissed = Signal()
    """Esc."""

    def __init__(self, themes: ThemeManager, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._results = ResultModel(self)
        self._painter = ResultRowDelegate(themes, self)
        self.setModel(self._results)
        self.setItemDelegate(self._painter)
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setMouseTracking(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.entered.connect(self._select_hovered)
        self.clicked.connect(self._choose_clicked)
        themes.changed.connect(self.doItemsLayout)

    def set_sections(self, sections: Sequence[ResultSection], needle: str = "") -> None:
        """Offer other results and select the first; `needle` is what was typed, to be seen in the details."""
        self._painter.needle = needle
        self._painter.with_icons = any(result.icon for section in sections for result in section.results)
        self._results.set_sections(sections)
        self._select(self._results.next_result(-1, 1))
        self.scrollToTop()

    def current(self) -> Result | None:
        """The selected result."""
        return self._results.result_at(self.currentIndex().row())

    def content_height(self, most: int | None = None) -> int:
        """The height at which nothing has to scroll; of no more than `most`, the one at which no row is cut."""
        height = 0
        for row in range(self._results.rowCount()):
            is_heading = self._results.result_at(row) is None
            below = height + (self._painter.heading_height if is_heading else self._painter.result_height)
            if most is not None and below > most:
                break
            height = below
        return height

    def handle_key(self, event: QKeyEvent) -> bool:
        """Act on Up, Down, Enter, Tab and Esc; False for keys that are the text field's own."""
        if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            return False
        key = event.key()
        current = self.current()
        if key == Qt.Key.Key_Escape:
            self.dismissed.emit()
        elif current is None:
            return False
        elif key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            step = 1 if key == Qt.Key.Key_Down else -1
            self._select(self._results.next_result(self.currentIndex().row(), step))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.chosen.emit(current)
        elif key == Qt.Key.Key_Tab:
            self.completed.emit(current)
        else:
            return False
        return True

    def _select(self, row: int) -> None:
        if row >= 0:
            self.setCurrentIndex(self._results.index(row, 0))
        # The first heading scrolls in with the first result, else it could never be seen again.
        if row == self._results.next_result(-1, 1):
            self.scrollToTop()

    def _select_hovered(self, index: QModelIndex) -> None:
        if self._results.result_at(index.row()) is not None:
            self.setCurrentIndex(index)

    def _choose_clicked(self, index: QModelIndex) -> None:
        result = self._results.result_at(index.row())
        if result is not None:
            self.chosen.emit(result)


class PopupList(QFrame):
    """A `ResultList` floating over its window beside an anchor, such as the caret. It never takes the focus."""

    def __init__(self, themes: ThemeManager, name: str, owner: QWidget) -> None:
        super().__init__(owner.window())
        self._owner = owner
        self.results = ResultList(themes, name, self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(1, _MARGIN, 1, _MARGIN)
        layout.addWidget(self.results)
        shadow = QGraphicsDropShadowEffect(self)
        shadow.setBlurRadius(_SHADOW_BLUR)
        shadow.setOffset(0, _SHADOW_OFFSET)
        dark = QColor(themes.color(ColorRole.RAIL))
        dark.setAlpha(_SHADOW_ALPHA)
        shadow.setColor(dark)
        self.setGraphicsEffect(shadow)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.results.dismissed.connect(self.hide)
        self.hide()

    def show_at(self, anchor: QRect, width: int = 420, highest: int = 320) -> None:
        """Show below `anchor` (in global coordinates), or above it where there is more room, inside the window."""
        window = self._owner.window()
        if self.parentWidget() is not window:  # the owner was built first and put into its window later
            self.setParent(window)
        area = window.rect().adjusted(_GAP, _GAP, -_GAP, -_GAP)
        top_left = window.mapFromGlobal(anchor.topLeft())
        below = area.bottom() - top_left.y() - anchor.height() - _GAP
        above = top_left.y() - area.top() - _GAP
        height = min(self.results.content_height() + 2 * _MARGIN + 2, highest)
        width = min(width, area.width())
        x = max(area.left(), min(top_left.x(), area.right() - width))
        if height <= below or below >= above:
            height = min(height, below)
            y = top_left.y() + anchor.height() + _GAP
        else:
            height = min(height, above)
            y = top_left.y() - _GAP - height
        self.setGeometry(x, y, width, height)
        self.raise_()
        self.show()

    def handle_key(self, event: QKeyEvent) -> bool:
        """Act on a key of the text field while shown; False if the key is not the list's."""
        return self.isVisible() and self.results.handle_key(event)
