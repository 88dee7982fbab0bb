"""A list of painted rows with keyboard, mouse and one signal each for choosing and opening."""

from collections.abc import Iterable

from PySide6.QtCore import QItemSelectionModel, QModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QListView, QWidget

from ui.delegates.row_look import RowLookDelegate, RowShape
from ui.models.roles import RowRole
from ui.models.row_look import RowLook
from ui.models.rows import RowsModel
from ui.theme import ThemeManager

_OPENERS = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class RowList(QListView):
    """Shows rows of words. Rows keep the selection when the list changes around them.

    Signals:
        chosen: the row that the cursor is on now (None: no row).
        opened: a row was double-clicked or Enter was pressed on it.
    """

    chosen = Signal(object)
    opened = Signal(object)

    def __init__(
        self,
        themes: ThemeManager,
        name: str,
        shape: RowShape,
        *,
        single_click: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.rows = RowsModel(self)
        self._delegate = RowLookDelegate(themes, shape, self)
        self._single_click = single_click
        self.setModel(self.rows)
        self.setItemDelegate(self._delegate)
        self.setUniformItemSizes(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMouseTracking(True)
        self.viewport().setMouseTracking(True)
        self.clicked.connect(self._on_clicked)
        self.doubleClicked.connect(self._on_double_clicked)
        self.selectionModel().currentChanged.connect(self._on_current_changed)
        themes.changed.connect(self._on_theme_changed)

    @property
    def row_height(self) -> int:
        """How high every row is."""
        return self._delegate.row_height

    @property
    def current(self) -> RowLook | None:
        """The row that the cursor is on."""
        row: RowLook | None = self.currentIndex().data(RowRole.ROW)
        return row

    def show_rows(self, rows: Iterable[RowLook]) -> None:
        """Show these rows; the current one stays current if it is among them."""
        self.rows.show(rows)

    def show_height(self, rows: int) -> None:
        """Be as high as this many rows, for lists inside a card."""
        self.setFixedHeight(rows * self.row_height + 2 * self.frameWidth())

    def choose(self, key: object) -> bool:
        """Put the cursor on the row with this key; False when there is none."""
        return self._choose_position(self.rows.row_of(key))

    def choose_first(self) -> None:
        """Put the cursor on the first row, or nowhere."""
        if not self._choose_position(0):
            self.choose_nothing()

    def choose_nothing(self) -> None:
        """Take the cursor off the list."""
        self.selectionModel().clear()

    def _choose_position(self, position: int) -> bool:
        if not 0 <= position < self.rows.rowCount():
            return False
        index = self.rows.index(position)
        self.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        self.scrollTo(index)
        return True

    def _on_clicked(self, index: QModelIndex) -> None:
        if self._single_click:
            self._open(index)

    def _on_double_clicked(self, index: QModelIndex) -> None:
        if not self._single_click:
            self._open(index)

    def _open(self, index: QModelIndex) -> None:
        row: RowLook | None = index.data(RowRole.ROW)
        if row is not None:
            self.opened.emit(row)

    def _on_current_changed(self, current: QModelIndex, previous: QModelIndex) -> None:
        self.chosen.emit(current.data(RowRole.ROW))

    def _on_theme_changed(self) -> None:
        self.scheduleDelayedItemsLayout()
        self.viewport().update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _OPENERS and not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            self._open(self.currentIndex())
            return
        super().keyPressEvent(event)
