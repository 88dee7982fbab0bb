"""The customers screen finds, shows, adds, merges and writes first, by keyboard."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.ui.amelia import Amelia
from tests.ui.conftest import Room
from tests.ui.walk import HOSTILE, not_plain, texts, unnamed
from ui.screens.customers import CustomersScreen
from ui.widgets.buttons import Button
from ui.widgets.customer_editor import CustomerEditor
from ui.widgets.customer_picker import CustomerPicker
from ui.widgets.merge_dialog import MergeDialog
from ui.widgets.new_conversation import NewConversationDialog


@pytest.fixture
def amelia(room: Room) -> Amelia:
    amelia = Amelia(room.world)
    room.world.customer_writes("Jonas Weber", "Checkout")
    return amelia


@pytest.fixture
def screen(room: Room, amelia: Amelia, qtbot: QtBot) -> CustomersScreen:
    screen = CustomersScreen(room.context)
    screen.finish()
    qtbot.addWidget(screen)
    screen.resize(1100, 700)
    screen.show()
    qtbot.waitActive(screen)
    screen.activate()
    return screen


def press(screen: CustomersScreen, words: str) -> None:
    next(button for button in screen.findChildren(Button) if button.text() == words).click()


def names(screen: CustomersScreen) -> list[str]:
    return [row.title[0].text for row in screen.column.list.rows.rows]


def test_typing_narrows_and_arrows_choose(screen: CustomersScreen) -> None:
    assert names(screen) == ["Amelia Novak", "Jonas Weber"]
    QTest.keyClicks(screen.column.field, "jon")
    QTest.keyClick(screen.column.field, Qt.Key.Key_Down)
    assert screen.column.list.hasFocus()
    assert names(screen) == ["Jonas Weber"]
    assert "Checkout" in [row.title[0].text for row in screen.panel.history.rows.rows]


def test_a_customer_of_another_place_is_shown(room: Room, amelia: Amelia, screen: CustomersScreen) -> None:
    screen.show_customer(room.world.customers[amelia.conversation])
    assert "Amelia Novak" in texts(screen.panel)


def test_a_new_customer_is_added_and_shown(screen: CustomersScreen) -> None:
    press(screen, "New")
    editor = screen.findChild(CustomerEditor)
    assert editor is not None
    editor.name.setText("Priya Raman")
    editor.accept()
    assert names(screen) == ["Amelia Novak", "Jonas Weber", "Priya Raman"]
    assert "Priya Raman" in texts(screen.panel)


def test_a_conversation_is_started_from_the_dialog(room: Room, screen: CustomersScreen) -> None:
    screen.column.list.choose_first()
    press(screen, "New conversation")
    dialog = screen.findChild(NewConversationDialog)
    assert dialog is not None
    assert unnamed(dialog) == []
    dialog.accept()
    assert any("what it is about" in text for text in texts(dialog))
    dialog.subject.setText("Your kettle")
    dialog.accept()
    conversation_id = room.navigator.conversations[-1][0]
    card = room.context.desk.conversations.card(conversation_id)
    assert card is not None
    assert card.conversation.subject == "Your kettle"


def test_without_an_address_to_write_to_it_says_what_to_do(room: Room, screen: CustomersScreen) -> None:
    press(screen, "New")
    editor = screen.findChild(CustomerEditor)
    assert editor is not None
    editor.name.setText("Nobody's address")
    editor.accept()
    press(screen, "New conversation")
    assert "Add one by Edit" in room.prompts.notices[-1].text


def test_two_customers_are_merged_by_choosing_the_other(screen: CustomersScreen) -> None:
    screen.column.list.choose_first()
    press(screen, "Merge with…")
    picker = next(widget for widget in QApplication.topLevelWidgets() if isinstance(widget, CustomerPicker))
    current = picker.results.current()
    assert current is not None
    assert current.title == "Jonas Weber"
    QTest.keyClick(picker.field, Qt.Key.Key_Return)
    dialog = screen.findChild(MergeDialog)
    assert dialog is not None
    dialog.accept()
    assert names(screen) == ["Amelia Novak"]


def test_hostile_names_stay_plain(room: Room, screen: CustomersScreen) -> None:
    conversation = room.world.customer_writes(HOSTILE, HOSTILE)
    screen.show_customer(room.world.customers[conversation])
    assert not_plain(screen) == []
    screen.start_conversation()
    screen.grab()


def test_everything_has_a_name(screen: CustomersScreen) -> None:
    assert unnamed(screen) == []
    screen.column.list.choose_first()
    assert unnamed(screen) == []
