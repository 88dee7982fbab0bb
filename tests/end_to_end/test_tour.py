"""A morning's work through the real window: import, find, answer, note, assign, snooze, undo, search, offline, restart.

Real files, a real embedded backend with its threads, keys as a person presses them.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from agent_desktop.__main__ import main
from agent_desktop.cli.desk import Person, open_desk, set_up
from agent_desktop.context import Desk
from agent_desktop.domain.clock import SystemClock
from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.ids import Id, TimeOrderedIds
from agent_desktop.domain.message import Delivery, Direction, Message, MessageKind
from agent_desktop.domain.operations.knowledge import SaveArticle, SaveCannedResponse
from agent_desktop.profile import Profile
from agent_desktop.services.sync_status import SyncState
from ui.navigator import ScreenName
from ui.program import Program
from ui.screens.main_window import MainWindow
from ui.screens.search import SearchScreen
from ui.theme import ThemeManager
from ui.widgets.picker import Picker

pytestmark = pytest.mark.end_to_end

MAIL = b"""From: Amelia Novak <amelia@novak.example>
To: help@northwind.example
Subject: Where is my replacement kettle?
Date: Mon, 09 Mar 2026 09:41:00 +0100
Message-ID: <kettle-1@novak.example>
Content-Type: text/plain; charset=utf-8

Hi again,

the tracking number has not moved since Tuesday. Can you tell me where the kettle is?

