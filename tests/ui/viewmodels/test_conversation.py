"""The open conversation: its timeline in place, what was seen, and replies that did not leave."""

from datetime import timedelta

import pytest
from pytestqt.qtbot import QtBot

from agent_desktop.domain.conversation import Status
from agent_desktop.domain.message import Delivery
from agent_desktop.domain.operations.conversation import AssignConversation, MarkUnread
from agent_desktop.domain.operations.message import AddNote, Reply
from agent_desktop.services.apply import Applied
from tests.ui.amelia import Amelia
from tests.ui.conftest import Room
from ui.models.timeline import DeliveryAction, EntryKind
from ui.viewmodels.conversation import Arrival, ConversationViewModel, PaneState


class Opened(ConversationViewModel):
    """The view-model with what it said."""

    def __init__(self, amelia: Amelia, room: Room) -> None:
        self.notices: list[tuple[str, Applied | None]] = []
        context = room.context
        super().__init__(
            context.desk,
            context.tasks,
            context.changes,
            context.sync_changes,
            lambda words, applied: self.notices.append((words, applied)),
            read_delay=0,
        )
        self.arrivals: list[Arrival] = []
        self.arrived.connect(self.arrivals.append)

    @property
    def kinds(self) -> list[EntryKind]:
        return [entry.kind for entry in self.entries]


@pytest.fixture
def opened(amelia: Amelia, room: Room) -> Opened:
    model = Opened(amelia, room)
    model.open(amelia.conversation)
    return model


def test_shows_head_and_timeline(opened: Opened) -> None:
    assert opened.state is PaneState.SHOWN
    assert opened.card is not None
    assert opened.card.customer.name == "Amelia Novak"
    assert opened.kinds == [EntryKind.DAY, EntryKind.THEIRS]
    assert opened.entries[1].meta.startswith("Email")


def test_a_conversation_that_is_not_there_says_so(opened: Opened) -> None:
    opened.open("0" * 32)
    assert opened.state is PaneState.GONE


def test_news_comes_in_place_and_is_told(amelia: Amelia, opened: Opened) -> None:
    restarted: list[bool] = []
    opened.started.connect(lambda: restarted.append(True))
    message_id = amelia.writes("Hello?")
    assert opened.entries[-1].key == message_id
    assert not restarted
    assert opened.arrivals == [Arrival(1, "Amelia Novak", message_id, from_customer=True)]


def test_only_what_was_on_screen_counts_as_seen(amelia: Amelia, opened: Opened) -> None:
    assert opened.standing.seen_in is None
    opened.mark_displayed([amelia.first])
    assert opened.standing.seen_in == amelia.first
    later = amelia.writes("Hello?")
    assert opened.standing.seen_in == amelia.first
    opened.mark_displayed([later])
    assert opened.standing.seen_in == later


def test_what_is_older_than_everything_loaded_counts_as_seen(amelia: Amelia, room: Room) -> None:
    for number in range(55):
        amelia.world.clock.advance(timedelta(seconds=1))
        amelia.desk.apply(
            AddNote(
                conversation_id=amelia.conversation, message_id=amelia.world.ids.new(), text=f"Note {number}"
            )
        )
    model = Opened(amelia, room)
    model.open(amelia.conversation)
    assert amelia.first not in {entry.key for entry in model.entries}
    assert model.standing.seen_in == amelia.first


def test_what_stands_above_something_on_screen_counts_as_seen(amelia: Amelia, room: Room) -> None:
    reply = amelia.world.ids.new()
    amelia.at_server(
        Reply(
            conversation_id=amelia.conversation,
            message_id=reply,
            channel_id=amelia.email,
            text="A colleague's answer, now scrolled out of sight",
            seen_in=amelia.first,
        )
    )
    later = amelia.writes("PS")
    model = Opened(amelia, room)
    model.open(amelia.conversation)
    assert model.standing.seen_out is None
    model.mark_displayed([later])
    assert (model.standing.seen_in, model.standing.seen_out) == (later, reply)


def test_our_own_reply_counts_as_seen(amelia: Amelia, opened: Opened) -> None:
    reply = amelia.is_answered()
    assert opened.standing.seen_out == reply


def test_reading_marks_as_read_once_it_was_displayed(amelia: Amelia, opened: Opened, qtbot: QtBot) -> None:
    assert opened.card is not None
    assert opened.card.read_at is None
    opened.mark_displayed([amelia.first])
    qtbot.waitUntil(lambda: opened.card is not None and opened.card.read_at is not None)


def test_what_was_marked_unread_stays_unread(amelia: Amelia, opened: Opened, qtbot: QtBot) -> None:
    opened.mark_displayed([amelia.first])
    qtbot.waitUntil(lambda: opened.card is not None and opened.card.read_at is not None)
    amelia.desk.apply(MarkUnread(conversation_id=amelia.conversation))
    assert not opened._reader.isActive()
    opened.mark_displayed([amelia.first])
    assert not opened._reader.isActive()


