"""A cover is plain ground in the colour of its place, whatever the theme, and nothing once it is lifted."""

import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from ui.styling import set_ground
from ui.theme import ThemeManager, ThemeMode
from ui.tokens import ColorRole
from ui.widgets.cover import Cover

PLACE = QRect(10, 10, 40, 20)


@pytest.fixture
def room(qtbot: QtBot, themes: ThemeManager) -> QWidget:
    room = QWidget()
    qtbot.addWidget(room)
    set_ground(room, ColorRole.SURFACE)
    room.resize(80, 60)
    label = QLabel("████████", room)
    label.setGeometry(room.rect())
    room.show()
    return room


def colors_in(room: QWidget, area: QRect) -> set[str]:
    image = room.grab().toImage()
    ratio = image.devicePixelRatio()
    places = [
        QPoint(x, y) for x in range(area.left(), area.right()) for y in range(area.top(), area.bottom())
    ]
    return {QColor(image.pixel(place * ratio)).name() for place in places}


@pytest.mark.parametrize("role", [ColorRole.SUNKEN, ColorRole.RAISED])
def test_a_cover_follows_the_theme_and_shows_nothing_of_what_it_covers(
    room: QWidget, themes: ThemeManager, role: ColorRole
) -> None:
    cover = Cover(themes, role, room)
    cover.show()
    bare = colors_in(room, PLACE)
    cover.cover(PLACE)
    for mode in (ThemeMode.LIGHT, ThemeMode.DARK, ThemeMode.LIGHT):
        themes.set_mode(mode)
        assert colors_in(room, PLACE) == {themes.color(role).name()}
    assert cover.is_covering
    cover.lift()
    assert not cover.is_covering
    assert colors_in(room, PLACE) == bare
