"""Facts in the head of a conversation: each measured and painted without any widget."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from PySide6.QtCore import QPointF, QRect, QRectF
from PySide6.QtGui import QPainter, QPixmap

from ui.delegates.timeline_face import Typeface
from ui.fonts import FontRole, role_font, scaled
from ui.icon_names import IconName
from ui.models.inbox_row_text import ChipText
from ui.paint import chip_height, chip_width, draw_box, draw_chip, mix
from ui.theme import ThemeManager
from ui.tokens import ColorRole, Radius

FACT = 24
"""How high every fact is."""
_PADDING = 4
_ICON = 15
_ICON_GAP = 5
_LONGEST = 180
_RING = 2
_EDGE = 1
"""What a chip that can be pressed keeps free for its focus ring."""


class Touch(NamedTuple):
    """What mouse and keyboard do to a fact just now."""

    pointed: bool = False
    pressed: bool = False
    focused: bool = False


class FactFace:
    """Fonts and colours of facts; made anew when the theme or the text size changes."""

    def __init__(self, themes: ThemeManager, ratio: Callable[[], float]) -> None:
        self.themes = themes
        self._ratio = ratio
        self.title = Typeface(role_font(FontRole.TITLE))
        self.words = Typeface(role_font(FontRole.SECONDARY))
        self.chip = Typeface(role_font(FontRole.LABEL))
        self.icon_side = scaled(_ICON)

    @property
    def ratio(self) -> float:
        """Pixels of the screen for one of ours."""
        return self._ratio()

    def icon(self, name: IconName) -> QPixmap:
        """The icon of a fact."""
        return self.themes.icons.pixmap(name, ColorRole.TEXT_2, self.icon_side, self.ratio)


@dataclass(frozen=True, slots=True)
class WordsFact:
    """An icon and a few words, no frame. Long words end in an ellipsis."""

    text: str
    icon: IconName

    def width(self, face: FactFace) -> int:
        """How wide it is."""
        return 2 * _PADDING + face.icon_side + _ICON_GAP + min(face.words.room(self.text), _LONGEST)

    def paint(self, painter: QPainter, box: QRect, face: FactFace, touch: Touch) -> None:
        """Paint it in `box`, which is as high and wide as it says."""
        themes = face.themes
        ink = themes.color(ColorRole.TEXT)
        if touch.pointed or touch.pressed:
            ground = mix(themes.color(ColorRole.SURFACE), ink, 0.12 if touch.pressed else 0.06)
            draw_box(painter, QRectF(box), Radius.CONTROL, ground)
        if touch.focused:
            draw_box(painter, QRectF(box), Radius.CONTROL, None, themes.color(ColorRole.ACCENT), _RING)
        corner = QPointF(box.x() + _PADDING, box.y() + (FACT - face.icon_side) / 2)
        painter.drawPixmap(corner, face.icon(self.icon))
        painter.setPen(ink)
        left = _PADDING + face.icon_side + _ICON_GAP
        room = box.width() - left - _PADDING
        top = box.y() + (FACT - face.words.height) / 2
        face.words.draw(painter, box.x() + left, top, self.text, room)


@dataclass(frozen=True, slots=True)
class ChipFact:
    """A chip that can be pressed."""

    chip: ChipText

    @property
    def text(self) -> str:
        """What it says."""
        return self.chip.text

    def width(self, face: FactFace) -> int:
        """How wide it is."""
        return chip_width(face.chip.metrics, self.text) + 2 * _EDGE

    def paint(self, painter: QPainter, box: QRect, face: FactFace, touch: Touch) -> None:
        """Paint it in `box`."""
        ink, ground = face.themes.chip_colors(self.chip.tone)
        if touch.pointed or touch.pressed:
            ground = mix(ground, ink, 0.1)
        whole = QRectF(box)
        whole.setHeight(chip_height(face.chip.metrics) + 2 * _EDGE)
        whole.moveTop(box.y() + (box.height() - whole.height()) / 2)
        painter.setFont(face.chip.font)
        chip = whole.adjusted(_EDGE, _EDGE, -_EDGE, -_EDGE)
        draw_chip(painter, chip, self.text, ink, ground, face.chip.metrics)
        if touch.focused:
            accent = face.themes.color(ColorRole.ACCENT)
            draw_box(painter, whole, whole.height() / 2, None, accent, _RING)


@dataclass(frozen=True, slots=True)
class MarkFact:
    """A chip that only states something."""

    chip: ChipText

    @property
    def text(self) -> str:
        """What it says."""
        return self.chip.text

    def width(self, face: FactFace) -> int:
        """How wide it is."""
        return chip_width(face.chip.metrics, self.text)

    def paint(self, painter: QPainter, box: QRect, face: FactFace, touch: Touch) -> None:
        """Paint it in `box`."""
        ink, ground = face.themes.chip_colors(self.chip.tone)
        height = chip_height(face.chip.metrics)
        painter.setFont(face.chip.font)
        chip = QRectF(box.x(), box.y() + (FACT - height) // 2, box.width(), height)
        draw_chip(painter, chip, self.text, ink, ground, face.chip.metrics)


@dataclass(frozen=True, slots=True)
class NumberFact:
    """Plain words, which can be selected."""

    text: str

    def width(self, face: FactFace) -> int:
        """How wide it is."""
        return face.words.room(self.text)

    def paint(self, painter: QPainter, box: QRect, face: FactFace, touch: Touch) -> None:
        """Paint it in `box`."""
        painter.setPen(face.themes.color(ColorRole.TEXT_2))
        top = box.y() + (FACT - face.words.height) // 2
        face.words.draw(painter, box.x(), top, self.text, box.width())


Fact: TypeAlias = WordsFact | ChipFact | MarkFact | NumberFact
