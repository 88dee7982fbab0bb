"""The theme on the application: who decides light or dark, and what follows from it."""

import re
import sys
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontInfo, QPalette
from PySide6.QtWidgets import QApplication, QDialogButtonBox, QProxyStyle, QStyle, QWidget
from pytestqt.qtbot import QtBot

from resources import read_text
from ui.fonts import FontRole, role_font, role_pixels
from ui.stylesheet import IMAGES, style_sheet
from ui.styling import set_ground
from ui.theme import ThemeManager, ThemeMode
from ui.tokens import DARK, LIGHT, ColorRole, Theme


def test_the_chosen_mode_wins(qtbot: QtBot, qapp: QApplication, themes: ThemeManager) -> None:
    with qtbot.waitSignal(themes.changed) as heard:
        themes.set_mode(ThemeMode.DARK)
    assert heard.args == [DARK]
    assert themes.theme is DARK
    assert qapp.palette().color(QPalette.ColorRole.WindowText).name().upper() == DARK.text
    themes.set_mode(ThemeMode.LIGHT)
    assert qapp.palette().color(QPalette.ColorRole.WindowText).name().upper() == LIGHT.text


@pytest.mark.parametrize("system", ["darwin", "win32", "linux"])
def test_every_system_shows_what_was_drawn(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch, system: str
) -> None:
    monkeypatch.setattr(sys, "platform", system)
    qapp.setStyle("Windows")
    ThemeManager(qapp, ThemeMode.LIGHT).deleteLater()
    monkeypatch.undo()
    qapp.setStyleSheet("")  # which hides the style behind one of its own
    assert qapp.style().name() == "fusion"


class Desktop(QProxyStyle):
    """A style as some desktops have it."""

    def styleHint(self, hint: QStyle.StyleHint, *rest: Any) -> int:
        wanted = QStyle.StyleHint.SH_DialogButtonBox_ButtonsHaveIcons
        return 1 if hint is wanted else super().styleHint(hint, *rest)


def test_no_desktop_puts_pictures_of_its_own_on_buttons(themes: ThemeManager, qtbot: QtBot) -> None:
    box = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    qtbot.addWidget(box)
    desktop = Desktop("Fusion")
    box.setStyle(desktop)
    box.ensurePolished()
    assert not box.style().styleHint(QStyle.StyleHint.SH_DialogButtonBox_ButtonsHaveIcons, None, box)


def test_choosing_the_same_again_paints_nothing_anew(qtbot: QtBot, themes: ThemeManager) -> None:
    with qtbot.assertNotEmitted(themes.changed):
        themes.set_mode(ThemeMode.LIGHT)
        themes.set_text_scale(100)


def test_the_system_is_followed_and_an_unknown_setting_is_light(
    qapp: QApplication, themes: ThemeManager
) -> None:
    themes.set_mode(ThemeMode.SYSTEM)
    dark = qapp.styleHints().colorScheme() is Qt.ColorScheme.Dark
    assert themes.theme is (DARK if dark else LIGHT)


def test_colours_follow_the_theme(themes: ThemeManager) -> None:
    assert themes.color(ColorRole.ACCENT).name().upper() == LIGHT.accent
    themes.set_mode(ThemeMode.DARK)
    assert themes.color(ColorRole.ACCENT).name().upper() == DARK.accent


def test_text_grows_as_a_whole(qapp: QApplication, themes: ThemeManager) -> None:
    before = {role: role_pixels(role) for role in FontRole}
    themes.set_text_scale(200)
    for role, pixels in before.items():
        assert role_pixels(role) >= 1.6 * pixels
        assert role_font(role).pixelSize() == role_pixels(role)
    themes.set_text_scale(100)
    assert {role: role_pixels(role) for role in FontRole} == before
    assert QFontInfo(qapp.font()).pixelSize() == before[FontRole.BODY]


def test_roles_are_ordered_by_size(themes: ThemeManager) -> None:
    sizes = [role_pixels(role) for role in (FontRole.SMALL, FontRole.BODY, FontRole.TITLE, FontRole.FIGURE)]
    assert sizes == sorted(sizes)
    assert role_font(FontRole.TITLE).bold()


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_the_style_sheet_is_filled_in_and_its_drawings_exist(qapp: QApplication, theme: Theme) -> None:
    sheet = style_sheet(theme)
    assert "$" not in sheet.split("*/", 1)[1]
    for image in IMAGES:
        path = f"qss/{image}-{theme.name}.svg"
        ink = theme.on_accent if image in {"check", "minus"} else theme.text_2
        assert ink in read_text(path)
        assert path in sheet


def test_the_template_names_no_colour() -> None:
    template = read_text("qss/application.qss")
    assert "#" not in template
    assert "rgb" not in template


def test_only_tokens_name_colours() -> None:
    """Everybody else asks for a role."""
    root = Path(__file__).resolve().parents[2] / "ui"
    named = [
        path.name
        for path in root.rglob("*.py")
        if path.name != "tokens.py" and re.search(r'"#[0-9A-Fa-f]{6,8}"', path.read_text("utf-8"))
    ]
    assert named == []


def test_a_ground_is_painted_in_its_colour(qtbot: QtBot, themes: ThemeManager) -> None:
    widget = QWidget()
    qtbot.addWidget(widget)
    set_ground(widget, ColorRole.NOTE)
    widget.resize(20, 20)
    assert widget.grab().toImage().pixelColor(10, 10).name().upper() == LIGHT.note
    set_ground(widget, ColorRole.SUNKEN)
    assert widget.grab().toImage().pixelColor(10, 10).name().upper() == LIGHT.sunken
    themes.set_mode(ThemeMode.DARK)
    assert widget.grab().toImage().pixelColor(10, 10).name().upper() == DARK.sunken
