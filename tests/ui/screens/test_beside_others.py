"""An open conversation beside other people and other devices: who is there, and what was written elsewhere."""

import json
from datetime import timedelta

import pytest
from PySide6.QtWidgets import QTabBar
from pytestqt.qtbot import QtBot

from agent_desktop.domain.draft import DraftCopy
from agent_desktop.domain.operations.draft import ShareDraft
from agent_desktop.domain.presence import Activity
from agent_desktop.domain.records import to_plain
from agent_desktop.services.draft_sharing import DraftSharing
from agent_desktop.services.drafts import Draft, DraftKind
from agent_desktop.services.presence import PresenceService
from agent_desktop.store.rows import SqlRows
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


class Tablet:
    """Another device of Maya's."""

    def __init__(self, amelia: Amelia) -> None:
        self._amelia, world = amelia, amelia.world
        desk = world.desk
        desk.draft_sharing = DraftSharing(
            desk.replica.database,
            desk.replica.schema,
            desk.drafts,
            desk.replica.outbox,
            desk.apply,
            world.clock,
            desk.user_id,
            "Laptop 11aa",
        )

    def writes(self, text: str, kind: DraftKind = DraftKind.REPLY) -> None:
        """Maya writes there; it is here when this returns."""
        clock, conversation_id = self._amelia.world.clock, self._amelia.conversation
        clock.advance(timedelta(minutes=1))
        draft = Draft(conversation_id=conversation_id, kind=kind, text=text, updated_at=clock.now())
        self._amelia.desk.apply(
            ShareDraft(
                conversation_id=conversation_id,
                kind=kind.value,
                content=json.dumps(to_plain(draft)),
                device="Tablet 22bb",
                written_at=clock.now(),
            )
        )


def test_what_is_written_on_another_device_is_only_offered(amelia: Amelia, pane: ConversationPane) -> None:
    Tablet(amelia).writes("Dear Amelia, it is coming.")
    assert [text for text in texts(pane.composer.offer) if "You were writing on Tablet, " in text]
    assert unnamed(pane) == []
    assert pane.composer.editor.text == ""
    pane.composer.write(DraftKind.REPLY)
    pane.composer.editor.insert("H")
    pane.composer_model.flush()
    assert not pane.composer.offer.isHidden(), "writing here is no answer"
    pane.composer.offer.refuse.click()
    assert pane.composer.offer.isHidden()
    Tablet(amelia).writes("Dear Amelia, it is coming tomorrow.")
    assert not pane.composer.offer.isHidden()


def test_what_was_here_before_is_kept_and_comes_back(
    room: Room, amelia: Amelia, pane: ConversationPane
) -> None:
    pane.composer.write(DraftKind.REPLY)
    pane.composer.editor.insert("Hello Amelia")
    Tablet(amelia).writes("Dear Amelia, it is coming.")
    pane.composer.offer.accept.click()
    assert pane.composer.editor.text == "Dear Amelia, it is coming."
    assert "Kept from before: “Hello Amelia”" in texts(pane.composer.offer)
    pane.composer.offer.accept.click()
    assert pane.composer.editor.text == "Hello Amelia"
    assert "Kept from before: “Dear Amelia, it is coming.”" in texts(pane.composer.offer)
    pane.composer.offer.refuse.click()
    assert pane.composer.offer.isHidden()
    draft = room.context.desk.drafts.get(amelia.conversation, DraftKind.REPLY)
    assert draft is not None
    assert draft.text == "Hello Amelia"


def test_a_note_from_elsewhere_goes_into_the_note(amelia: Amelia, pane: ConversationPane) -> None:
    pane.composer.write(DraftKind.REPLY)
    pane.composer.editor.insert("Hello Amelia")
    Tablet(amelia).writes("Call her", DraftKind.NOTE)
    assert pane.composer.offer.isHidden(), "it is offered where it belongs"
    tabs = pane.composer.findChild(QTabBar)
    assert isinstance(tabs, QTabBar)
    assert [tabs.accessibleTabName(index) for index in range(2)] == ["", "Note, a text is offered"]
    pane.composer.write(DraftKind.NOTE)
    assert tabs.accessibleTabName(1) == "Note"
    assert [text for text in texts(pane.composer.offer) if "writing a note on Tablet" in text]
    pane.composer.offer.accept.click()
    assert (pane.composer_model.kind, pane.composer.editor.text) == (DraftKind.NOTE, "Call her")
    assert pane.composer_model.draft(DraftKind.REPLY).text == "Hello Amelia"


def test_leaving_a_conversation_shares_what_was_written_there(
    room: Room, amelia: Amelia, pane: ConversationPane
) -> None:
    Tablet(amelia)
    room.context.sharer.begin()
    pane.composer.write(DraftKind.REPLY)
    pane.composer.editor.insert("Hello Amelia")
    pane.show_conversation(None)
    desk = room.context.desk
    with desk.replica.database.read() as connection:
        (copy,) = SqlRows(connection, desk.replica.schema.tables).query(DraftCopy)
    assert "Hello Amelia" in copy.content
    assert copy.device == "Laptop 11aa"


def test_a_forward_from_elsewhere_is_named_where_it_has_no_tab_yet(
    amelia: Amelia, pane: ConversationPane
) -> None:
    tablet = Tablet(amelia)
    tablet.writes("Can you help?", DraftKind.FORWARD)
    assert [text for text in texts(pane.composer.offer) if "something to be forwarded on Tablet" in text]
    pane.composer.offer.accept.click()
    assert (pane.composer_model.kind, pane.composer.editor.text) == (DraftKind.FORWARD, "Can you help?")
    tablet.writes("Dear Amelia, it is coming.")
    assert pane.composer.offer.isHidden(), "a reply is nothing to put into a forward"
    pane.composer.write(DraftKind.REPLY)
    assert [text for text in texts(pane.composer.offer) if "You were writing on Tablet" in text]
