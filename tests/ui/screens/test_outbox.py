"""The outbox screen says why something waits and offers what can honestly be done about it."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from agent_desktop.domain.message import Delivery
from agent_desktop.services.drafts import DraftKind
from tests.ui.amelia import Amelia
from tests.ui.conftest import Room
from tests.ui.walk import HOSTILE, not_plain, texts, unnamed
from ui.screens.outbox import OutboxScreen


@pytest.fixture
def amelia(room: Room) -> Amelia:
    return Amelia(room.world)


@pytest.fixture
def screen(room: Room, amelia: Amelia, qtbot: QtBot) -> OutboxScreen:
    screen = OutboxScreen(room.context)
    screen.finish()
    qtbot.addWidget(screen)
    screen.resize(1100, 700)
    screen.show()
    qtbot.waitActive(screen)
    return screen


def comes_back(amelia: Amelia, delivery: Delivery, text: str = "It is on its way.") -> str:
    message_id = amelia.is_answered(text)
    amelia.desk.sync.exchange()
    amelia.is_told(message_id, Delivery.SENDING)
    amelia.is_told(message_id, delivery, "Mailbox full")
    return message_id


def test_an_empty_outbox_says_so(screen: OutboxScreen) -> None:
    assert "Nothing waits" in texts(screen)


def test_a_failed_reply_shows_reason_and_text(amelia: Amelia, screen: OutboxScreen) -> None:
    comes_back(amelia, Delivery.FAILED)
    shown = texts(screen)
    assert "Not sent. Mailbox full" in shown
    assert "It is on its way." in shown
    assert "1 to decide" in shown
    screen.retry.click()
    assert "1 waiting" in texts(screen)


@pytest.mark.parametrize("yes", [True, False])
def test_an_unclear_reply_is_sent_again_only_after_a_question(
    room: Room, amelia: Amelia, screen: OutboxScreen, yes: bool
) -> None:
    comes_back(amelia, Delivery.UNKNOWN)
    room.prompts.yes = yes
    screen.retry.click()
    assert "twice" in room.prompts.questions[-1].text
    assert ("1 waiting" in texts(screen)) is yes


def test_a_held_reply_shows_what_is_new_before_it_is_sent(amelia: Amelia, screen: OutboxScreen) -> None:
    amelia.is_answered(blindly=True)
    amelia.desk.sync.exchange()
    assert "Hi again, can you tell me where it is?" in texts(screen.news)
    assert [text for text in texts(screen.news) if text.startswith("Amelia Novak wrote, ")]
    assert screen.retry.text() == "Send as is"
    assert unnamed(screen) == []
    screen.retry.click()
    assert "1 waiting" in texts(screen)
    assert screen.news.isHidden()


def test_everything_can_be_done_by_key(
    room: Room, amelia: Amelia, screen: OutboxScreen, qtbot: QtBot
) -> None:
    comes_back(amelia, Delivery.FAILED)
    screen.activate()
    QTest.keyClick(screen.list, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "It is on its way."
    room.prompts.yes = False
    QTest.keyClick(screen.list, Qt.Key.Key_Delete)
    assert room.prompts.questions[-1].title == "Discard"
    QTest.keyClick(screen.list, Qt.Key.Key_F2)
    assert "Nothing waits" in texts(screen)
    assert room.navigator.drafts == [(amelia.conversation, DraftKind.REPLY)]
    comes_back(amelia, Delivery.FAILED, "Again")
    QTest.keyClick(screen.list, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert "1 waiting" in texts(screen)


def test_a_key_for_what_cannot_be_done_does_nothing(room: Room, amelia: Amelia, screen: OutboxScreen) -> None:
    comes_back(amelia, Delivery.UNKNOWN)
    screen.activate()
    QTest.keyClick(screen.list, Qt.Key.Key_F2)
    QTest.keyClick(screen.list, Qt.Key.Key_Delete)
    assert (room.prompts.questions, room.navigator.conversations) == ([], [])


def test_discarding_asks_and_copying_keeps_the_text(room: Room, amelia: Amelia, screen: OutboxScreen) -> None:
    comes_back(amelia, Delivery.FAILED)
    screen.copy.click()
    assert QGuiApplication.clipboard().text() == "It is on its way."
    screen.discard.click()
    assert room.prompts.questions[-1].dangerous
    assert "Nothing waits" in texts(screen)


def test_enter_opens_the_conversation(room: Room, amelia: Amelia, screen: OutboxScreen) -> None:
    comes_back(amelia, Delivery.FAILED)
    screen.activate()
    assert screen.list.hasFocus()
    QTest.keyClick(screen.list, Qt.Key.Key_Return)
    assert room.navigator.conversations == [(amelia.conversation, False)]


def test_a_narrow_window_puts_the_buttons_below_each_other(amelia: Amelia, screen: OutboxScreen) -> None:
    comes_back(amelia, Delivery.FAILED)
    screen.resize(1600, 600)
    assert screen.retry.y() == screen.discard.y()
    screen.resize(640, 600)
    assert screen.retry.y() < screen.discard.y()
    assert screen.width() == 640


def test_hostile_text_stays_plain(amelia: Amelia, screen: OutboxScreen) -> None:
    comes_back(amelia, Delivery.FAILED, HOSTILE)
    assert HOSTILE in texts(screen)
    assert not_plain(screen) == []
    screen.grab()


def test_everything_has_a_name(amelia: Amelia, screen: OutboxScreen) -> None:
    assert unnamed(screen) == []
    comes_back(amelia, Delivery.FAILED)
    assert unnamed(screen) == []