def test_earlier_messages_are_loaded_in_pages(amelia: Amelia, room: Room) -> None:
    for number in range(60):
        amelia.world.clock.advance(timedelta(seconds=1))
        amelia.desk.apply(
            AddNote(
                conversation_id=amelia.conversation, message_id=amelia.world.ids.new(), text=f"Note {number}"
            )
        )
    model = Opened(amelia, room)
    model.open(amelia.conversation)
    assert model.more
    assert model.kinds.count(EntryKind.NOTE) == 50
    model.load_earlier()
    assert not model.more
    assert model.kinds.count(EntryKind.NOTE) == 60
    assert model.kinds.count(EntryKind.THEIRS) == 1


def test_news_does_not_bring_pages_that_were_not_asked_for(amelia: Amelia, room: Room) -> None:
    for number in range(60):
        amelia.world.clock.advance(timedelta(seconds=1))
        amelia.desk.apply(
            AddNote(
                conversation_id=amelia.conversation, message_id=amelia.world.ids.new(), text=f"Note {number}"
            )
        )
    model = Opened(amelia, room)
    model.open(amelia.conversation)
    first = model.entries[1].key
    amelia.writes("Hello?")
    assert model.entries[1].key == first
    assert model.more


def test_events_stand_on_one_line_with_their_author(amelia: Amelia, opened: Opened) -> None:
    amelia.desk.apply(AssignConversation(conversation_id=amelia.conversation, assignee_id=amelia.ben))
    assert opened.entries[-1].kind is EntryKind.EVENT
    assert opened.entries[-1].line == "Assigned to Ben Adeyemi by you"


def test_a_reply_offline_waits_in_words(amelia: Amelia, opened: Opened) -> None:
    amelia.desk.sync.set_online(False)
    amelia.is_answered()
    entry = opened.entries[-1]
    assert entry.author == "You"
    assert "waiting for connection" in entry.meta
    assert entry.actions == (DeliveryAction.EDIT, DeliveryAction.DISCARD)
    amelia.desk.sync.set_online(True)
    amelia.desk.sync.exchange()
    assert "waiting for connection" not in opened.entries[-1].meta


def test_a_held_reply_says_who_wrote_and_what(amelia: Amelia, opened: Opened) -> None:
    held = amelia.is_answered(blindly=True)
    entry = next(entry for entry in opened.entries if entry.key == held)
    assert entry.needs_decision
    assert entry.news is not None
    assert entry.news.sentence.startswith("Amelia Novak wrote after you last looked")
    assert entry.news.preview == "Hi again, can you tell me where it is?"
    assert entry.actions == (DeliveryAction.SEND_AS_IS, DeliveryAction.EDIT, DeliveryAction.DISCARD)


def test_a_held_reply_leaves_when_its_author_wants_it(amelia: Amelia, opened: Opened) -> None:
    held = amelia.is_answered(blindly=True)
    opened.release(held)
    amelia.desk.sync.exchange()
    message = opened.message(held)
    assert message is not None
    assert message.delivery is Delivery.QUEUED


def test_a_discarded_reply_leaves_the_timeline(amelia: Amelia, opened: Opened) -> None:
    held = amelia.is_answered(blindly=True)
    opened.discard(held)
    assert held not in {entry.key for entry in opened.entries}


def test_a_failed_reply_says_why_and_can_be_retried(amelia: Amelia, opened: Opened) -> None:
    reply = amelia.is_answered()
    amelia.desk.sync.exchange()
    amelia.is_told(reply, Delivery.FAILED, "Mailbox full")
    entry = opened.entries[-1]
    assert entry.state == "Failed: Mailbox full"
    assert entry.actions[0] is DeliveryAction.RETRY
    # Nothing of the conversation was on screen: sent again like this it would be sent against a stale view.
    opened.release(reply)
    assert opened.entries[-1].needs_decision
    opened.mark_displayed([amelia.first])
    opened.release(reply)
    assert not opened.entries[-1].needs_decision


def test_resolving_is_refused_when_something_new_was_not_on_screen(
    amelia: Amelia, room: Room, opened: Opened
) -> None:
    problems: list[object] = []
    room.context.tasks.problem.connect(problems.append)
    opened.resolve()
    assert len(problems) == 1
    assert opened.card is not None
    assert opened.card.conversation.status is Status.OPEN
    opened.mark_displayed([amelia.first])
    opened.resolve()
    assert opened.card.conversation.status is Status.SOLVED
    assert opened.notices[-1][0] == "Resolved"


def test_what_another_conversation_brings_is_not_shown(amelia: Amelia, opened: Opened) -> None:
    before = opened.entries
    amelia.world.customer_writes("Jonas Weber", "Checkout error")
    assert opened.entries == before
    assert opened.arrivals == []
