"""A table of painted cells: one row is chosen, Enter and double click open it."""

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QItemSelectionModel, QModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QWidget

from ui.delegates.cells import CellDelegate
from ui.models.cells import CellsModel, Column, TableRow
from ui.theme import ThemeManager
from ui.widgets.table import TableView

_OPENERS = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_SAMPLE = 200
"""So many rows are measured for the width of a column."""
_WIDEST = 260
_HEADER_ROOM = 28


class CellTable(TableView):
    """Shows rows of cells.

    Signals:
        chosen: the key of the row under the cursor, "" for none.
        opened: the key of the row that was double-clicked or on which Enter was pressed.
        end_reached: the last rows are in sight.
    """

    chosen = Signal(str)
    opened = Signal(str)
    end_reached = Signal()

    def __init__(
        self,
        themes: ThemeManager,
        name: str,
        columns: Sequence[Column],
        *,
        two_lines: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        self._delegate: CellDelegate | None = None
        super().__init__(themes, name, parent)
        self._delegate = CellDelegate(themes, two_lines=two_lines, parent=self)
        self.cells = CellsModel(columns, self)
        self.setModel(self.cells)
        self.setItemDelegate(self._delegate)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMouseTracking(True)
        header = self.horizontalHeader()
        header.setStretchLastSection(False)
        header.setSectionsClickable(False)
        header.setMinimumSectionSize(40)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.set_row_height(self._delegate.row_height)
        self.selectionModel().currentRowChanged.connect(self._on_current_changed)
        self.doubleClicked.connect(lambda index: self._open(index))
        self.verticalScrollBar().valueChanged.connect(self._on_scrolled)

    @property
    def current(self) -> str:
        """The key of the row under the cursor, "" for none."""
        index = self.currentIndex()
        return self.cells.rows[index.row()].key if index.isValid() else ""

    def height_of(self, rows: int) -> int:
        """Pixels for so many rows and the head above them."""
        return self.horizontalHeader().sizeHint().height() + rows * self.rowHeight(0) + 2 * self.frameWidth()

    def show_rows(self, rows: Iterable[TableRow], columns: Sequence[Column] | None = None) -> None:
        """Show these rows; the chosen one stays chosen if it is among them."""
        before = self.current
        self.cells.show(rows, columns)
        self._fit_columns()
        if not before or not self.choose(before):
            self.choose_first()

    def choose(self, key: str) -> bool:
        """Put the cursor on a row; False when it is not there."""
        return self._choose_position(self.cells.row_of(key))

    def choose_first(self) -> None:
        """Put the cursor on the first row, if there is one."""
        self._choose_position(0)

    def _choose_position(self, position: int) -> bool:
        if not 0 <= position < self.cells.rowCount():
            self.chosen.emit("")
            return False
        flags = QItemSelectionModel.SelectionFlag
        self.selectionModel().setCurrentIndex(
            self.cells.index(position, 0), flags.ClearAndSelect | flags.Rows
        )
        return True

    def _fit_columns(self) -> None:
        """Columns without a share are as wide as their words; the others divide what is left."""
        delegate, room = self._delegate, self.viewport().width()
        if delegate is None or room <= 0:
            return
        columns, header = self.cells.columns, self.horizontalHeader()
        rows = self.cells.rows[:_SAMPLE]
        shares = sum(column.share for column in columns)
        left = room
        for place, column in enumerate(columns):
            if not column.share or not shares:
                words = header.fontMetrics().horizontalAdvance(column.title) + _HEADER_ROOM
                widest = max((delegate.width_of(row.cells[place]) for row in rows), default=0)
                width = min(max(words, widest), _WIDEST)
                header.resizeSection(place, width)
                left -= width
        shared = [place for place, column in enumerate(columns) if column.share]
        for place in shared:
            width = max(left * columns[place].share // shares, 60)
            if place == shared[-1]:
                width = max(room - sum(header.sectionSize(n) for n in range(len(columns)) if n != place), 60)
            header.resizeSection(place, width)

    def _open(self, index: QModelIndex) -> None:
        if index.isValid():
            self.opened.emit(self.cells.rows[index.row()].key)

    def _on_current_changed(self, current: QModelIndex, previous: QModelIndex) -> None:
        self.chosen.emit(self.cells.rows[current.row()].key if current.isValid() else "")

    def _on_scrolled(self, value: int) -> None:
        bar = self.verticalScrollBar()
        if bar.maximum() and value >= bar.maximum() - self.viewport().height():
            self.end_reached.emit()

    # Overrides of Qt

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _OPENERS and not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            self._open(self.currentIndex())
            return
        super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_columns()

    def _restyle(self) -> None:
        super()._restyle()
        if self._delegate is not None:
            self.set_row_height(self._delegate.row_height)
            self._fit_columns()
