"""Which words of a conversation fit a row of a list, and where its chips go: measured once per row and minute."""

from datetime import datetime
from typing import NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QFontMetrics

from agent_desktop.services.inbox_rows import InboxRow
from ui.fonts import FontRole, role_font
from ui.models.inbox_row_text import ChipText, age_text, chips
from ui.paint import chip_height, chip_width

SIDE = 14
TOP = 10
AVATAR = 36
GAP = 10
LINE_GAP = 2
DOT = 8
_DOT_GAP = 6
_CHIP_TOP = 5
_CHIP_GAP = 6
_LONGEST_TEXT = 240
_KEPT = 500


class Face:
    """A font with its metrics."""

    def __init__(self, font: QFont) -> None:
        self.font = font
        self.metrics = QFontMetrics(font)
        self.height = self.metrics.height()
        self.ascent = self.metrics.ascent()


class PlacedChip(NamedTuple):
    """A chip, how far from the left edge of the words it begins, and how wide it is."""

    chip: ChipText
    x: int
    width: int


class LaidRow(NamedTuple):
    """The words of a row as they fit its width. `age_right` is how far its right edge is from that of the words."""

    name: str
    age: str
    age_width: int
    age_right: int
    subject: str
    preview: str
    chips: tuple[PlacedChip, ...]


class InboxRowLayout:
    """Measures with the fonts of now: make a new one when they change."""

    def __init__(self) -> None:
        self.strong = Face(role_font(FontRole.STRONG))
        self.body = Face(role_font(FontRole.BODY))
        self.age = Face(role_font(FontRole.SECONDARY))
        self.chip = Face(role_font(FontRole.LABEL))
        self.chip_height = chip_height(self.chip.metrics)
        self.subject_y = TOP + self.strong.height + LINE_GAP
        self.preview_y = self.subject_y + self.body.height + LINE_GAP
        self.chips_y = self.preview_y + self.body.height + _CHIP_TOP
        self.row_height = self.chips_y + self.chip_height + TOP + 1
        self._laid: dict[tuple[InboxRow, int, int], LaidRow] = {}

    def of(self, row: InboxRow, width: int, now: datetime, minute: int) -> LaidRow:
        """The words of a row of this width; `minute` says when what was measured is out of date."""
        key = (row, width, minute)
        laid = self._laid.get(key)
        if laid is None:
            if len(self._laid) >= _KEPT:
                self._laid.clear()
            laid = self._laid[key] = self._measure(row, width, now)
        return laid

    def _measure(self, row: InboxRow, width: int, now: datetime) -> LaidRow:
        room = width - 2 * SIDE - AVATAR - GAP
        age = age_text(row.last_message_at, now)
        age_width = self.age.metrics.horizontalAdvance(age)
        age_right = DOT + _DOT_GAP if row.unread else 0
        name = self.strong if row.unread else self.body
        return LaidRow(
            name=_elide(name.metrics, row.customer_name, room - age_width - GAP - age_right),
            age=age,
            age_width=age_width,
            age_right=age_right,
            subject=_elide(self.body.metrics, row.subject, room),
            preview=_elide(self.body.metrics, row.preview, room),
            chips=self._place_chips(chips(row, now), room),
        )

    def _place_chips(self, shown: tuple[ChipText, ...], room: int) -> tuple[PlacedChip, ...]:
        """Chips side by side; while there is no room, the last that yields goes, then the last."""
        left = list(shown)
        widths = {chip: chip_width(self.chip.metrics, chip.text) for chip in left}
        while len(left) > 1 and sum(widths[chip] + _CHIP_GAP for chip in left) - _CHIP_GAP > room:
            yielding = [chip for chip in left if chip.yields]
            left.remove(yielding[-1] if yielding else left[-1])
        placed = []
        x = 0
        for chip in left:
            placed.append(PlacedChip(chip, x, widths[chip]))
            x += widths[chip] + _CHIP_GAP
        return tuple(placed)


def _elide(metrics: QFontMetrics, text: str, room: int) -> str:
    """One line of `text` that fits; what is far too long is cut first, so that no text can be slow to measure."""
    line = " ".join(text[:_LONGEST_TEXT].split())
    return metrics.elidedText(line, Qt.TextElideMode.ElideRight, room)
