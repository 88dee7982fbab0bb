"""Tables made of words: rows of cells that say how they look, and the model that shows them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from ui.icon_names import IconName
from ui.models.roles import RowRole
from ui.models.row_look import one_line
from ui.models.tool_tip import plain_tool_tip
from ui.tokens import ChipTone, ColorRole

AnyIndex = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What one cell says. `detail` is a second, quieter line; with a `tone` the text is a chip. A sentence that `wraps`
    goes on in a second line where there is room for two.

    `avatar` is the name of the person whose round stands before the text; `mark` stands for a yes that is painted as
    a tick, so that the text is only heard.
    """

    text: str = ""
    detail: str = ""
    avatar: str = ""
    icon: IconName | None = None
    icon_color: ColorRole = ColorRole.TEXT_2
    tone: ChipTone | None = None
    color: ColorRole = ColorRole.TEXT
    strong: bool = False
    mark: IconName | None = None
    wraps: bool = False

    @property
    def words(self) -> str:
        """All that it says, for search and for screen readers."""
        return f"{self.text}, {self.detail}" if self.detail else self.text


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its title, and how much of the room it takes; 0: as much as its words need."""

    title: str
    share: int = 0
    centered: bool = False


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row with the key by which it is chosen."""

    key: str
    cells: tuple[Cell, ...]

    def fits(self, query: str) -> bool:
        """Whether all words that were typed stand in it."""
        words = " ".join(cell.words for cell in self.cells).casefold()
        return all(word in words for word in query.casefold().split())


class CellsModel(QAbstractTableModel):
    """Rows as they are given. Rows that stay keep their place under the cursor."""

    def __init__(self, columns: Sequence[Column], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._columns = tuple(columns)
        self._rows: tuple[TableRow, ...] = ()

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns, in order."""
        return self._columns

    @property
    def rows(self) -> tuple[TableRow, ...]:
        """What is shown."""
        return self._rows

    def show(self, rows: Iterable[TableRow], columns: Sequence[Column] | None = None) -> None:
        """Show these rows; with `columns`, in others than before."""
        new = tuple(rows)
        if columns is not None and tuple(columns) != self._columns:
            self.beginResetModel()
            self._columns, self._rows = tuple(columns), new
            self.endResetModel()
        elif [row.key for row in new] == [row.key for row in self._rows]:
            if new != self._rows:
                self._rows = new
                self.dataChanged.emit(self.index(0, 0), self.index(len(new) - 1, len(self._columns) - 1))
        elif len(new) > len(self._rows) and new[: len(self._rows)] == self._rows:
            self.beginInsertRows(_ROOT, len(self._rows), len(new) - 1)
            self._rows = new
            self.endInsertRows()
        else:
            self.beginResetModel()
            self._rows = new
            self.endResetModel()

    def row_of(self, key: str) -> int:
        """Where the row with this key stands; -1 for nowhere."""
        return next((place for place, row in enumerate(self._rows) if row.key == key), -1)

    def cell(self, row: int, column: int) -> Cell:
        """What stands there."""
        return self._rows[row].cells[column]

    # Overrides of Qt

    def rowCount(self, parent: AnyIndex = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: AnyIndex = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._columns)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        cell = self._rows[index.row()].cells[index.column()]
        if role == RowRole.ROW:
            return cell
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return one_line(cell.words)
        if role == Qt.ItemDataRole.ToolTipRole and (cell.detail or cell.wraps):
            return plain_tool_tip(one_line(cell.words))
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._columns[section].title
        if role == Qt.ItemDataRole.TextAlignmentRole and self._columns[section].centered:
            return Qt.AlignmentFlag.AlignCenter
        return None
