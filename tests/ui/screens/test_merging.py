"""Merging, taking apart, splitting and deciding about suggestions, from the window and by keys alone."""

from datetime import timedelta

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.operations.merging import MergeConversations, RestoreSuggestion
from agent_desktop.services.drafts import DraftKind
from tests.ui.amelia import Amelia
from tests.ui.conftest import Room
from tests.ui.screens.test_main_window import Opened, opened, popup  # noqa: F401 - a fixture
from ui.screens.conversation import ConversationPane
from ui.widgets.buttons import Button
from ui.widgets.conversation_merge import KeepOneDialog
from ui.widgets.message_bubble import MessageView
from ui.widgets.safe_text import SafeLabel


@pytest.fixture
def amelia(room: Room) -> Amelia:
    return Amelia(room.world)


@pytest.fixture
def pane(room: Room, amelia: Amelia, qtbot: QtBot) -> ConversationPane:
    pane = ConversationPane(room.context)
    qtbot.addWidget(pane)
    pane.resize(588, 800)
    pane.show()
    qtbot.waitExposed(pane)
    pane.show_conversation(amelia.conversation)
    qtbot.waitUntil(lambda: pane.is_settled)
    return pane


def words(pane: ConversationPane) -> list[str]:
    """What the bar says."""
    if pane.related.isHidden():
        return []
    return [label.text() for label in pane.related.findChildren(SafeLabel) if not label.isHidden()]


def press(pane: ConversationPane, title: str) -> None:
    button = next(one for one in pane.related.findChildren(Button) if one.text() == title)
    button.click()


def dialog(qtbot: QtBot) -> KeepOneDialog:
    qtbot.waitUntil(lambda: isinstance(QApplication.activeModalWidget(), KeepOneDialog))
    found = QApplication.activeModalWidget()
    assert isinstance(found, KeepOneDialog)
    return found


def row(room: Room, conversation_id: str) -> Conversation:
    """A conversation as it stands, without following what it was merged into."""
    found = room.world.desk.conversations.related(conversation_id, [conversation_id], itself=True)
    assert found
    card = room.world.desk.conversations.card(conversation_id)
    assert card is not None
    return card.conversation


def test_a_suggestion_is_asked_about_and_joined(
    pane: ConversationPane, amelia: Amelia, room: Room, qtbot: QtBot
) -> None:
    other = room.world.customer_writes("Amelia Novak", "My order", "Hello")
    assert words(pane) == []
    amelia.at_server(RestoreSuggestion(conversation_id=amelia.conversation, suggested_id=other))
    qtbot.waitUntil(lambda: bool(words(pane)))
    (asked,) = words(pane)
    assert asked.startswith("This may belong to #")
    assert "My order" in asked
    press(pane, "Join")
    qtbot.waitUntil(lambda: pane.conversation_id == other)
    qtbot.waitUntil(lambda: pane.is_settled)
    assert words(pane) == [
        f"Merged with #{amelia_number(room)} Where is my replacement kettle? of Amelia Novak"
    ]


def amelia_number(room: Room) -> int:
    hits = room.world.desk.search.search("replacement").hits
    card = room.world.desk.conversations.card(hits[0].conversation_id)
    assert card is not None
    return next(part.number for part in card.merged if "kettle" in part.subject)


def test_a_suggestion_is_dismissed(pane: ConversationPane, amelia: Amelia, room: Room, qtbot: QtBot) -> None:
    other = room.world.customer_writes("Jonas Weber", "Checkout", "Hello")
    amelia.at_server(RestoreSuggestion(conversation_id=amelia.conversation, suggested_id=other))
    qtbot.waitUntil(lambda: bool(words(pane)))
    assert words(pane)[0].endswith("of Jonas Weber")
    press(pane, "Keep apart")
    qtbot.waitUntil(lambda: words(pane) == [])
    assert row(room, amelia.conversation).suggested_id is None


def test_what_somebody_else_merges_while_it_is_open_goes_on_in_the_survivor_with_what_is_written(
    pane: ConversationPane, amelia: Amelia, room: Room, qtbot: QtBot
) -> None:
    other = room.world.customer_writes("Amelia Novak", "My order", "Hello")
    pane.composer.write(DraftKind.REPLY)
    pane.composer.editor.insert("Half an answer")
    amelia.at_server(MergeConversations(conversation_id=amelia.conversation, into_id=other))
    qtbot.waitUntil(lambda: pane.conversation_id == other)
    qtbot.waitUntil(lambda: pane.composer_model.draft(DraftKind.REPLY).text == "Half an answer")
    texts = [entry.text for entry in pane.model.entries]
    assert "Hello" in texts
    assert any("can you tell me where it is" in text for text in texts)
    press(pane, "Take apart")
    qtbot.waitUntil(lambda: words(pane) == [])
    assert row(room, amelia.conversation).id == amelia.conversation


def test_a_message_is_taken_out(pane: ConversationPane, amelia: Amelia, room: Room, qtbot: QtBot) -> None:
    room.world.clock.advance(timedelta(minutes=1))
    room.world.customer_adds(amelia.conversation, "By the way: do you sell filters?")
    qtbot.waitUntil(lambda: any("filters" in entry.text for entry in pane.model.entries))
    key = next(entry.key for entry in pane.model.entries if "filters" in entry.text)
    bubble = pane.timeline.bubble(key)
    assert bubble is not None
    bubble.view_requested.emit(key, MessageView.TAKE_OUT)
    qtbot.waitUntil(lambda: not any("filters" in entry.text for entry in pane.model.entries))
    (hit,) = room.world.desk.search.search("filters").hits
    assert hit.conversation_id != amelia.conversation
    pane.show_conversation(hit.conversation_id)
    qtbot.waitUntil(lambda: bool(words(pane)))
    assert words(pane)[0].startswith("Goes on from #")


def test_two_are_merged_by_keys_and_taken_apart_by_undo(opened: Opened, qtbot: QtBot) -> None:  # noqa: F811
    kettle, checkout = opened.ids["Kettle"], opened.ids["Checkout"]
    opened.press("J", "Shift+M")
    picker = popup(qtbot)
    picker.field.setText("checkout" if opened.open_subject() == "Kettle" else "kettle")
    qtbot.waitUntil(lambda: picker.results.current() is not None)
    opened.press("Return")
    asked = dialog(qtbot)
    assert [button.isChecked() for button in asked.options] == [True, False]
    asked.accept()
    card = opened.room.world.desk.conversations.card
    qtbot.waitUntil(lambda: bool(merged := card(checkout)) and merged.conversation.id == kettle)
    qtbot.waitUntil(opened.rows(1))
    assert opened.open_subject() == "Kettle"
    opened.window.commands.run("edit.undo")
    qtbot.waitUntil(opened.rows(2))
    apart = card(checkout)
    assert apart is not None
    assert apart.conversation.id == checkout


def test_all_that_are_selected_are_merged_into_the_one_that_is_chosen(
    opened: Opened,  # noqa: F811
    qtbot: QtBot,
) -> None:
    opened.press("J", "X", "J", "X", "Shift+M")
    asked = dialog(qtbot)
    asked.options[1].setChecked(True)
    asked.accept()
    qtbot.waitUntil(opened.rows(1))
    card = opened.room.world.desk.conversations.card(opened.ids["Kettle"])
    assert card is not None
    assert card.conversation.id == opened.ids["Checkout"]
