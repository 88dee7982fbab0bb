"""Entries of a timeline as pictures: measured for a width, painted without any widget.

A picture looks exactly like the widget that takes its place once somebody points at it, so nothing moves then.
"""

from collections.abc import Mapping
from typing import TypeAlias

from PySide6.QtCore import QPointF, QRect, QRectF
from PySide6.QtGui import QPainter, QPixmap, QTextCharFormat

from ui.delegates.bubble_box import (
    BOTTOM,
    GAP,
    HEAD_GAP,
    LINK_GAP,
    MENU_HEIGHT,
    MENU_WIDTH,
    SIDE,
    TOP,
)
from ui.delegates.file_card import CARD_GAP, CARDS_MARGIN, FileCard
from ui.delegates.message_notices import NoticesPicture
from ui.delegates.text_lines import TextLines
from ui.delegates.timeline_face import AVATAR, TimelineFace
from ui.icon_names import IconName
from ui.models.text_marks import mark_text
from ui.models.timeline import EntryKind, TimelineEntry
from ui.tokens import ColorRole

MARGIN = 20
"""What the timeline keeps free at its sides."""
GUTTER = AVATAR + 10
_WIDEST = 640
_THEIR_SHARE, _OUR_SHARE = 0.77, 0.82
FOLDED, SHOW_FORMATTED = "··· quoted text", "Show formatted"
LINE_LEFT, LINE_PADDING, LINE_GAP = 8, 2, 8
"""Around and between icon and words of an event."""
LINE_ICON = 14
_LINK_HEIGHT_MORE = 4
"""What the border and padding of a link button add to its text."""

Thumbnails: TypeAlias = Mapping[str, QPixmap]
"""Small pictures that are known, by the SHA-256 of the file."""


def widest_bubble(kind: EntryKind, width: int) -> int:
    """How wide a message may be in a timeline of this width."""
    room = width - 2 * MARGIN
    share = (room - GUTTER) * _THEIR_SHARE if kind is EntryKind.THEIRS else room * _OUR_SHARE
    return min(_WIDEST, round(share))


def bubble_left(kind: EntryKind, width: int, breadth: int) -> int:
    """Where a message of this breadth begins: theirs at the left, ours at the right."""
    return MARGIN + GUTTER if kind is EntryKind.THEIRS else width - MARGIN - breadth


class DayPicture:
    """The name of a day in the middle of its line."""

    def __init__(self, face: TimelineFace, entry: TimelineEntry) -> None:
        self.entry = entry
        self.box = QRect()
        self._face = face

    def place(self, width: int) -> None:
        """Measure for a timeline of this width: `box` is then where it goes, from its own top."""
        self.box = QRect(MARGIN, 0, width - 2 * MARGIN, self._face.meta.height)

    def paint(self, painter: QPainter, top: int, clip: QRectF) -> None:
        """Paint at this height."""
        face = self._face
        painter.setPen(face.color(ColorRole.TEXT_3))
        left = self.box.left() + (self.box.width() - face.meta.width(self.entry.line)) // 2
        face.meta.draw(painter, left, top, self.entry.line, self.box.width())


class LinePicture:
    """An event or a call on one line."""

    def __init__(self, face: TimelineFace, entry: TimelineEntry, cards: "Cards") -> None:
        self.entry = entry
        self.box = QRect()
        self._face = face
        self._cards = cards
        self._height = max(LINE_ICON, face.meta.height)

    def place(self, width: int) -> None:
        """Measure for a timeline of this width."""
        breadth = width - 2 * MARGIN - GUTTER
        height = 2 * LINE_PADDING + self._height
        if self._cards:
            height += GAP + self._cards.arrange(breadth - LINE_LEFT)
        self.box = QRect(MARGIN + GUTTER, 0, breadth, height)

    def paint(self, painter: QPainter, top: int, clip: QRectF) -> None:
        """Paint at this height."""
        face, left = self._face, self.box.left() + LINE_LEFT
        y = top + LINE_PADDING
        icon = IconName.PHONE if self.entry.kind is EntryKind.CALL else IconName.BOLT
        middle = y + (self._height - LINE_ICON) // 2
        painter.drawPixmap(QPointF(left, middle), face.icon(icon, ColorRole.TEXT_3, LINE_ICON))
        room = self.box.width() - LINE_LEFT - LINE_ICON - LINE_GAP
        if self.entry.text:
            room -= LINE_ICON + LINE_GAP
            arrow = face.icon(IconName.CHEVRON_DOWN, ColorRole.TEXT_3, LINE_ICON)
            painter.drawPixmap(QPointF(self.box.left() + self.box.width() - LINE_ICON, middle), arrow)
        painter.setPen(face.color(ColorRole.TEXT_3))
        text_top = y + (self._height - face.meta.height + 1) // 2
        face.meta.draw(painter, left + LINE_ICON + LINE_GAP, text_top, self.entry.line, room)
        if self._cards:
            self._cards.paint(painter, left, y + self._height + GAP)


