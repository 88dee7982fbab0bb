"""The colours of both themes: complete, and readable wherever they may meet."""

import pytest

from ui.tokens import DARK, LIGHT, ChipTone, ColorRole, Theme

READABLE = 4.5
VISIBLE = 3.0

TEXTS = (
    ColorRole.TEXT,
    ColorRole.TEXT_2,
    ColorRole.TEXT_3,
    ColorRole.ACCENT_TEXT,
    ColorRole.OK,
    ColorRole.WARN,
    ColorRole.DANGER,
)
GROUNDS = (
    ColorRole.CANVAS,
    ColorRole.SURFACE,
    ColorRole.RAISED,
    ColorRole.SUNKEN,
    ColorRole.ACCENT_SOFT,
    ColorRole.NOTE,
    ColorRole.BUBBLE_IN,
    ColorRole.BUBBLE_OUT,
)


def luminance(color: str) -> float:
    """Relative luminance as WCAG 2 defines it."""
    channels = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    """Contrast ratio as WCAG 2 defines it."""
    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


def test_every_role_is_a_colour_of_the_theme_and_none_is_left_over() -> None:
    others = {"name", "dark", "avatars"}
    assert {role.value for role in ColorRole} == set(Theme._fields) - others


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
class TestContrast:
    @pytest.mark.parametrize("ground", GROUNDS)
    @pytest.mark.parametrize("text", TEXTS)
    def test_text_is_readable_on_every_ground(self, theme: Theme, text: ColorRole, ground: ColorRole) -> None:
        assert contrast(theme.value(text), theme.value(ground)) >= READABLE

    @pytest.mark.parametrize("tone", ChipTone)
    def test_chips_are_readable(self, theme: Theme, tone: ChipTone) -> None:
        assert contrast(theme.value(tone.ink), theme.value(tone.ground)) >= READABLE

    @pytest.mark.parametrize("tone", ChipTone)
    def test_chips_are_readable_and_seen_on_a_selected_row(self, theme: Theme, tone: ChipTone) -> None:
        ground = theme.value(tone.selected_ground)
        row = theme.value(ColorRole.ACCENT_SOFT)
        assert contrast(theme.value(tone.ink), ground) >= READABLE
        # They differ by hue, which contrast knows nothing of.
        assert max(abs(int(ground[at : at + 2], 16) - int(row[at : at + 2], 16)) for at in (1, 3, 5)) >= 16

    @pytest.mark.parametrize(
        ("text", "ground"),
        [
            (ColorRole.ON_ACCENT, ColorRole.ACCENT),
            (ColorRole.ON_ACCENT, ColorRole.DANGER),
            (ColorRole.RAIL_TEXT, ColorRole.RAIL),
            (ColorRole.ON_RAIL, ColorRole.RAIL),
        ],
    )
    def test_text_on_strong_grounds_is_readable(
        self, theme: Theme, text: ColorRole, ground: ColorRole
    ) -> None:
        assert contrast(theme.value(text), theme.value(ground)) >= READABLE

    def test_white_initials_are_readable_on_every_avatar(self, theme: Theme) -> None:
        assert min(contrast("#FFFFFF", color) for color in theme.avatars) >= READABLE

    @pytest.mark.parametrize("ground", GROUNDS)
    def test_the_focus_ring_is_seen_on_every_ground(self, theme: Theme, ground: ColorRole) -> None:
        assert contrast(theme.value(ColorRole.ACCENT), theme.value(ground)) >= VISIBLE