Amelia
"""
WAIT = 60_000


class Tour:
    """The program with one window, driven by keys."""

    def __init__(self, profile: Profile, qtbot: QtBot, application: QApplication) -> None:
        self._qtbot = qtbot
        self.desk: Desk = open_desk(profile)
        self.program = Program(application, self.desk, ThemeManager(application), lambda: "test")
        self.program.new_window()
        self.window: MainWindow = self.program.windows[0]
        qtbot.waitExposed(self.window)
        self.settle()

    def close(self) -> None:
        """End the program as a person does."""
        self.program.quit()
        self.program.close()

    def settle(self) -> None:
        self.until(lambda: self.program.idle)

    def until(self, condition: Callable[[], bool]) -> None:
        self._qtbot.waitUntil(condition, timeout=WAIT)

    def press(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        self._qtbot.keyClick(self._focused(), key, modifiers)
        self.settle()

    def type(self, text: str) -> None:
        """Keys as they arrive from the system, one character each."""
        for character in text:
            for kind in (QKeyEvent.Type.KeyPress, QKeyEvent.Type.KeyRelease):
                event = QKeyEvent(kind, 0, Qt.KeyboardModifier.NoModifier, character)
                QApplication.sendEvent(self._focused(), event)
        self.settle()

    def _focused(self) -> QWidget:
        popup = QApplication.activePopupWidget()
        if popup is not None:
            return popup.focusWidget() or popup
        if QApplication.activeWindow() is None:
            # Without a window manager nobody gives the keyboard back when a popup has closed.
            self.window.activateWindow()
            self.until(self.window.isActiveWindow)
        return QApplication.focusWidget() or self.window

    def messages(self, conversation_id: Id, kind: MessageKind) -> list[Message]:
        items = self.desk.conversations.timeline(conversation_id).items
        return [item.message for item in items if item.message.kind is kind]

    def ours(self, conversation_id: Id) -> list[Message]:
        replies = self.messages(conversation_id, MessageKind.REPLY)
        return [message for message in replies if message.direction is Direction.OUT]


@pytest.fixture
def profile(tmp_path: Path) -> Profile:
    """A workspace on this computer with one imported mail, a canned response and an article."""
    profile = Profile(tmp_path / "profile")
    clock = SystemClock()
    ids = TimeOrderedIds(clock)
    set_up(
        profile, Person(name="Maya Keller", company="Northwind", email="help@northwind.example"), clock, ids
    )
    mail = tmp_path / "kettle.eml"
    mail.write_bytes(MAIL)
    assert main(["import", str(mail), "--profile", str(profile.folder)]) == 0
    desk = open_desk(profile, background=False)
    desk.apply(
        SaveCannedResponse(
            canned_response_id=ids.new(),
            shortcut="lost",
            title="Lost parcel",
            body="Hi {{ customer.first_name }}, the carrier has lost your parcel.",
        )
    )
    desk.apply(
        SaveArticle(
            article_id=ids.new(),
            base_revision=0,
            title="Lost parcels",
            body="A parcel that has not moved for five days counts as lost.",
            url="https://help.northwind.example/lost",
        )
    )
    desk.sync.exchange()
    desk.close()
    return profile


@pytest.fixture
def tour(profile: Profile, qtbot: QtBot, qapp: QApplication) -> Iterator[Tour]:
    tour = Tour(profile, qtbot, qapp)
    yield tour
    tour.close()


CTRL = Qt.KeyboardModifier.ControlModifier


def open_by_search(tour: Tour) -> Id:
    tour.press(Qt.Key.Key_F, CTRL)
    screen = tour.window.screens.current
    assert screen is ScreenName.SEARCH
    tour.type("kettle")
    search = tour.window.findChild(SearchScreen)
    assert isinstance(search, SearchScreen)
    tour.until(lambda: _rows(search) == 1)
    tour.press(Qt.Key.Key_Return)
    tour.until(lambda: tour.window.workspace.inbox.open_id is not None)
    tour.settle()
    opened = tour.window.workspace.inbox.open_id
    assert opened is not None
    return opened


def test_a_morning(tour: Tour, profile: Profile, qtbot: QtBot, qapp: QApplication) -> None:
    conversation_id = open_by_search(tour)
    pane = tour.window.workspace.conversation

    # Answer with a canned response and the link of an article.
    tour.press(Qt.Key.Key_R)
    tour.type("/lost")
    tour.press(Qt.Key.Key_Return)
    assert pane.composer.editor.toPlainText() == "Hi Amelia, the carrier has lost your parcel."
    tour.type(" ?lost")
    tour.press(Qt.Key.Key_Return)
    tour.press(Qt.Key.Key_Return)
    assert "https://help.northwind.example/lost" in pane.composer.editor.toPlainText()
    written = pane.composer.editor.toPlainText()
    tour.press(Qt.Key.Key_Return, CTRL)
    tour.until(lambda: len(tour.ours(conversation_id)) == 1)
    reply = tour.ours(conversation_id)[0]
    assert reply.delivery is Delivery.QUEUED
    assert reply.text.startswith(written)

    # Call it back: the text is the draft again. Send it once more.
    tour.press(Qt.Key.Key_Escape)
    tour.press(Qt.Key.Key_Z, CTRL)
    tour.until(lambda: tour.ours(conversation_id)[0].delivery is Delivery.CANCELLED)
    tour.settle()
    assert pane.composer.editor.toPlainText() == written
    tour.press(Qt.Key.Key_Return, CTRL)
    tour.until(lambda: len(tour.ours(conversation_id)) == 2)

    # A note is another text and never leaves.
    tour.press(Qt.Key.Key_Escape)
    tour.press(Qt.Key.Key_N)
    tour.type("carrier confirmed the loss")
    tour.press(Qt.Key.Key_Return, CTRL)
    tour.until(lambda: len(tour.messages(conversation_id, MessageKind.NOTE)) == 1)
    assert len(tour.ours(conversation_id)) == 2

    # Assign, snooze, undo.
    tour.press(Qt.Key.Key_Escape)
    tour.press(Qt.Key.Key_I)
    tour.until(lambda: _card(tour, conversation_id).assignee_id == tour.desk.user_id)
    tour.press(Qt.Key.Key_Z)
    tour.until(lambda: any(item.isVisible() for item in tour.window.findChildren(Picker)))
    tour.press(Qt.Key.Key_Return)
    tour.until(lambda: _card(tour, conversation_id).snoozed_until is not None)
    tour.press(Qt.Key.Key_Z, CTRL)
    tour.until(lambda: _card(tour, conversation_id).snoozed_until is None)
    assert _card(tour, conversation_id).assignee_id == tour.desk.user_id

    # Offline nothing is different but the words; online again everything is confirmed.
    tour.desk.sync.set_online(False)
    tour.press(Qt.Key.Key_R)
    tour.type("One more thing: a new kettle leaves today.")
    tour.press(Qt.Key.Key_Return, CTRL)
    tour.until(lambda: len(tour.ours(conversation_id)) == 3)
    tour.until(lambda: tour.desk.sync.status.waiting > 0)
    assert tour.desk.sync.status.state is SyncState.OFFLINE
    tour.desk.sync.set_online(True)
    tour.until(lambda: tour.desk.sync.status.waiting == 0)

    # What was typed last is there after a restart, and nothing else has gone.
    tour.type("unfinished")
    tour.close()
    again = Tour(profile, qtbot, qapp)
    try:
        open_by_search(again)
        again.press(Qt.Key.Key_R)
        assert again.window.workspace.conversation.composer.editor.toPlainText() == "unfinished"
        assert again.ours(conversation_id)[0].text == reply.text
        assert len(again.ours(conversation_id)) == 3
        assert len(again.messages(conversation_id, MessageKind.NOTE)) == 1
        assert _card(again, conversation_id).assignee_id == again.desk.user_id
    finally:
        again.close()


def _card(tour: Tour, conversation_id: Id) -> Conversation:
    card = tour.desk.conversations.card(conversation_id)
    assert card is not None
    return card.conversation


def _rows(search: SearchScreen) -> int:
    model = search.hits.model()
    return model.rowCount() if model is not None else 0
