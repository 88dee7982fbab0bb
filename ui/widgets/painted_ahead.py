"""What a timeline would look like with other entries, painted before it shows them."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter, QPixmap

from ui.delegates.entry_pictures import MARGIN, EntryPicture
from ui.delegates.timeline_face import TimelineFace
from ui.models.timeline import EntryKind, TimelineEntry
from ui.tokens import ColorRole
from ui.widgets.entry_column import GAP, EntryColumn, EntryRow
from ui.widgets.message_bubble import needs_widget

_MOST_KEPT = 4
ABOVE = MARGIN - 4
"""What is free above the first entry and below the last one."""

Placed: TypeAlias = tuple[tuple[EntryPicture, int], ...]
"""Pictures and where their tops are on the screen."""


def paint_row(painter: QPainter, face: TimelineFace, row: EntryRow, top: int, clip: QRectF) -> None:
    """Paint an entry, with the round of the customer beside it, at this height."""
    paint_avatar(painter, face, row, top, clip)
    row.picture.paint(painter, top, clip)


def paint_avatar(painter: QPainter, face: TimelineFace, row: EntryRow, top: int, clip: QRectF) -> None:
    """Paint only what stands beside it."""
    if row.entry.kind is EntryKind.THEIRS:
        painter.drawPixmap(MARGIN, top, face.avatar(row.entry.author))


@dataclass(frozen=True, slots=True, eq=False)
class _Measured:
    """The last of some entries, measured for a width."""

    entries: Sequence[TimelineEntry]
    width: int
    rows: list[EntryRow]


class PaintedAhead:
    """Keeps a few painted screens. One is given out only for exactly the pictures that are painted on it, where they
    are painted, so it cannot be out of date: what has changed is another picture.
    """

    def __init__(self) -> None:
        self._screens: deque[tuple[Placed, QPixmap]] = deque(maxlen=_MOST_KEPT)
        self._measured: deque[_Measured] = deque(maxlen=_MOST_KEPT)

    def clear(self) -> None:
        """Forget all: colours or fonts have changed."""
        self._screens.clear()
        self._measured.clear()

    def find(self, placed: Placed, size: QSize, ratio: float) -> QPixmap | None:
        """The screen on which these pictures are painted, and nothing else."""
        for known, screen in self._screens:
            if known == placed and screen.size() == _pixels(size, ratio):
                return screen
        return None

    def take_rows(
        self, entries: Sequence[TimelineEntry], width: int, pictures: Mapping[str, EntryPicture]
    ) -> list[EntryRow]:
        """The last of these entries as they were measured for this width; they belong to who takes them.

        Nothing where an entry looks different now, for `pictures` are what is shown, or needs more than a picture.
        """
        known = next((m for m in self._measured if m.entries is entries and m.width == width), None)
        if known is None:
            return []
        self._measured.remove(known)
        same = all(pictures.get(row.key) is row.picture for row in known.rows)
        return known.rows if same and not any(needs_widget(row.entry) for row in known.rows) else []

    def steps(
        self,
        face: TimelineFace,
        entries: Sequence[TimelineEntry],
        picture_of: Callable[[TimelineEntry], EntryPicture],
        size: QSize,
        width: int,
        top: int,
    ) -> Iterator[None]:
        """Paint the end of these entries for a view of this size, an entry in each step.

        They are measured for `width`, and the first of all begins at `top`.
        """
        rows: list[EntryRow] = []
        room = size.height()
        for entry in reversed(entries):
            row = EntryRow(picture_of(entry))
            row.measure(width)
            rows.append(row)
            room -= row.box.height() + GAP
            if room < 0:
                break
            yield
        column = EntryColumn()
        column.set_rows(rows[::-1])
        offset = max(0, column.stack(top) + ABOVE - size.height())
        shown = column.between(offset, offset + size.height())
        placed = placed_in(column, offset, size.height())
        if not placed:
            return
        if self.find(placed, size, face.ratio) is not None:
            self._measured.append(_Measured(entries, width, rows[::-1]))
            return
        screen = self._blank(size, face)
        yield
        for row in shown:
            painter = QPainter(screen)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            paint_row(painter, face, row, row.top - offset, QRectF(0, 0, size.width(), size.height()))
            painter.end()
            yield
        self._screens.append((placed, screen))
        self._measured.append(_Measured(entries, width, rows[::-1]))

    def _blank(self, size: QSize, face: TimelineFace) -> QPixmap:
        """Something to paint on: the screen that was painted longest ago, for memory that is new is slow."""
        wanted = _pixels(size, face.ratio)
        full = len(self._screens) == _MOST_KEPT
        oldest = self._screens.popleft()[1] if full else QPixmap()
        screen = oldest if oldest.size() == wanted else QPixmap(wanted)
        screen.setDevicePixelRatio(face.ratio)
        screen.fill(face.color(ColorRole.SURFACE))
        return screen


def placed_in(column: EntryColumn, offset: int, height: int) -> Placed:
    """What is on screen of a column."""
    return tuple((row.picture, row.top - offset) for row in column.between(offset, offset + height))


def _pixels(size: QSize, ratio: float) -> QSize:
    return (size.toSizeF() * ratio).toSize()
