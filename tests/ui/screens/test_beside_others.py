"""An open conversation beside other people and other devices: who is there, and what was written elsewhere."""

import pytest
from pytestqt.qtbot import QtBot

from agent_desktop.domain.presence import Activity
from agent_desktop.services.drafts import DraftKind
from agent_desktop.services.presence import PresenceService
from tests.ui.amelia import Amelia
from tests.ui.conftest import Room
from tests.ui.walk import texts, unnamed
from ui.screens.conversation import ConversationPane

WARNING = "Ben is replying to this customer just now"


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


def test_who_replies_is_said_in_the_head_and_above_the_button(
    room: Room, amelia: Amelia, pane: ConversationPane
) -> None:
    presence = room.context.desk.presence
    presence.heard(amelia.ben, amelia.conversation, Activity.VIEWING)
    assert "Ben is viewing" in texts(pane.head)
    assert WARNING not in texts(pane.composer)
    presence.heard(amelia.ben, amelia.conversation, Activity.TYPING)
    assert "Ben is replying" in texts(pane.head)
    assert WARNING in texts(pane.composer)
    assert unnamed(pane) == []
    pane.composer.show_kind(DraftKind.NOTE)
    assert WARNING not in texts(pane.composer)
    presence.heard(amelia.ben, amelia.conversation, Activity.AWAY)
    pane.composer.show_kind(DraftKind.REPLY)
    assert not [text for text in texts(pane) if "Ben" in text]


def test_writing_is_told_and_closing_ends_it(
    room: Room, amelia: Amelia, pane: ConversationPane, qtbot: QtBot
) -> None:
    told: list[tuple[str, Activity]] = []
    desk = room.context.desk
    desk.presence = presence = PresenceService(desk.clock, desk.user_id, lambda *sign: told.append(sign))
    qtbot.waitActive(pane)
    pane.presence.beat()
    pane.composer.write(DraftKind.NOTE)
    pane.composer.editor.insert("Only for the team")
    assert Activity.TYPING not in [activity for _, activity in told]
    pane.composer.write(DraftKind.REPLY)
    pane.composer.editor.insert("Dear Amelia")
    assert told[-1] == (amelia.conversation, Activity.TYPING)
    pane.show_conversation(None)
    assert told[-1] == (amelia.conversation, Activity.AWAY)
    assert presence.place is None
