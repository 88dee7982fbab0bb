"""The list of conversations as Qt sees it: rows in order, check marks, and rows that wait to be let in."""

from collections.abc import Iterable

from PySide6.QtCore import QObject, Qt, Signal

from agent_desktop.domain.clock import Clock
from agent_desktop.services.inbox_rows import InboxRow
from ui.models.inbox_row_text import accessible_sentence
from ui.models.paged_table import AnyIndex, Fetch, PagedTable
from ui.models.sorted_keys import Difference, SortedKeys, SortKey

_CHECK_STATES = {True: Qt.CheckState.Checked, False: Qt.CheckState.Unchecked}


def _key_of(row: InboxRow) -> int:
    return row.pk


class InboxModel(PagedTable[InboxRow]):
    """Rows that would move what the person is looking at are held until they are asked for.

    The view tells by `anchor` down to which position rows must not move; -1 means that nothing needs to stay.
    """

    held_changed = Signal()
    checks_changed = Signal()

    def __init__(self, fetch: Fetch, clock: Clock, parent: QObject | None = None) -> None:
        super().__init__(fetch, _key_of, parent)
        self._clock = clock
        self._held: dict[int, SortKey] = {}
        """Where rows belong that are held."""
        self._shown: dict[int, SortKey] = {}
        """Under which sort key those of them are listed that only would move."""
        self._checked: dict[int, None] = {}
        self.anchor = -1

    @property
    def held(self) -> int:
        """How many rows wait to be let in or moved."""
        return len(self._held)

    @property
    def held_new(self) -> int:
        """How many of them are not in the list yet."""
        return len(self._held) - len(self._shown)

    @property
    def checked(self) -> tuple[int, ...]:
        """The keys of the rows with a check mark, in the order in which they got it."""
        return tuple(self._checked)

    def replace(self, order: SortedKeys, rows: Iterable[InboxRow] = ()) -> None:
        """Show another list; check marks and held rows belong to the old one."""
        self._held.clear()
        self._shown.clear()
        self._checked.clear()
        self.anchor = -1
        super().replace(order, rows)
        self.held_changed.emit()
        self.checks_changed.emit()

    def change_to(self, order: SortedKeys, steps: Difference) -> None:
        """Show another order of the same list, with everything that was held in its place."""
        self._held.clear()
        self._shown.clear()
        super().change_to(order, steps)
        self.held_changed.emit()
        if self._checked:
            present = {abs(part) for part in order.parts}
            self.set_checked(key for key in self._checked if key in present)

    def change(self, key: int, old: SortKey | None, new: SortKey | None, *, hold: bool) -> None:
        """One conversation changed: it was sorted by `old` and is now by `new`; None where it is in no place.

        With `hold`, a row that would disturb is kept back. What is in its place already stays as it is.
        """
        old = self._shown.pop(key, old)
        position = self.order.find(old) if old is not None else -1
        self._held.pop(key, None)
        if new is None:
            if position >= 0:
                self.remove(position)
                self._uncheck(key)
        elif position < 0:
            if self.order.find(new) < 0:
                self._let_in(key, new, hold)
        elif old != new:
            self._shift(key, position, new, hold)
        self.held_changed.emit()

    def let_in(self) -> None:
        """Put everything that is held in its place."""
        held, self._held = self._held, {}
        shown, self._shown = self._shown, {}
        for key, new in held.items():
            old = shown.get(key)
            position = self.order.find(old) if old is not None else -1
            if position >= 0:
                self.move(position, new)
            elif self.order.find(new) < 0:
                self.insert(new)
        self.held_changed.emit()

    def toggle_check(self, key: int) -> None:
        """Give a row a check mark, or take it away."""
        if key in self._checked:
            self._uncheck(key)
        else:
            self.set_checked([*self._checked, key])

    def set_checked(self, keys: Iterable[int]) -> None:
        """Put check marks on exactly these rows."""
        checked = dict.fromkeys(keys)
        if checked != self._checked:
            self._checked = checked
            self._checks_changed()

    def position_of(self, key: int) -> int:
        """Where a row is, or -1. Looks through everything: for the row that the cursor is on, not in loops."""
        position = self.order.position_of(key)
        return position if position >= 0 else self.order.position_of(-key)

    def is_checked(self, position: int) -> bool | None:
        """Whether a row has a check mark; None while none has: then rows show avatars."""
        return self.key_at(position) in self._checked if self._checked else None

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if index.isValid():
            if role == Qt.ItemDataRole.CheckStateRole:
                checked = self.is_checked(index.row())
                return None if checked is None else _CHECK_STATES[checked]
            if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
                return self._sentence(index.row())
        return None

    def _let_in(self, key: int, new: SortKey, hold: bool) -> None:
        if hold and self.order.place(new) <= self.anchor:
            self._held[key] = new
        else:
            self.insert(new)

    def _shift(self, key: int, position: int, new: SortKey, hold: bool) -> None:
        if hold and min(position, self.order.place(new)) <= self.anchor:
            self._held[key] = new
            self._shown[key] = self.order.at(position)
        else:
            self.move(position, new)

    def _uncheck(self, key: int) -> None:
        if key in self._checked:
            del self._checked[key]
            self._checks_changed()

    def _checks_changed(self) -> None:
        if len(self.order):
            self.dataChanged.emit(
                self.index(0, 0), self.index(len(self.order) - 1, 0), [Qt.ItemDataRole.CheckStateRole]
            )
        self.checks_changed.emit()

    def _sentence(self, position: int) -> str:
        row = self.row_at(position)
        return accessible_sentence(row, self._clock.now()) if row is not None else "Loading"
