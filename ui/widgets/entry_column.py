"""Where the entries of a timeline are: one below the other, and what is at a place or between two heights."""

from bisect import bisect_right
from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRect

from ui.delegates.entry_pictures import EntryPicture
from ui.models.timeline import TimelineEntry

GAP = 12
"""Between two entries."""


class EntryRow:
    """An entry and where it is: `box` from the left of the view and from its own top.

    `measured` is the width of the view for which the box is right; -1 asks for another measure.
    """

    __slots__ = ("box", "measured", "picture", "top")

    def __init__(self, picture: EntryPicture) -> None:
        self.picture = picture
        self.box = QRect()
        self.top = 0
        self.measured = -1

    @property
    def entry(self) -> TimelineEntry:
        """What is shown."""
        return self.picture.entry

    @property
    def key(self) -> str:
        """The key of the entry."""
        return self.picture.entry.key

    def measure(self, width: int) -> None:
        """Find out how much room the picture takes in a view of this width."""
        self.measured = width
        self.picture.place(width)
        self.box = QRect(self.picture.box)

    @property
    def bottom(self) -> int:
        """Where it ends."""
        return self.top + self.box.height()


class EntryColumn:
    """Rows in order. Heights count from the top of the first page, not of what is on screen."""

    def __init__(self) -> None:
        self._rows: list[EntryRow] = []
        self._tops: list[int] = []

    @property
    def rows(self) -> Sequence[EntryRow]:
        """All of them, oldest first."""
        return self._rows

    def set_rows(self, rows: list[EntryRow]) -> None:
        """Hold these rows; they have their places after the next `stack`."""
        self._rows = rows
        self._tops = []

    def row(self, key: str) -> EntryRow | None:
        """The row of an entry."""
        return next((row for row in self._rows if row.key == key), None)

    def stack(self, top: int) -> int:
        """Put all rows, which are measured, one below the other; where the last one ends."""
        for row in self._rows:
            row.top = top
            top += row.box.height() + GAP
        self._tops = [row.top for row in self._rows]
        return top - GAP

    def forget_sizes(self) -> None:
        """Ask for another measure of every row."""
        for row in self._rows:
            row.measured = -1

    def between(self, top: int, bottom: int) -> list[EntryRow]:
        """The rows that are partly between two heights."""
        first = max(0, bisect_right(self._tops, top) - 1)
        last = bisect_right(self._tops, bottom - 1)
        return [row for row in self._rows[first:last] if row.bottom > top]

    def at(self, where: QPoint) -> EntryRow | None:
        """The row whose own box holds a point."""
        number = bisect_right(self._tops, where.y()) - 1
        row = self._rows[number] if number >= 0 else None
        return row if row is not None and row.box.contains(where.x(), where.y() - row.top) else None
