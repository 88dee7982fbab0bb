"""What every painted list of entries needs of Qt: items for screen readers, and a mouse for what is painted."""

from collections.abc import Callable
from typing import TypeAlias

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QPoint, QRect, Qt, QTimer
from PySide6.QtGui import QContextMenuEvent, QMouseEvent, QRegion
from PySide6.QtWidgets import QAbstractItemView, QApplication, QFrame, QListView, QWidget

from ui.models.timeline_rows import TimelineRows

Index: TypeAlias = QModelIndex | QPersistentModelIndex


class EntryList(QListView):
    """A list view for the sake of screen readers, to which each entry is an item; rows are placed by who inherits.

    What is under the mouse becomes a widget, which then gets its events itself. Whatever was pressed before it was a
    widget is handed on to it.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.said = TimelineRows(self)
        self._pressed: QWidget | None = None
        self.setModel(self.said)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.viewport().setMouseTracking(True)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    # What an heir says

    def key_at(self, where: QPoint) -> str | None:
        """The key of the entry at a place of the view."""
        raise NotImplementedError

    def place_of(self, key: str) -> QRect:
        """Where in the view an entry is; empty for what has no place."""
        raise NotImplementedError

    def reveal(self, key: str) -> None:
        """Bring an entry on screen."""
        raise NotImplementedError

    def point_at(self, where: QPoint | None) -> QWidget | None:
        """Something is pointed at in the view, or nothing; the widget that it has become."""
        raise NotImplementedError

    # The mouse

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed is not None:
            self._hand_on(event)
        elif not event.buttons():
            self.point_at(event.position().toPoint())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A finger, or a mouse right after scrolling, presses what was not pointed at before."""
        where = event.position().toPoint()
        self.point_at(where)
        self._pressed = self.viewport().childAt(where)
        if self._pressed is not None and self._pressed.focusPolicy() & Qt.FocusPolicy.ClickFocus:
            self._pressed.setFocus(Qt.FocusReason.MouseFocusReason)
        self._hand_on(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._hand_on(event)
        self._pressed = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.mousePressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        widget = self.point_at(self.viewport().mapFromGlobal(event.globalPos()))
        if widget is not None:
            widget.contextMenuEvent(event)

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Leave:
            self.point_at(None)
        return super().viewportEvent(event)

    def _hand_on(self, event: QMouseEvent) -> None:
        """Give an event of the mouse to the part of an entry that was pressed."""
        target = self._pressed
        if target is None:
            return
        where = target.mapFrom(self.viewport(), event.position().toPoint())
        QApplication.sendEvent(
            target,
            QMouseEvent(
                event.type(),
                where.toPointF(),
                event.globalPosition(),
                event.button(),
                event.buttons(),
                event.modifiers(),
                event.pointingDevice(),
            ),
        )

    # What a list asks of its view

    def visualRect(self, index: Index) -> QRect:
        return self.place_of(self.said.key(index.row()))

    def indexAt(self, point: QPoint) -> QModelIndex:
        key = self.key_at(point)
        return self.said.index(self.said.row_of(key), 0) if key is not None else QModelIndex()

    def scrollTo(
        self, index: Index, hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible
    ) -> None:
        if index.isValid():
            self.reveal(self.said.key(index.row()))

    def moveCursor(
        self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier
    ) -> QModelIndex:
        return QModelIndex()

    def verticalOffset(self) -> int:
        return self.verticalScrollBar().value()

    def visualRegionForSelection(self, selection: object) -> QRegion:
        return QRegion()

    def doItemsLayout(self) -> None:
        """Entries are measured and placed by who inherits, not by the list."""

    def updateGeometries(self) -> None:
        """So has the scroll bar its range."""


def single_shot(parent: QObject, interval: int, then: Callable[[], object]) -> QTimer:
    """A timer that runs `then` once, so many milliseconds after it was started."""
    timer = QTimer(parent)
    timer.setSingleShot(True)
    timer.setInterval(interval)
    timer.timeout.connect(then)
    return timer
