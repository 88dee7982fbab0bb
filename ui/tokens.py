"""The colour tokens of both themes and the enums that name them: the only place with colour values.

Free of Qt, so that models and pure text functions may name a colour role too.
"""

from enum import IntEnum, StrEnum
from typing import NamedTuple


class ColorRole(StrEnum):
    """A colour by what it is for. Each value is the name of a field of `Theme`."""

    CANVAS = "canvas"
    SURFACE = "surface"
    RAISED = "raised"
    SUNKEN = "sunken"
    BORDER = "border"
    BORDER_SOFT = "border_soft"
    TEXT = "text"
    TEXT_2 = "text_2"
    TEXT_3 = "text_3"
    ACCENT = "accent"
    ACCENT_SOFT = "accent_soft"
    ACCENT_TEXT = "accent_text"
    ON_ACCENT = "on_accent"
    OK = "ok"
    OK_SOFT = "ok_soft"
    WARN = "warn"
    WARN_SOFT = "warn_soft"
    DANGER = "danger"
    DANGER_SOFT = "danger_soft"
    NOTE = "note"
    NOTE_BORDER = "note_border"
    BUBBLE_IN = "bubble_in"
    BUBBLE_OUT = "bubble_out"
    RAIL = "rail"
    RAIL_TEXT = "rail_text"
    ON_RAIL = "on_rail"


class ChipTone(StrEnum):
    """What a chip says by its colour; its words always say the same."""

    NEUTRAL = "neutral"
    ACCENT = "accent"
    OK = "ok"
    WARN = "warn"
    DANGER = "danger"

    @property
    def ink(self) -> ColorRole:
        """The role of the chip's text."""
        return _CHIP_COLORS[self][0]

    @property
    def ground(self) -> ColorRole:
        """The role of the chip's background."""
        return _CHIP_COLORS[self][1]

    @property
    def selected_ground(self) -> ColorRole:
        """The role of its background on a selected row, where grounds that are almost the row's would not be seen."""
        return ColorRole.SURFACE if self in (ChipTone.NEUTRAL, ChipTone.ACCENT) else self.ground


_CHIP_COLORS = {
    ChipTone.NEUTRAL: (ColorRole.TEXT_2, ColorRole.BORDER_SOFT),
    ChipTone.ACCENT: (ColorRole.ACCENT_TEXT, ColorRole.ACCENT_SOFT),
    ChipTone.OK: (ColorRole.OK, ColorRole.OK_SOFT),
    ChipTone.WARN: (ColorRole.WARN, ColorRole.WARN_SOFT),
    ChipTone.DANGER: (ColorRole.DANGER, ColorRole.DANGER_SOFT),
}


class Radius(IntEnum):
    """Corner radii in device-independent pixels."""

    CONTROL = 8
    CHIP = 9
    CARD = 10
    BUBBLE = 12


class Theme(NamedTuple):
    """One complete set of colours as `#RRGGBB`. Widgets ask for a `ColorRole`, never for a value."""

    name: str
    dark: bool
    canvas: str
    surface: str
    raised: str
    sunken: str
    border: str
    border_soft: str
    text: str
    text_2: str
    text_3: str
    accent: str
    accent_soft: str
    accent_text: str
    on_accent: str
    ok: str
    ok_soft: str
    warn: str
    warn_soft: str
    danger: str
    danger_soft: str
    note: str
    note_border: str
    bubble_in: str
    bubble_out: str
    rail: str
    rail_text: str
    on_rail: str
    avatars: tuple[str, ...]

    def value(self, role: ColorRole) -> str:
        """The colour of `role` as `#RRGGBB`."""
        return str(getattr(self, role.value))


# White initials stay readable (4.5:1) on each of these in both themes.
_AVATARS = ("#7555F0", "#BF5025", "#1A7D65", "#C0417F", "#2C73C6", "#8A6D1B", "#5B6B8C", "#27804B")

# text_3 is a shade stronger than a hint on plain white would need (#6B7484, #8590A2): hints also stand on the
# sunken sidebars, selected rows and bubbles, where those fall to 3.9:1.
LIGHT = Theme(
    name="light",
    dark=False,
    canvas="#F4F5F7",
    surface="#FFFFFF",
    raised="#FFFFFF",
    sunken="#F8F9FB",
    border="#E3E6EB",
    border_soft="#EEF0F3",
    text="#1B2130",
    text_2="#566070",
    text_3="#636C7B",
    accent="#3D5AF1",
    accent_soft="#EBEFFF",
    accent_text="#2C45C9",
    on_accent="#FFFFFF",
    ok="#18794E",
    ok_soft="#E6F6EC",
    warn="#9A5B00",
    warn_soft="#FFF3DC",
    danger="#C62A2F",
    danger_soft="#FFEBEC",
    note="#FFF8DB",
    note_border="#EEDFA0",
    bubble_in="#F1F3F7",
    bubble_out="#E9EEFF",
    rail="#1C2233",
    rail_text="#AEB7CA",
    on_rail="#FFFFFF",
    avatars=_AVATARS,
)

DARK = Theme(
    name="dark",
    dark=True,
    canvas="#12151B",
    surface="#191D25",
    raised="#20252F",
    sunken="#151920",
    border="#2B313D",
    border_soft="#232934",
    text="#E9ECF2",
    text_2="#A7B0BF",
    text_3="#919CAE",
    accent="#7E96FF",
    accent_soft="#232C4D",
    accent_text="#AFBDFF",
    on_accent="#0D1016",
    ok="#5BD19A",
    ok_soft="#173527",
    warn="#F0B357",
    warn_soft="#3A2C14",
    danger="#FF8589",
    danger_soft="#41191D",
    note="#332D16",
    note_border="#554A1F",
    bubble_in="#232934",
    bubble_out="#26305A",
    rail="#0D1016",
    rail_text="#8791A6",
    on_rail="#FFFFFF",
    avatars=_AVATARS,
)
