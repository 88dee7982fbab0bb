"""What stands between the head of a message and its text: whom it went to, and what has to be known about it.

The picture of a message and the widget that takes its place paint it by the same code.
"""

from collections.abc import Sequence

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from ui.delegates.text_lines import TextLines
from ui.delegates.timeline_face import Typeface
from ui.models.mail_text import Notice
from ui.paint import draw_box
from ui.theme import ThemeManager
from ui.tokens import ChipTone, ColorRole, Radius

_GAP = 4
_BESIDE, _ABOVE = 9, 5
"""What the ground of an urgent notice keeps free around its words."""


class NoticesPicture:
    """Laid out once for each width. It is false where there is nothing to show."""

    def __init__(self, themes: ThemeManager, face: Typeface, people: str, notices: Sequence[Notice]) -> None:
        self._themes = themes
        self._face = face
        self._people = people
        self._people_width = face.room(people) if people else 0
        self._notices = [(notice, TextLines(notice.words, face.font)) for notice in notices]
        self.height = 0

    def __bool__(self) -> bool:
        return bool(self._people or self._notices)

    @property
    def natural_width(self) -> int:
        """The room it takes at most, after `lay_out`: the people are cut rather than that a message grows for them."""
        widest = max(
            (lines.natural_width + 2 * _beside(notice) for notice, lines in self._notices), default=0
        )
        return max(widest, min(self._people_width, _MOST_FOR_PEOPLE))

    @property
    def is_broken(self) -> bool:
        """Whether a notice needs several lines, and so all the room there is."""
        return any(lines.is_broken for _, lines in self._notices)

    def lay_out(self, width: int) -> None:
        """Break the lines for this width; `height` is what they take."""
        parts = [self._face.height] if self._people else []
        for notice, lines in self._notices:
            lines.lay_out(width - 2 * _beside(notice))
            parts.append(lines.height + 2 * _above(notice))
        self.height = sum(parts) + _GAP * max(0, len(parts) - 1)

    def paint(self, painter: QPainter, left: float, top: float, width: int, clip: QRectF) -> None:
        """Paint it at this corner, as wide as it was laid out for or wider."""
        if self._people:
            painter.setPen(self._themes.color(ColorRole.TEXT_3))
            self._face.draw(painter, left, top, self._people, width, self._people_width)
            top += self._face.height + _GAP
        for notice, lines in self._notices:
            beside, above = _beside(notice), _above(notice)
            if notice.tone is ChipTone.NEUTRAL:
                painter.setPen(self._themes.color(ColorRole.TEXT_2))
            else:
                ink, ground = self._themes.chip_colors(notice.tone)
                box = QRectF(left, top, width, lines.height + 2 * above)
                draw_box(painter, box, Radius.CONTROL, ground)
                painter.setPen(ink)
            lines.draw(painter, left + beside, top + above, clip)
            top += lines.height + 2 * above + _GAP


_MOST_FOR_PEOPLE = 420


def _beside(notice: Notice) -> int:
    return 0 if notice.tone is ChipTone.NEUTRAL else _BESIDE


def _above(notice: Notice) -> int:
    return 0 if notice.tone is ChipTone.NEUTRAL else _ABOVE
