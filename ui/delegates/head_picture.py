"""The head of a conversation as a picture: the subject, and facts below it, in as many lines as they need."""

from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QPainter, QPixmap

from ui.delegates.facts import FACT, ChipFact, Fact, FactFace, MarkFact, NumberFact, Touch, WordsFact
from ui.icon_names import IconName
from ui.models.head_text import HeadText
from ui.tokens import ColorRole

SIDE, TOP, BOTTOM = 20, 12, 9
"""What is free around subject and facts."""
LINE_GAP = 6
_GAP = 6
_ALONE = Touch()


class HeadPart(StrEnum):
    """The facts, named as they are for those who do not see them, in their order."""

    STATUS = "Status"
    NUMBER = "Number"
    ASSIGNEE = "Assignee"
    TEAM = "Team"
    DUE = "Due"
    PRIORITY = "Priority"
    TAGS = "Tags"


@dataclass(frozen=True, slots=True)
class HeadRoom:
    """The room that a head has: its width, what the buttons at the right of the subject take of it (as wide and as
    high as they are), and how wide the corner at the right of the facts is; 0 while there is nothing in it.
    """

    width: int
    buttons: QSize
    corner: int = 0


def facts_of(text: HeadText) -> dict[HeadPart, Fact]:
    """What is stated, in order."""
    facts: dict[HeadPart, Fact] = {
        HeadPart.STATUS: ChipFact(text.status),
        HeadPart.NUMBER: NumberFact(text.number),
        HeadPart.ASSIGNEE: WordsFact(text.assignee, IconName.USER),
    }
    if text.team:
        facts[HeadPart.TEAM] = WordsFact(text.team, IconName.USERS)
    if text.due is not None:
        facts[HeadPart.DUE] = MarkFact(text.due)
    if text.priority is not None:
        facts[HeadPart.PRIORITY] = ChipFact(text.priority)
    if text.tags:
        facts[HeadPart.TAGS] = WordsFact(text.tags, IconName.TAG)
    return facts


class HeadPicture:
    """What a head with these words looks like in this room: `height` high, every fact in its box.

    It is painted at once, or ahead by `keep`, and then only copied.
    """

    def __init__(self, face: FactFace, text: HeadText, room: HeadRoom) -> None:
        self.face, self.text, self.room = face, text, room
        self.facts = facts_of(text)
        line = max(face.title.height, room.buttons.height())
        width = room.width - 2 * SIDE - room.buttons.width()
        self.subject = QRect(SIDE, TOP + (line - face.title.height) // 2, width, face.title.height)
        self.corner = QRect()
        self.boxes: dict[HeadPart, QRect] = {}
        top = TOP + line + LINE_GAP
        self.height = self._place(top) + BOTTOM
        self.facts_area = QRect(SIDE, top, room.width - 2 * SIDE, self.height - BOTTOM - top)
        self._kept: QPixmap | None = None

    @property
    def is_cut(self) -> bool:
        """Whether the subject is longer than its room."""
        return self.face.title.metrics.horizontalAdvance(self.text.subject) > self.subject.width()

    def paint(self, painter: QPainter, clip: QRect) -> None:
        """Paint what is within `clip`."""
        if self._kept is not None and self._kept.devicePixelRatio() == self.face.ratio:
            painter.drawPixmap(0, 0, self._kept)
            return
        painter.fillRect(clip, self.face.themes.color(ColorRole.SURFACE))
        self._draw(painter, clip)

    def keep(self, spare: QPixmap | None = None) -> None:
        """Paint it now, for later; `spare` is something to paint on that nobody needs any more."""
        size = (QSize(self.room.width, self.height).toSizeF() * self.face.ratio).toSize()
        kept = spare if spare is not None and spare.size() == size else QPixmap(size)
        kept.setDevicePixelRatio(self.face.ratio)
        kept.fill(self.face.themes.color(ColorRole.SURFACE))
        painter = QPainter(kept)
        self._draw(painter, QRect(0, 0, self.room.width, self.height))
        painter.end()
        self._kept = kept

    def release(self) -> QPixmap | None:
        """Give back what was kept."""
        kept, self._kept = self._kept, None
        return kept

    def _draw(self, painter: QPainter, clip: QRect) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.subject.intersects(clip):
            face, box = self.face.title, self.subject
            painter.setPen(self.face.themes.color(ColorRole.TEXT))
            face.draw(painter, box.x(), box.y(), self.text.subject, box.width())
        for part, box in self.boxes.items():
            if box.intersects(clip):
                self.facts[part].paint(painter, box, self.face, _ALONE)

    def _place(self, top: int) -> int:
        """Give every fact its box, like words in a paragraph; where the last line ends."""
        left, right = SIDE, self.room.width - SIDE
        x, y, end = left, top, right
        if self.room.corner:
            width = min(self.room.corner, (right - left) // 2)
            self.corner = QRect(right - width, top, width, FACT)
            end -= width + 2 * _GAP
        for part, fact in self.facts.items():
            width = fact.width(self.face)
            if x > left and x + width > end:
                x, y, end = left, y + FACT + _GAP, right
            self.boxes[part] = QRect(x, y, width, FACT)
            x += width + _GAP
        return y + FACT
