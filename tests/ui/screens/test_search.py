"""The search screen teaches, finds, explains and opens, by keyboard alone."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from tests.ui.amelia import Amelia
from tests.ui.conftest import Room
from tests.ui.walk import HOSTILE, not_plain, texts, unnamed
from ui.screens.search import SearchScreen


@pytest.fixture
def amelia(room: Room) -> Amelia:
    return Amelia(room.world)


@pytest.fixture
def screen(room: Room, amelia: Amelia, qtbot: QtBot) -> SearchScreen:
    screen = SearchScreen(room.context)
    qtbot.addWidget(screen)
    screen.resize(900, 600)
    screen.show()
    qtbot.waitActive(screen)
    screen.activate()
    return screen


def test_an_empty_field_teaches_and_an_example_is_taken_by_keyboard(screen: SearchScreen) -> None:
    assert screen.help.isVisibleTo(screen)
    QTest.keyClick(screen.field, Qt.Key.Key_Down)
    assert screen.help.hasFocus()
    QTest.keyClick(screen.help, Qt.Key.Key_Return)
    assert screen.field.text() == "refund kettle "
    assert screen.field.hasFocus()


def test_arrows_lead_from_the_field_to_the_hits_and_enter_opens(
    room: Room, amelia: Amelia, screen: SearchScreen
) -> None:
    QTest.keyClicks(screen.field, "kettle")
    QTest.keyClick(screen.field, Qt.Key.Key_Down)
    assert screen.hits.hasFocus()
    QTest.keyClick(screen.hits, Qt.Key.Key_Return)
    assert room.navigator.conversations == [(amelia.conversation, False)]
    QTest.keyClick(screen.hits, Qt.Key.Key_Escape)
    assert screen.field.hasFocus()


def test_enter_in_the_field_opens_the_first_hit(room: Room, amelia: Amelia, screen: SearchScreen) -> None:
    screen.search_for("kettle")
    QTest.keyClick(screen.field, Qt.Key.Key_Return)
    assert room.navigator.conversations == [(amelia.conversation, False)]


def test_nothing_found_and_bad_operators_are_explained(screen: SearchScreen) -> None:
    screen.search_for("qqqq status:nowhere")
    shown = texts(screen)
    assert "Nothing found" in shown
    assert any("nowhere" in text and "is not known" in text for text in shown)


def test_a_filter_is_switched_and_shown_in_the_field(screen: SearchScreen) -> None:
    screen.search_for("tell")
    button = next(button for item, button in screen.filter_buttons.items() if item.operator == "assignee:me")
    button.click()
    assert screen.field.text() == "tell assignee:me"
    assert button.isChecked()
    screen.search_for("tell")
    assert not button.isChecked()


def test_the_result_stays_while_other_screens_are_shown(screen: SearchScreen) -> None:
    screen.search_for("kettle")
    screen.hide()
    screen.show()
    assert screen.field.text() == "kettle"
    assert len(screen.hits.rows.rows) == 1


def test_hostile_text_stays_plain(room: Room, screen: SearchScreen) -> None:
    room.world.customer_writes(HOSTILE, HOSTILE, f"{HOSTILE} kettle")
    screen.search_for("eve kettle")
    row = screen.hits.rows.rows[0]
    assert "<b>Eve</b>" in row.sentence
    assert not_plain(screen) == []
    screen.grab()


def test_everything_has_a_name(screen: SearchScreen) -> None:
    assert unnamed(screen) == []
    screen.search_for("kettle")
    assert unnamed(screen) == []