class BubblePicture:
    """A message: who, where and when, the text, cards of files, and the words of the buttons below."""

    def __init__(self, face: TimelineFace, entry: TimelineEntry, cards: "Cards") -> None:
        self.entry = entry
        self.box = QRect()
        self._face = face
        self._cards = cards
        self._placed = -1
        self._author = _one_line(entry.author)
        self._meta = face.meta.room(entry.meta)
        look = QTextCharFormat()
        marks = mark_text(entry.text, entry.mentions).marks
        if marks:
            look.setForeground(face.color(ColorRole.ACCENT_TEXT))
        self._text = TextLines(entry.text, face.body.font, marks, look)
        self._notices = NoticesPicture(face.themes, face.meta, entry.people, entry.notices)
        self._links = [
            words for words, shown in ((FOLDED, entry.quoted), (SHOW_FORMATTED, entry.html_blob)) if shown
        ]
        self._head = max(MENU_HEIGHT, face.author.height, face.meta.height)

    def place(self, width: int) -> None:
        """Measure for a timeline of this width: as narrow as the content allows."""
        if width == self._placed:
            return
        self._placed = width
        face, kind = self._face, self.entry.kind
        widest = widest_bubble(kind, width)
        self._text.lay_out(widest - 2 * SIDE)
        self._notices.lay_out(widest - 2 * SIDE)
        if self._text.is_broken or self._notices.is_broken:
            inner = widest - 2 * SIDE
        else:
            needed = max(
                self._text.natural_width + 2,
                face.author.width(self._author) + self._meta + MENU_WIDTH + 20,
                self._cards.widest,
                self._notices.natural_width,
                sum(face.link.width(words) + 2 + LINK_GAP for words in self._links),
            )
            inner = min(widest - 2 * SIDE, needed)
            self._text.narrow(inner)
        height = TOP + self._head + GAP + self._text.height + BOTTOM
        if self._notices:
            height += self._notices.height + GAP
        if self._cards:
            height += GAP + self._cards.arrange(inner)
        if self._links:
            height += GAP + face.link.height + _LINK_HEIGHT_MORE
        breadth = inner + 2 * SIDE
        self.box = QRect(bubble_left(kind, width, breadth), 0, breadth, height)

    def paint(self, painter: QPainter, top: int, clip: QRectF) -> None:
        """Paint at this height, of the text only what is within `clip`."""
        face, entry, box = self._face, self.entry, self.box
        face.boxes.draw(painter, box.translated(0, top), entry.kind, face.ratio)
        left, y = box.left() + SIDE, top + TOP
        inner = box.width() - 2 * SIDE
        author = min(face.author.width(self._author), inner - MENU_WIDTH - 2 * HEAD_GAP)
        painter.setPen(face.color(ColorRole.TEXT))
        face.author.draw_name(
            painter, left, y + (self._head - face.author.height + 1) // 2, self._author, author
        )
        painter.setPen(face.color(ColorRole.TEXT_3))
        room = inner - author - MENU_WIDTH - 2 * HEAD_GAP
        meta_top = y + (self._head - face.meta.height + 1) // 2
        face.meta.draw(painter, left + author + HEAD_GAP, meta_top, entry.meta, room, self._meta)
        y += self._head + GAP
        if self._notices:
            self._notices.paint(painter, left, y, inner, clip)
            y += self._notices.height + GAP
        painter.setPen(face.color(ColorRole.TEXT))
        self._text.draw(painter, left, y, clip)
        y += self._text.height
        if self._cards:
            self._cards.paint(painter, left, y + GAP)
            y += GAP + self._cards.height
        if self._links:
            self._paint_links(painter, left, y + GAP)

    def _paint_links(self, painter: QPainter, left: int, top: int) -> None:
        face = self._face
        painter.setPen(face.color(ColorRole.ACCENT_TEXT))
        for words in self._links:
            width = face.link.width(words)
            face.link.draw_name(painter, left + 1, top + _LINK_HEIGHT_MORE // 2, words, width)
            left += width + 2 + LINK_GAP


class Cards:
    """The cards of the files of one message, side by side, in as many rows as they need."""

    def __init__(self, face: TimelineFace, entry: TimelineEntry, thumbnails: Thumbnails) -> None:
        self._face = face
        self._cards = [
            FileCard(face.themes, file, thumbnails.get(file.sha256), away=file.sha256 in entry.away)
            for file in entry.files
        ]
        self._sizes = [card.size() for card in self._cards]
        self._boxes: list[QRectF] = []
        self.height = 0

    def __len__(self) -> int:
        return len(self._cards)

    @property
    def widest(self) -> int:
        """The width of the widest card."""
        return max((size.width() for size in self._sizes), default=0)

    def arrange(self, width: int) -> int:
        """Put the cards into rows of this width; the height that takes."""
        x, y, row = 0, CARDS_MARGIN, 0
        self._boxes = []
        for size in self._sizes:
            if x and x + size.width() > width:
                x, y, row = 0, y + row + CARD_GAP, 0
            self._boxes.append(QRectF(x, y, size.width(), size.height()))
            x += size.width() + CARD_GAP
            row = max(row, size.height())
        self.height = y + row + CARDS_MARGIN
        return self.height

    def paint(self, painter: QPainter, left: int, top: int) -> None:
        """Paint all of them below this corner."""
        for card, box in zip(self._cards, self._boxes, strict=True):
            card.paint(painter, box.translated(left, top), self._face.ratio)


EntryPicture: TypeAlias = DayPicture | LinePicture | BubblePicture


def picture_of(face: TimelineFace, entry: TimelineEntry, thumbnails: Thumbnails) -> EntryPicture:
    """The picture of an entry."""
    match entry.kind:
        case EntryKind.DAY:
            return DayPicture(face, entry)
        case EntryKind.EVENT | EntryKind.CALL:
            return LinePicture(face, entry, Cards(face, entry, thumbnails))
        case _:
            return BubblePicture(face, entry, Cards(face, entry, thumbnails))


def _one_line(text: str) -> str:
    return " ".join(text.split()) if not text.isprintable() else text
