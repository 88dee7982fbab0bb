"""A plain text broken into lines and painted without a widget, just as the widget that takes its place shows it."""

import math
import re
import unicodedata
from collections.abc import Iterator, Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QPainter, QTextCharFormat, QTextLayout, QTextOption

from ui.models.text_marks import TextMark

LINE_SPACING = 1.2
"""How far lines are apart, as a share of what the font asks for."""
_UNITS = 64
"""Of a pixel: in these Qt counts the heights of lines."""
_RIGHT_TO_LEFT = re.compile(
    "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
_LINE_SEPARATOR = "\u2028"

_LEADING = QTextOption()
_LEADING.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
_TRAILING = QTextOption(_LEADING)
_TRAILING.setAlignment(Qt.AlignmentFlag.AlignRight)


class TextLines:
    """Laid out once for each width. `natural_width` is what it takes at most: no line is wider."""

    def __init__(
        self, text: str, font: QFont, marks: Sequence[TextMark] = (), look: QTextCharFormat | None = None
    ) -> None:
        self._parts = [_Part(layout, option) for layout, option in _layouts(text, font, marks, look)]
        self._paragraphs = text.count("\n") + 1
        self._is_marked = bool(marks)
        self._width = -1
        self.height = 0
        self.natural_width = 0
        self.is_broken = False

    def lay_out(self, width: int) -> None:
        """Break the lines at a width."""
        if width == self._width:
            return
        self._width = width
        top = widest = 0.0
        count = 0
        for part in self._parts:
            part.top = top
            layout = part.layout
            y = 0.0
            layout.beginLayout()
            while (line := layout.createLine()).isValid():
                line.setLineWidth(width)
                line.setPosition(QPointF(0, y))
                y += int(line.height() * LINE_SPACING * _UNITS) / _UNITS
                widest = max(widest, line.naturalTextWidth())
                count += 1
            layout.endLayout()
            top += y
        self.height = math.ceil(top)
        self.natural_width = math.ceil(widest)
        self.is_broken = count > self._paragraphs

    def narrow(self, width: int) -> None:
        """Take a smaller width in which no line has to be broken anew."""
        if any(part.option is _TRAILING for part in self._parts):
            self.lay_out(width)

    def draw(self, painter: QPainter, left: float, top: float, clip: QRectF) -> None:
        """Draw what is within `clip`; the pen is the colour of the text."""
        if self._is_marked:
            painter.setRenderHint(
                QPainter.RenderHint.Antialiasing, on=False
            )  # or lines under links would be blurred
        for part in self._parts:
            part.layout.draw(painter, QPointF(left, top + part.top), [], clip)
        if self._is_marked:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)


class _Part:
    """One or more paragraphs of one direction."""

    __slots__ = ("layout", "option", "top")

    def __init__(self, layout: QTextLayout, option: QTextOption) -> None:
        self.layout = layout
        self.option = option
        self.top = 0.0


def _layouts(
    text: str, font: QFont, marks: Sequence[TextMark], look: QTextCharFormat | None
) -> Iterator[tuple[QTextLayout, QTextOption]]:
    """One layout for everything, or for each paragraph where they may run in different directions."""
    if _RIGHT_TO_LEFT.search(text) is None:
        yield _layout(text.replace("\n", _LINE_SEPARATOR), font, _LEADING, marks, 0, look), _LEADING
        return
    start = 0
    for paragraph in text.split("\n"):
        option = _TRAILING if _runs_left(paragraph) else _LEADING
        end = start + len(paragraph.encode("utf-16-le", "surrogatepass")) // 2
        own = [mark for mark in marks if start <= mark.start < end]
        yield _layout(paragraph, font, option, own, start, look), option
        start = end + 1


def _layout(
    text: str,
    font: QFont,
    option: QTextOption,
    marks: Sequence[TextMark],
    start: int,
    look: QTextCharFormat | None,
) -> QTextLayout:
    layout = QTextLayout(text, font)
    layout.setTextOption(option)
    layout.setCacheEnabled(True)
    if marks and look is not None:
        layout.setFormats([_range(mark, start, look) for mark in marks])
    return layout


def _range(mark: TextMark, start: int, look: QTextCharFormat) -> QTextLayout.FormatRange:
    found = QTextLayout.FormatRange()
    found.start = mark.start - start
    found.length = mark.length
    style = QTextCharFormat(look)
    style.setFontUnderline(mark.link is not None)
    found.format = style
    return found


def _runs_left(paragraph: str) -> bool:
    """Whether the first letter with a direction runs from right to left."""
    for letter in paragraph:
        match unicodedata.bidirectional(letter):
            case "R" | "AL":
                return True
            case "L":
                return False
    return False
