"""A list of rows for a view: changes arrive as inserts, moves and removals, so that selection and scroll stay."""

from collections.abc import Iterable
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from ui.models.roles import RowRole
from ui.models.row_look import RowLook

Index = QModelIndex | QPersistentModelIndex


class RowsModel(QAbstractListModel):
    """Shows what it was last given by `show`. For lists that are read as a whole: hundreds of rows, not millions."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[RowLook] = []

    @property
    def rows(self) -> tuple[RowLook, ...]:
        """The rows in order."""
        return tuple(self._rows)

    def row_of(self, key: object) -> int:
        """The position of the row with this key, or -1."""
        return next((position for position, row in enumerate(self._rows) if row.key == key), -1)

    def show(self, rows: Iterable[RowLook]) -> None:
        """Replace the rows by these, whose keys must differ from each other."""
        wanted = list(rows)
        self._remove_all_but({row.key for row in wanted})
        for position, row in enumerate(wanted):
            self._place(position, row)

    def _remove_all_but(self, keys: set[Any]) -> None:
        last = len(self._rows) - 1
        while last >= 0:
            if self._rows[last].key in keys:
                last -= 1
                continue
            first = last
            while first > 0 and self._rows[first - 1].key not in keys:
                first -= 1
            self.beginRemoveRows(QModelIndex(), first, last)
            del self._rows[first : last + 1]
            self.endRemoveRows()
            last = first - 1

    def _place(self, position: int, row: RowLook) -> None:
        """Bring a row to its position; everything before it is in place."""
        if position == len(self._rows) or self._rows[position].key != row.key:
            current = next((n for n in range(position, len(self._rows)) if self._rows[n].key == row.key), -1)
            if current < 0:
                self.beginInsertRows(QModelIndex(), position, position)
                self._rows.insert(position, row)
                self.endInsertRows()
                return
            self.beginMoveRows(QModelIndex(), current, current, QModelIndex(), position)
            self._rows.insert(position, self._rows.pop(current))
            self.endMoveRows()
        if self._rows[position] != row:
            self._rows[position] = row
            index = self.index(position)
            self.dataChanged.emit(index, index)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        if role == RowRole.ROW:
            return row
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return row.sentence
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemNeverHasChildren
