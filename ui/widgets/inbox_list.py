"""The list of conversations as a table of painted rows: keyboard, mouse, cursor and scroll position."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
)
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from agent_desktop.domain.ids import Id
from ui.context import UiContext
from ui.delegates.inbox_row import InboxRowPainter, RowState
from ui.tokens import ColorRole
from ui.viewmodels.inbox import InboxViewModel
from ui.widgets.tear_off import TearOff

_AGE_STEP = 15_000
"""Milliseconds after which ages and due times are painted anew."""
_REST = 60
"""Milliseconds after which the mouse rests on a row, and does not only come across it."""
AnyIndex = QModelIndex | QPersistentModelIndex


class InboxList(QTableView):
    """Shows the model of an `InboxViewModel`. Moving the cursor opens the conversation under it."""

    menu_requested = Signal(QPoint)
    """Where (in global coordinates) a menu for the row under the cursor is wanted."""
    activated_row = Signal()
    """A row was double-clicked."""
    torn_off = Signal(str)
    """The conversation with this id was dragged out of the window."""
    looked_at = Signal(str)
    """The mouse rests on the row of the conversation with this id."""

    def __init__(self, context: UiContext, inbox: InboxViewModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._inbox = inbox
        self._hovered = -1
        self._quiet = False
        self._themes = context.theme
        self._painter = InboxRowPainter(context.theme, context.desk.clock, self)
        self.setAccessibleName("Conversations")
        self.setModel(inbox.model)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        # One of our own: for the first widget that Qt made, PySide makes every class of widgets that there is.
        viewport = QWidget()
        viewport.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)  # so that scrolling moves what is there
        self.setViewport(viewport)
        self.setMouseTracking(True)
        self.horizontalHeader().hide()
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self._fit_rows()
        self._torn_id: Id | None = None
        self._tear_off = TearOff(self.viewport(), self._grab_row)
        self._tear_off.torn_off.connect(self._on_torn_off)
        self._ages = QTimer(self)
        self._ages.setInterval(_AGE_STEP)
        self._ages.timeout.connect(self.viewport().update)
        self._ages.start()
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_REST)
        self._rest.timeout.connect(self._look)
        self.verticalScrollBar().valueChanged.connect(self._keep_still)
        inbox.select_wanted.connect(self._select_key)
        context.theme.changed.connect(self._fit_rows)

    def step(self, distance: int) -> None:
        """Open the next (1) or previous (-1) conversation; where none is open in the list, the one at the cursor."""
        rows = self.model().rowCount()
        current = self.currentIndex().row()
        if not rows:
            return
        if current < 0:
            target = 0 if distance > 0 else rows - 1
        elif not self.selectionModel().hasSelection():
            target = current
        else:
            target = current + distance
        self._go_to(target)

    def neighbours(self) -> list[Id]:
        """The conversations that a step leads to from here, the next one first."""
        current = self.currentIndex().row()
        if current < 0 or not self.selectionModel().hasSelection():
            return []
        rows = (self._inbox.model.row_at(current + step) for step in (1, -1))
        return [row.id for row in rows if row is not None]

    def paint_ahead(self) -> None:
        """Make the pictures that a step from here to a neighbour shows."""
        current, model, ratio = self.currentIndex().row(), self._inbox.model, self.devicePixelRatioF()
        rows = range(max(0, current - 1), min(current + 2, model.rowCount()))
        for row in rows:
            stepped = row != current
            state = RowState(stepped, False, stepped and self.hasFocus(), model.is_checked(row))
            self._painter.picture(model.row_at(row), state, self.viewport().width(), ratio)

    def toggle_check(self) -> None:
        """Check or uncheck the conversation under the cursor."""
        self._inbox.toggle_check(self.currentIndex().row())

    def let_in(self) -> None:
        """Show what is new, from the top."""
        self._inbox.model.let_in()
        self.scrollToTop()
        self._keep_still()

    def currentChanged(self, current: AnyIndex, previous: AnyIndex) -> None:
        super().currentChanged(current, previous)
        if not self._quiet:
            self._inbox.open_row(current.row())
        self._keep_still()

    def rowsAboutToBeRemoved(self, parent: AnyIndex, start: int, end: int) -> None:
        """Qt puts the cursor on a neighbour of the row that goes; whether it opens is not for Qt to decide."""
        leaves = self.selectionModel().hasSelection() and start <= self.currentIndex().row() <= end
        self._quiet = True
        super().rowsAboutToBeRemoved(parent, start, end)
        self._quiet = False
        if leaves and not self._inbox.open_next(self.currentIndex().row()):
            self.clearSelection()

    def rowsInserted(self, parent: AnyIndex, start: int, end: int) -> None:
        """Rows above the first one that is seen do not move what is seen."""
        bar = self.verticalScrollBar()
        above = bar.value() > 0 and start <= self.rowAt(0)
        super().rowsInserted(parent, start, end)
        if above:
            self.updateGeometries()
            bar.setValue(bar.value() + (end - start + 1) * self._painter.row_height)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Qt puts the cursor on the first row when there is none; that alone opens nothing."""
        self._quiet = True
        super().focusInEvent(event)
        self._quiet = False

    def paintEvent(self, event: QPaintEvent) -> None:
        """Rows are painted as wholes: the table would ask model and style about each cell before it painted it."""
        height, offset, model = self._painter.row_height, self.verticalOffset(), self._inbox.model
        first = max(0, (event.rect().top() + offset) // height)
        last = min((event.rect().bottom() + offset) // height, model.rowCount() - 1)
        width, current = self.viewport().width(), self.currentIndex().row() if self.hasFocus() else -1
        selected = {index.row() for index in self.selectedIndexes()}
        hovered = self._hovered if self.viewport().underMouse() else -1
        painter = QPainter(self.viewport())
        below = (last + 1) * height - offset
        if below <= event.rect().bottom():
            empty = event.rect().adjusted(0, max(0, below - event.rect().top()), 0, 0)
            painter.fillRect(empty, self._themes.color(ColorRole.SURFACE))
        for row in range(first, last + 1):
            state = RowState(row in selected, row == hovered, row == current, model.is_checked(row))
            self._painter.paint(painter, QPoint(0, row * height - offset), width, model.look_at(row), state)
        painter.end()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if step is not None and modifiers == Qt.KeyboardModifier.ShiftModifier:
            self._extend(step)
        elif step is not None and not modifiers:
            self.step(step)
        elif event.key() in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self._go_to(0 if event.key() == Qt.Key.Key_Home else self.model().rowCount() - 1)
        elif event.key() == Qt.Key.Key_Escape and self._inbox.model.checked:
            self._inbox.uncheck()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        if event.button() is not Qt.MouseButton.LeftButton or not index.isValid():
            super().mousePressEvent(event)
            return
        modifiers = event.modifiers()
        checks = self._painter.check_rect(self.visualRect(index)).contains(event.position().toPoint())
        if modifiers & Qt.KeyboardModifier.ShiftModifier:
            self._inbox.check_range(max(0, self.currentIndex().row()), index.row())
        elif checks or modifiers & Qt.KeyboardModifier.ControlModifier:
            self._inbox.toggle_check(index.row())
        else:
            super().mousePressEvent(event)
            self._inbox.open_row(index.row())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if not event.buttons():
            super().mouseMoveEvent(event)  # with a button it would select whatever it comes across
        hovered = self.rowAt(round(event.position().y()))
        if hovered != self._hovered:
            self._hovered = hovered
            self._rest.start()
        self._keep_still()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton and not event.modifiers():
            self.activated_row.emit()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        index = self.indexAt(event.pos())
        if event.reason() is QContextMenuEvent.Reason.Keyboard:
            index = self.currentIndex()
        if index.isValid():
            self._select(index.row())
            by_key = event.reason() is QContextMenuEvent.Reason.Keyboard
            where = self.visualRect(index).center() if by_key else event.pos()
            self.menu_requested.emit(self.viewport().mapToGlobal(where))

    def _look(self) -> None:
        row = self._inbox.model.row_at(self._hovered) if self.viewport().underMouse() else None
        if row is not None:
            self.looked_at.emit(row.id)

    def _grab_row(self, where: QPoint) -> QPixmap | None:
        row = self._inbox.model.row_at(self.rowAt(where.y()))
        if row is None:
            return None
        self._torn_id = row.id
        return self.viewport().grab(self.visualRect(self.indexAt(where)))

    def _on_torn_off(self) -> None:
        if self._torn_id is not None:
            self.torn_off.emit(self._torn_id)

    def _go_to(self, row: int) -> None:
        if 0 <= row < self.model().rowCount():
            self._select(row)

    def _select(self, row: int) -> None:
        index = self.model().index(row, 0)
        if index == self.currentIndex():
            self.selectRow(row)
            self._inbox.open_row(row)
        else:
            self.setCurrentIndex(index)

    def _select_key(self, key: int) -> None:
        row = self._inbox.model.position_of(key)
        if row >= 0:
            self._select(row)
        else:
            self.clearSelection()

    def _extend(self, step: int) -> None:
        start = self.currentIndex().row()
        target = start + step
        if start >= 0 and 0 <= target < self.model().rowCount():
            self._inbox.check_range(start, target)
            self.setCurrentIndex(self.model().index(target, 0))

    def _keep_still(self) -> None:
        """Tell the model down to which row nothing may move: the cursor, the mouse, or the top when scrolled."""
        current = self.currentIndex().row() if self.selectionModel().hasSelection() else -1
        top = self.rowAt(0) if self.verticalScrollBar().value() > 0 else -1
        hovered = self._hovered if self.underMouse() else -1
        self._inbox.model.anchor = max(current, top, hovered)

    def _fit_rows(self) -> None:
        header = self.verticalHeader()
        header.setMinimumSectionSize(self._painter.row_height)
        header.setDefaultSectionSize(self._painter.row_height)
