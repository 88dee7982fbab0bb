"""Font roles: sizes and weights relative to the system's UI font, so that all text grows with it."""

from enum import StrEnum
from typing import NamedTuple

from PySide6.QtGui import QFont, QFontInfo, QGuiApplication

_BASE = 13
_SMALLEST = 11


class FontRole(StrEnum):
    """A text style by what it is for. BODY is the application's own font."""

    BODY = "body"
    STRONG = "strong"
    SECONDARY = "secondary"
    HEADING = "heading"
    SMALL = "small"
    LABEL = "label"
    TITLE = "title"
    FIGURE = "figure"


class FontSpec(NamedTuple):
    """Pixels at a 13-pixel base font, and the weight."""

    pixels: int
    weight: QFont.Weight


FONT_SPECS: dict[FontRole, FontSpec] = {
    FontRole.BODY: FontSpec(13, QFont.Weight.Normal),
    FontRole.STRONG: FontSpec(13, QFont.Weight.DemiBold),
    FontRole.SECONDARY: FontSpec(12, QFont.Weight.Normal),
    FontRole.HEADING: FontSpec(12, QFont.Weight.DemiBold),
    FontRole.SMALL: FontSpec(11, QFont.Weight.Normal),
    FontRole.LABEL: FontSpec(11, QFont.Weight.Medium),
    FontRole.TITLE: FontSpec(16, QFont.Weight.DemiBold),
    FontRole.FIGURE: FontSpec(24, QFont.Weight.DemiBold),
}


def role_font(role: FontRole) -> QFont:
    """The font of a role, derived from the application's font as it is now."""
    spec = FONT_SPECS[role]
    font = QFont(QGuiApplication.font())
    font.setPixelSize(role_pixels(role))
    font.setWeight(spec.weight)
    return font


def role_pixels(role: FontRole) -> int:
    """The size of a role in device-independent pixels; nothing gets smaller than 11 unless the base font is."""
    base = QFontInfo(QGuiApplication.font()).pixelSize()
    return max(round(base * FONT_SPECS[role].pixels / _BASE), min(_SMALLEST, base))


def scaled(length: int) -> int:
    """A length that is meant for text of the usual size, in device-independent pixels: more where text is larger."""
    return max(length, round(QFontInfo(QGuiApplication.font()).pixelSize() * length / _BASE))


def with_tabular_figures(font: QFont) -> QFont:
    """The same font with digits of one width, so that columns of numbers and counters keep still."""
    tabular = QFont(font)
    tabular.setFeature(QFont.Tag("tnum"), 1)
    return tabular
