"""A table model over a million rows: keys in memory, rows fetched by the hundred, changes as inserts and moves."""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from typing import Generic, TypeVar

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    QTimer,
    Signal,
)

from ui.models.sorted_keys import Difference, SortedKeys, SortKey

Row = TypeVar("Row")
AnyIndex = QModelIndex | QPersistentModelIndex
Fetch = Callable[[Sequence[int]], None]
"""Asks for rows by key; they come back by `PagedTable.store_rows`."""

PAGE = 100
PAGES_KEPT = 50
_FLAGS = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren
MOST_STEPS = 200
"""More separate inserts and removals than this are shown as one change of layout."""


class PagedTable(QAbstractTableModel, Generic[Row]):
    """One column of rows. `look_at` gives the row to paint, or None while its page is on the way.

    It looks at nothing but memory. Rows are remembered by key, so that inserts and moves keep them. They do not go
    through `data`: on the way through Qt each would be converted.
    """

    replaced = Signal()
    """Other rows altogether are shown: cursor and scroll start anew."""

    def __init__(self, fetch: Fetch, key_of: Callable[[Row], int], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._fetch = fetch
        self._key_of = key_of
        self._order = SortedKeys.listed(())
        self._rows: OrderedDict[int, Row] = OrderedDict()
        self._asked: set[int] = set()
        self._wanted: set[int] = set()
        self._ask_soon = QTimer(self)
        self._ask_soon.setSingleShot(True)
        self._ask_soon.setInterval(0)
        self._ask_soon.timeout.connect(self._ask)

    @property
    def order(self) -> SortedKeys:
        """The order of the rows; change it only by this model's methods."""
        return self._order

    def key_at(self, position: int) -> int:
        """The key of the row in a position."""
        return self._order.key_at(position)

    def row_at(self, position: int) -> Row | None:
        """The row in a position, if it is in memory."""
        if not 0 <= position < len(self._order):
            return None
        return self._rows.get(self._order.key_at(position))

    def row_of(self, key: int) -> Row | None:
        """The row with this key, if it is in memory."""
        return self._rows.get(key)

    def look_at(self, position: int) -> Row | None:
        """The row in a position, for painting: one that is not in memory is fetched with its page."""
        key = self._order.key_at(position)
        row = self._rows.get(key)
        if row is None:
            start = position - position % PAGE
            page = self._order.keys(start, start + PAGE)
            self._want([key for key in page if key not in self._rows and key not in self._asked])
        else:
            self._rows.move_to_end(key)
        return row

    def replace(self, order: SortedKeys, rows: Iterable[Row] = ()) -> None:
        """Show something else: forgets everything that was shown before."""
        self.beginResetModel()
        self._order = order
        self._rows.clear()
        self._wanted.clear()
        self._asked.clear()
        self._keep(rows)
        self.endResetModel()
        self.replaced.emit()

    def change_to(self, order: SortedKeys, steps: Difference) -> None:
        """Show another order of the same list. `steps` leads there from the order as it is now."""
        few = len(steps.removed) + len(steps.inserted) <= MOST_STEPS
        if few and not steps.reordered:
            self._walk_to(order, steps)
        else:
            self._lay_out_as(order)

    def insert(self, key: SortKey) -> int:
        """Add a row in its place; returns its position."""
        position = self._order.place(key)
        self.beginInsertRows(QModelIndex(), position, position)
        self._order.insert(position, key)
        self.endInsertRows()
        return position

    def remove(self, position: int) -> None:
        """Take a row away."""
        key = self._order.key_at(position)
        self.beginRemoveRows(QModelIndex(), position, position)
        self._order.delete(position, position + 1)
        self._rows.pop(key, None)
        self.endRemoveRows()

    def move(self, position: int, key: SortKey) -> int:
        """Give a row another sort key; returns its position then."""
        target = self._order.place(key)
        stays = target in (position, position + 1)
        if not stays:
            self.beginMoveRows(QModelIndex(), position, position, QModelIndex(), target)
        self._order.delete(position, position + 1)
        position = target - 1 if target > position else target
        self._order.insert(position, key)
        if not stays:
            self.endMoveRows()
        return position

    def store_rows(self, asked: Iterable[int], rows: Iterable[Row]) -> None:
        """Take what was fetched for the keys that were asked for."""
        self._asked.difference_update(asked)
        if self._keep(rows) and len(self._order):
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._order) - 1, 0))

    def refresh(self, keys: Iterable[int]) -> None:
        """Fetch those of the rows anew that are in memory; they are shown as they are until then."""
        known = [key for key in keys if key in self._rows or key in self._asked]
        if known:
            self._want(known)

    def forget_rows(self) -> None:
        """Fetch everything anew that is looked at; what was looked at last stays until it is there."""
        while len(self._rows) > 2 * PAGE:
            self._rows.popitem(last=False)
        self.refresh(list(self._rows))

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self._order)

    def columnCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else 1

    def flags(self, index: AnyIndex) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        return _FLAGS

    def _want(self, keys: Iterable[int]) -> None:
        self._wanted.update(keys)
        if self._wanted and not self._ask_soon.isActive():
            self._ask_soon.start()

    def _ask(self) -> None:
        keys = sorted(self._wanted)
        self._wanted.clear()
        self._asked.update(keys)
        for start in range(0, len(keys), PAGE):
            self._fetch(keys[start : start + PAGE])

    def _keep(self, rows: Iterable[Row]) -> bool:
        """Remember rows, those looked at last the longest; whether any of them says something new."""
        news = False
        for row in rows:
            key = self._key_of(row)
            news = news or self._rows.get(key) != row
            self._rows[key] = row
            self._rows.move_to_end(key)
        while len(self._rows) > PAGE * PAGES_KEPT:
            self._rows.popitem(last=False)
        return news

    def _walk_to(self, order: SortedKeys, steps: Difference) -> None:
        for run in steps.removed:
            gone = self._order.keys(run.start, run.end)
            self.beginRemoveRows(QModelIndex(), run.start, run.end - 1)
            self._order.delete(run.start, run.end)
            for key in gone:
                self._rows.pop(key, None)
            self.endRemoveRows()
        shown = self._order.parts
        for run in steps.inserted:
            self.beginInsertRows(QModelIndex(), run.start, run.end - 1)
            shown[run.start : run.start] = order.parts[run.start : run.end]
            self._order = SortedKeys([shown])
            self.endInsertRows()
        self._order = order

    def _lay_out_as(self, order: SortedKeys) -> None:
        """Make the number of rows right at the end, then put all of them in their new places at once."""
        excess = len(self._order) - len(order)
        if excess > 0:
            self.beginRemoveRows(QModelIndex(), len(order), len(self._order) - 1)
            self._order.delete(len(order), len(self._order))
            self.endRemoveRows()
        elif excess < 0:
            self.beginInsertRows(QModelIndex(), len(self._order), len(order) - 1)
            shown = self._order.parts[:]
            shown.extend(order.parts[len(shown) :])
            self._order = SortedKeys([shown])
            self.endInsertRows()
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        kept = {self._order.parts[index.row()] for index in before}
        places = {part: order.position_of(part) for part in kept}
        after = [self._index_of(places[self._order.parts[index.row()]]) for index in before]
        self._order = order
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()

    def _index_of(self, position: int) -> QModelIndex:
        return self.createIndex(position, 0) if position >= 0 else QModelIndex()
