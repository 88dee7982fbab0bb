"""Icons: a drawing for every name and no other, drawn in the colour that was asked for, sharp and kept."""

from importlib.resources import files

import pytest
from PySide6.QtGui import QColor, QIcon, QImage, QPixmap

import resources
from resources import read_text
from ui.icon_names import IconName
from ui.theme import ThemeManager, ThemeMode
from ui.tokens import ColorRole


def strongest(pixmap: QPixmap) -> tuple[str, int]:
    """The colour of the most opaque pixel, and how many pixels have ink."""
    image = pixmap.toImage().convertToFormat(QImage.Format.Format_ARGB32)
    pixels = [image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height())]
    best = max(pixels, key=lambda pixel: pixel.alpha())
    return best.name().upper(), sum(pixel.alpha() > 40 for pixel in pixels)


def test_one_drawing_for_each_name_and_none_over() -> None:
    drawings = {entry.name for entry in files(resources).joinpath("icons").iterdir()}
    assert drawings == {f"{name.value}.svg" for name in IconName}


@pytest.mark.parametrize("name", IconName)
def test_a_drawing_is_a_line_icon_on_the_grid(name: IconName) -> None:
    drawing = read_text(f"icons/{name.value}.svg")
    assert 'viewBox="0 0 24 24"' in drawing
    assert 'stroke-width="1.7"' in drawing
    assert 'stroke="currentColor"' in drawing
    assert "#" not in drawing


@pytest.mark.parametrize("mode", [ThemeMode.LIGHT, ThemeMode.DARK])
def test_every_icon_is_drawn_in_the_colour_of_its_role(themes: ThemeManager, mode: ThemeMode) -> None:
    themes.set_mode(mode)
    for name in IconName:
        color, ink = strongest(themes.icons.pixmap(name, ColorRole.TEXT, 32, 1.0))
        assert ink >= 12, name
        drawn, expected = QColor(color), themes.color(ColorRole.TEXT)
        assert abs(drawn.red() - expected.red()) + abs(drawn.blue() - expected.blue()) < 24, name


def test_pixmaps_are_kept_until_the_theme_changes(themes: ThemeManager) -> None:
    first = themes.icons.pixmap(IconName.INBOX, ColorRole.TEXT, 18, 2.0)
    assert themes.icons.pixmap(IconName.INBOX, ColorRole.TEXT, 18, 2.0).cacheKey() == first.cacheKey()
    assert (first.width(), first.devicePixelRatio()) == (36, 2.0)
    themes.set_mode(ThemeMode.DARK)
    assert themes.icons.pixmap(IconName.INBOX, ColorRole.TEXT, 18, 2.0).cacheKey() != first.cacheKey()


def test_a_disabled_icon_looks_different(themes: ThemeManager) -> None:
    icon = themes.icons.icon(IconName.SEND, ColorRole.ACCENT, 18)
    on, _ = strongest(icon.pixmap(18, 18, QIcon.Mode.Normal))
    off, _ = strongest(icon.pixmap(18, 18, QIcon.Mode.Disabled))
    assert on != off
