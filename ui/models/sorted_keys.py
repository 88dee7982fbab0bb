"""The order of a list of a million rows in a few megabytes: integer keys with the values that they are sorted by."""

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

SortKey = tuple[int, ...]
"""What a row is sorted by, ascending. Its last part is the row's own key, negative where high keys come first."""


class Run(NamedTuple):
    """Rows that lie beside each other: `[start, end)`."""

    start: int
    end: int


class SortedKeys:
    """Parallel arrays, one for each part of the sort keys."""

    def __init__(self, columns: Sequence["array[int]"]) -> None:
        self._columns = tuple(columns)

    @classmethod
    def listed(cls, keys: Iterable[int]) -> "SortedKeys":
        """The order in which these row keys are given."""
        listed = array("q", keys)
        return cls([array("q", range(len(listed))), listed])

    def __len__(self) -> int:
        return len(self._columns[-1])

    @property
    def parts(self) -> "array[int]":
        """The last parts of the sort keys, which tell rows apart; not to be changed."""
        return self._columns[-1]

    def key_at(self, position: int) -> int:
        """The key of the row in a position."""
        return abs(self._columns[-1][position])

    def keys(self, start: int = 0, end: int | None = None) -> list[int]:
        """The keys of the rows `[start, end)`."""
        return [abs(part) for part in self._columns[-1][start:end]]

    def at(self, position: int) -> SortKey:
        """The sort key in a position."""
        return tuple(column[position] for column in self._columns)

    def position_of(self, part: int) -> int:
        """Where the row with this last part is, or -1. Looks through everything: for the few a view holds on to."""
        try:
            return self.parts.index(part)
        except ValueError:
            return -1

    def place(self, key: SortKey) -> int:
        """Where this sort key is, or where it would go."""
        return bisect_left(range(len(self)), key, key=self.at)

    def find(self, key: SortKey) -> int:
        """Where this sort key is, or -1."""
        position = self.place(key)
        return position if position < len(self) and self.at(position) == key else -1

    def insert(self, position: int, key: SortKey) -> None:
        """Put a sort key in its position, as `place` gave it."""
        for column, part in zip(self._columns, key, strict=True):
            column.insert(position, part)

    def delete(self, start: int, end: int) -> None:
        """Remove the rows `[start, end)`."""
        for column in self._columns:
            del column[start:end]

    def copy(self) -> "SortedKeys":
        """The same order in arrays of its own, for another thread."""
        return SortedKeys([column[:] for column in self._columns])


class Difference(NamedTuple):
    """How to make one list of keys from another.

    Remove `removed` (positions in the old list, last first), then insert `inserted` (positions in the new list, first
    first). `reordered` says that rows which are in both changed their order: then only a new layout helps.
    """

    removed: tuple[Run, ...]
    inserted: tuple[Run, ...]
    reordered: bool


MOST_COMPARED = 100_000
"""Where more keys than this differ, only a new layout helps: to compare them would keep everything else waiting."""


def difference(old: Sequence[int], new: Sequence[int]) -> Difference:
    """Compare two lists of keys; fast where they begin and end alike. Safe on any thread."""
    shorter = min(len(old), len(new))
    head = _common(shorter, lambda low, high: old[low:high] == new[low:high])
    old_end, new_end = len(old), len(new)
    tail = _common(
        shorter - head,
        lambda low, high: old[old_end - high : old_end - low] == new[new_end - high : new_end - low],
    )
    removed, inserted = Run(head, old_end - tail), Run(head, new_end - tail)
    if removed.start == removed.end or inserted.start == inserted.end:
        return Difference(_unless_empty(removed), _unless_empty(inserted), reordered=False)
    if removed.end - head + inserted.end - head > MOST_COMPARED:
        return Difference((), (), reordered=True)
    return _compared(old[head : removed.end], new[head : inserted.end], head)


def _compared(old: Sequence[int], new: Sequence[int], offset: int) -> Difference:
    old_set, new_set = set(old), set(new)
    removed = _runs(old, new_set, offset)
    inserted = _runs(new, old_set, offset)
    kept_before = [key for key in old if key in new_set]
    kept_after = [key for key in new if key in old_set]
    return Difference(tuple(reversed(removed)), tuple(inserted), kept_before != kept_after)


def _unless_empty(run: Run) -> tuple[Run, ...]:
    return (run,) if run.start < run.end else ()


def _common(limit: int, alike: Callable[[int, int], bool]) -> int:
    """How many keys are equal at an end, found by halves: comparing slices is fast."""
    low, high = 0, limit
    while low < high:
        middle = (low + high + 1) // 2
        if alike(low, middle):
            low = middle
        else:
            high = middle - 1
    return low


def _runs(keys: Sequence[int], others: set[int], offset: int) -> list[Run]:
    """The runs of keys that are not among the others."""
    runs: list[Run] = []
    for position, key in enumerate(keys, offset):
        if key in others:
            continue
        if runs and runs[-1].end == position:
            runs[-1] = Run(runs[-1].start, position + 1)
        else:
            runs.append(Run(position, position + 1))
    return runs
