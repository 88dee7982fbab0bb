"""Rows of words are painted in both themes, at any width, without taking anything for markup."""

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from tests.ui.walk import HOSTILE
from ui.delegates.row_look import RowShape
from ui.icon_names import IconName
from ui.models.inbox_row_text import ChipText
from ui.models.row_look import RowLook, Run, marked
from ui.theme import ThemeManager, ThemeMode
from ui.tokens import ChipTone, ColorRole
from ui.widgets.row_list import RowList

FULL = RowLook(
    key=1,
    title=(Run("Amelia Novak", strong=True), Run("  Kettle", ColorRole.TEXT_2)),
    sentence="Amelia Novak, Kettle",
    icon=IconName.MAIL,
    lines=(marked("asked for a refund of it", ((12, 18),)),),
    trailing=(Run("09:41", ColorRole.TEXT_3),),
    chips=(ChipText("Open", ChipTone.ACCENT), ChipText("order", ChipTone.NEUTRAL, yields=True)),
)


@pytest.fixture
def rows(themes: ThemeManager, qtbot: QtBot) -> RowList:
    rows = RowList(themes, "Rows", RowShape(lines=1, bar=True, divided=True))
    qtbot.addWidget(rows)
    rows.resize(320, 200)
    rows.show()
    return rows


def picture(rows: RowList) -> QImage:
    return rows.grab().toImage()


def test_a_row_is_painted_and_the_chosen_one_differs(rows: RowList) -> None:
    empty = picture(rows)
    rows.show_rows([FULL])
    painted = picture(rows)
    rows.choose(1)
    assert len({image.cacheKey() for image in (empty, painted, picture(rows))}) == 3
    assert painted != empty
    assert picture(rows) != painted


def test_another_theme_paints_other_colours(themes: ThemeManager, rows: RowList) -> None:
    rows.show_rows([FULL])
    light = picture(rows)
    themes.set_mode(ThemeMode.DARK)
    assert picture(rows) != light


def test_larger_text_makes_higher_rows(themes: ThemeManager, rows: RowList) -> None:
    height = rows.row_height
    themes.set_text_scale(150)
    assert rows.row_height > height


@pytest.mark.parametrize("width", [20, 60, 5_000])
def test_any_width_is_painted(rows: RowList, width: int) -> None:
    rows.show_rows([FULL, RowLook(key=2, title=(Run(HOSTILE * 30),), sentence="", avatar_name="Eve")])
    rows.resize(QSize(width, 100))
    picture(rows)


def test_the_chosen_row_stays_chosen_when_others_come_and_go(rows: RowList) -> None:
    rows.show_rows([RowLook(key=key, title=(Run(str(key)),), sentence=str(key)) for key in (1, 2, 3)])
    rows.choose(2)
    rows.show_rows([RowLook(key=key, title=(Run(str(key)),), sentence=str(key)) for key in (3, 9, 2)])
    assert rows.current is not None
    assert rows.current.key == 2
