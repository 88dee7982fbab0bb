"""The pane beside a conversation shows its customer and what we know, and leads on from there."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from agent_desktop.domain.knowledge import ArticleState
from agent_desktop.domain.operations.conversation import CreateConversation
from agent_desktop.domain.operations.customer import CreateCustomer, EditCustomer
from agent_desktop.domain.operations.knowledge import SaveArticle
from tests.ui.amelia import ADDRESS, PHONE, Amelia
from tests.ui.conftest import Room
from tests.ui.walk import HOSTILE, not_plain, texts, unnamed
from ui.screens.context_pane import WIDTH, ContextPane
from ui.widgets.buttons import Button
from ui.widgets.customer_editor import CustomerEditor
from ui.widgets.merge_dialog import MergeDialog


@pytest.fixture
def amelia(room: Room) -> Amelia:
    amelia = Amelia(room.world)
    room.context.desk.apply(
        SaveArticle(
            article_id=room.world.ids.new(),
            base_revision=0,
            title="Replacement kettles",
            body="It takes **five** days.",
            state=ArticleState.PUBLIC,
        )
    )
    return amelia


@pytest.fixture
def pane(room: Room, amelia: Amelia, qtbot: QtBot) -> ContextPane:
    pane = ContextPane(room.context)
    qtbot.addWidget(pane)
    pane.resize(WIDTH, 800)
    pane.show()
    qtbot.waitActive(pane)
    pane.show_conversation(amelia.conversation)
    return pane


def test_the_customer_is_shown_with_addresses_and_history(pane: ContextPane) -> None:
    shown = texts(pane.customer)
    assert {"Amelia Novak", ADDRESS, PHONE} <= set(shown)
    assert [row.title[0].text for row in pane.customer.history.rows.rows] == [
        "Where is my replacement kettle?"
    ]


def test_the_history_opens_a_conversation_by_keyboard(room: Room, amelia: Amelia, pane: ContextPane) -> None:
    pane.customer.history.choose_first()
    QTest.keyClick(pane.customer.history, Qt.Key.Key_Return)
    assert room.navigator.conversations == [(amelia.conversation, False)]


def test_a_long_history_is_short_until_all_is_asked_for(
    room: Room, amelia: Amelia, pane: ContextPane
) -> None:
    for number in range(6):
        amelia.at_server(
            CreateConversation(
                conversation_id=room.world.ids.new(),
                customer_id=room.world.customers[amelia.conversation],
                channel_id=amelia.email,
                subject=f"Question {number}",
            )
        )
    assert len(pane.customer.history.rows.rows) == 4
    next(button for button in pane.customer.findChildren(Button) if button.text() == "All 7").click()
    assert len(pane.customer.history.rows.rows) == 7


def test_editing_goes_through_the_dialog(room: Room, pane: ContextPane, qtbot: QtBot) -> None:
    pane.edit_customer()
    editor = pane.findChild(CustomerEditor)
    assert editor is not None
    assert unnamed(editor) == []
    editor.tier.setText("Gold")
    editor.time_zone.setText("Atlantis")
    editor.accept()
    assert any("Atlantis" in text for text in texts(editor))
    editor.time_zone.setText("Europe/Ljubljana")
    editor.accept()
    assert any("10:" in text for text in texts(pane.customer))
    assert room.navigator.messages[-1][0] == "Customer saved."


def test_a_namesake_is_merged_through_the_comparison(room: Room, pane: ContextPane) -> None:
    other = room.world.ids.new()
    room.context.desk.apply(CreateCustomer(customer_id=other, name="Amelia Novak", tier="Gold"))
    assert "Same name" in texts(pane.customer)
    next(button for button in pane.customer.findChildren(Button) if button.text() == "Merge").click()
    dialog = pane.findChild(MergeDialog)
    assert dialog is not None
    assert unnamed(dialog) == []
    assert dialog.keep_left.isChecked()
    dialog.keep_right.setChecked(True)
    dialog.accept()
    profile = room.context.desk.customers.profile(other)
    assert profile is not None
    assert len(profile.merged) == 1
    assert "Merged" in texts(pane.customer)


def test_suggested_articles_are_inserted_and_read(room: Room, pane: ContextPane) -> None:
    suggestions = pane.customer.suggestions
    assert suggestions is not None
    QTest.keyClick(suggestions.articles, Qt.Key.Key_Return)
    assert pane.segments.currentIndex() == 1
    assert "five" in pane.knowledge.reader.text
    QTest.keyClick(pane.knowledge, Qt.Key.Key_Escape)
    assert pane.knowledge.articles.isVisibleTo(pane)


def test_search_finds_reads_and_goes_back_by_keyboard(room: Room, pane: ContextPane) -> None:
    pane.search_articles()
    assert pane.knowledge.field.hasFocus()
    QTest.keyClicks(pane.knowledge.field, "kettles")
    QTest.keyClick(pane.knowledge.field, Qt.Key.Key_Down)
    assert pane.knowledge.articles.hasFocus()
    QTest.keyClick(pane.knowledge.articles, Qt.Key.Key_Return)
    assert pane.knowledge.back.hasFocus()
    QTest.keyClick(pane.knowledge.back, Qt.Key.Key_Space)
    assert pane.knowledge.articles.hasFocus()


def test_nothing_found_says_so(pane: ContextPane) -> None:
    pane.search_articles()
    QTest.keyClicks(pane.knowledge.field, "qqqq")
    assert "No article found" in texts(pane.knowledge)


def test_without_a_conversation_the_pane_says_what_to_do(pane: ContextPane) -> None:
    pane.show_conversation(None)
    assert "No customer" in texts(pane.customer)
    assert "Amelia Novak" not in texts(pane.customer)


def test_hostile_names_stay_plain(room: Room, amelia: Amelia, pane: ContextPane) -> None:
    customer_id = room.world.customers[amelia.conversation]
    amelia.at_server(EditCustomer(customer_id=customer_id, name=HOSTILE, tier=HOSTILE, note=HOSTILE))
    assert any("<b>Eve</b>" in text for text in texts(pane.customer))
    assert not_plain(pane) == []
    pane.edit_customer()
    pane.grab()


def test_a_long_address_does_not_widen_the_pane(amelia: Amelia, room: Room, pane: ContextPane) -> None:
    customer_id = room.world.customers[amelia.conversation]
    amelia.at_server(
        EditCustomer(customer_id=customer_id, location="x" * 300, note="y" * 300, name="z" * 300)
    )
    pane.grab()
    content = pane.customer.widget()
    assert content is not None
    assert content.width() <= pane.customer.viewport().width()


def test_everything_has_a_name(pane: ContextPane) -> None:
    assert unnamed(pane) == []
    pane.search_articles()
    assert unnamed(pane) == []
