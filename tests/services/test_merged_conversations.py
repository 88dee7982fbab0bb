"""Merged conversations as somebody sees them: one timeline, one place in lists, found under every name."""

from datetime import timedelta

import pytest

from agent_desktop.domain.conversation import Conversation, Priority, Status
from agent_desktop.domain.ids import Id
from agent_desktop.domain.message import Message, MessageKind
from agent_desktop.domain.operations.conversation import (
    AssignConversation,
    ChangeTags,
    MarkRead,
    SetPriority,
    SetStatus,
    SnoozeConversation,
)
from agent_desktop.domain.operations.merging import MergeConversations, UnmergeConversation
from agent_desktop.domain.operations.message import AddNote, Reply
from agent_desktop.domain.view import ConversationFilter, SortOrder
from agent_desktop.services.drafts import Draft, DraftKind
from tests.desk_fixture import Office


@pytest.fixture
def first(office: Office) -> Id:
    return office.world.customer_writes("Karl Lund", "Refund", "My kettle is broken")


@pytest.fixture
def second(office: Office, first: Id) -> Id:
    return office.world.customer_writes("Mia Roth", "Where is it?", "Have you seen the photograph")


def merge(office: Office, first: Id, second: Id) -> None:
    office.desk.apply(MergeConversations(conversation_id=second, into_id=first))


def texts(office: Office, conversation_id: Id, limit: int = 50) -> list[str]:
    """What is said on one page of the timeline."""
    page = office.desk.conversations.timeline(conversation_id, limit=limit)
    return [item.message.text for item in page.items if item.message.kind is not MessageKind.EVENT]


def listed(office: Office, wanted: ConversationFilter | None = None) -> list[Id]:
    """The ids of a list, which is as long as is counted."""
    inbox = office.desk.inbox
    keys = inbox.keys(wanted or ConversationFilter(), SortOrder.NEWEST)
    return [row.id for row in inbox.rows(keys)]


def test_one_timeline_under_both_names_in_the_order_of_time(office: Office, first: Id, second: Id) -> None:
    merge(office, first, second)
    for name in (first, second):
        assert texts(office, name) == ["My kettle is broken", "Have you seen the photograph"]
        card = office.desk.conversations.card(name)
        assert card is not None
        assert card.conversation.id == first
        (merged,) = card.merged
        assert (merged.id, merged.subject, merged.customer_name) == (second, "Where is it?", "Mia Roth")
        assert not merged.same_customer


def test_pages_of_a_merged_timeline_leave_nothing_out(office: Office, first: Id, second: Id) -> None:
    for number in range(12):
        place = (first, second)[number % 2]
        note = AddNote(conversation_id=place, message_id=office.desk.ids.new(), text=str(number))
        office.desk.apply(note)
    merge(office, first, second)
    everything = texts(office, first)
    assert len(everything) == 14
    seen: list[str] = []
    before = None
    while True:
        page = office.desk.conversations.timeline(first, before, 4)
        said = [item.message for item in page.items]
        seen = [message.text for message in said if message.kind is not MessageKind.EVENT] + seen
        if not page.more:
            break
        before = (said[0].created_at, said[0].id)
    assert seen == everything


def test_the_merged_one_is_in_no_list_and_not_counted(office: Office, first: Id, second: Id) -> None:
    desk = office.desk
    open_ones = ConversationFilter(statuses=(Status.OPEN,))
    for wanted in (ConversationFilter(), open_ones):
        assert set(listed(office, wanted)) == {first, second}
    merge(office, first, second)
    for wanted in (ConversationFilter(), open_ones):
        assert listed(office, wanted) == [first]
        (counted,) = desk.inbox.counts([wanted])
        assert counted.total == 1
    assert not desk.inbox.matches(office.row(Conversation, second), ConversationFilter())
    desk.apply(UnmergeConversation(conversation_id=second, into_id=first))
    assert set(listed(office)) == {first, second}


@pytest.mark.parametrize("query", ["photograph", "status:open photograph", "where", "subject:where", "mia"])
def test_what_is_found_in_the_merged_one_opens_the_survivor(
    office: Office, first: Id, second: Id, query: str
) -> None:
    merge(office, first, second)
    assert [hit.conversation_id for hit in office.desk.search.search(query).hits] == [first]


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("status:pending", True),
        ("status:open", False),
        ("tag:kept", True),
        ("tag:gone", False),
        ("-tag:kept", False),
        ("assignee:nobody", True),
        ("assignee:me", False),
        ("priority:urgent", True),
        ("priority:normal", False),
        ("is:snoozed", True),
        ("is:unread", False),
        ("subject:where", True),
        ("subject:refund", False),
        ("channel:email", True),
        ("channel:phone", False),
    ],
)
def test_conditions_are_asked_of_the_survivor_and_subject_and_channel_of_the_thread(
    office: Office, first: Id, second: Id, condition: str, holds: bool
) -> None:
    """However the conversation is found: by words of a message, of its head, or by the condition alone."""
    third = office.world.customer_writes("Olu Ade", "Photo", "the same as the others", tags=("gone",))
    desk, now = office.desk, office.clock.now()
    merge(office, second, third)
    merge(office, first, second)
    desk.apply(ChangeTags(conversation_id=first, add=("kept",), remove=("gone",)))
    desk.apply(SetStatus(conversation_id=first, status=Status.PENDING))
    desk.apply(SetPriority(conversation_id=first, priority=Priority.URGENT))
    desk.apply(AssignConversation(conversation_id=first, assignee_id=None))
    desk.apply(SnoozeConversation(conversation_id=first, until=now + timedelta(days=1)))
    desk.apply(MarkRead(conversation_id=first, read_at=now))
    expected = [first] if holds else []
    for words in ("photograph", "photograph after:2020-01-01"):
        hits = desk.search.search(f"{words} {condition}").hits
        assert [hit.conversation_id for hit in hits] == expected, words
    if not condition.startswith("subject"):
        assert [hit.conversation_id for hit in desk.search.search(f"mia {condition}").hits] == expected
    alone = [hit.conversation_id for hit in desk.search.search(condition).hits]
    assert alone == ([first] if holds or condition == "subject:refund" else [])


def test_its_number_finds_the_survivor(office: Office, first: Id, second: Id) -> None:
    number = office.row(Conversation, second).number
    merge(office, first, second)
    assert [hit.conversation_id for hit in office.desk.search.search(f"#{number}").hits] == [first]


def test_what_is_written_goes_on_in_the_survivor(office: Office, first: Id, second: Id) -> None:
    drafts, now = office.desk.drafts, office.clock.now()
    drafts.save(Draft(conversation_id=second, kind=DraftKind.REPLY, text="Yes, we", updated_at=now))
    merge(office, first, second)
    assert office.desk.inbox.draft_ids() == (first,)
    drafts.take_along([second], first)
    moved = drafts.get(first, DraftKind.REPLY)
    assert moved is not None
    assert moved.text == "Yes, we"
    assert drafts.get(second, DraftKind.REPLY) is None


def test_what_is_written_in_both_is_kept_beside_each_other(office: Office, first: Id, second: Id) -> None:
    drafts, now = office.desk.drafts, office.clock.now()
    for place, text in ((first, "Here"), (second, "There")):
        drafts.save(Draft(conversation_id=place, kind=DraftKind.REPLY, text=text, updated_at=now))
    drafts.take_along([second], first)
    present, kept = drafts.get(first, DraftKind.REPLY), drafts.before(first, DraftKind.REPLY)
    assert present is not None
    assert kept is not None
    assert (present.text, kept.text) == ("Here", "There")


def test_replies_that_wait_in_the_merged_one_are_marked_at_the_survivor(
    office: Office, first: Id, second: Id
) -> None:
    reply = office.desk.ids.new()
    office.desk.apply(
        Reply(
            conversation_id=second,
            message_id=reply,
            channel_id=office.row(Conversation, second).channel_id,
            text="Hello",
            seen_in="nothing",
        )
    )
    merge(office, first, second)
    assert office.row(Message, reply).conversation_id == second
    (row,) = office.desk.inbox.rows(office.desk.inbox.keys(ConversationFilter(), SortOrder.NEWEST))
    assert (row.id, row.held) == (first, True)


def test_a_stale_merge_of_a_colleague_is_followed(office: Office, first: Id, second: Id) -> None:
    """Somebody answered offline under the old name: the server follows the alias, and so does this desk."""
    office.colleague.does(MergeConversations(conversation_id=second, into_id=first))
    last = office.row(Conversation, second).last_in_id
    note = office.desk.ids.new()
    office.desk.apply(AddNote(conversation_id=second, message_id=note, text="Called them"))
    office.desk.sync.exchange()
    assert office.row(Conversation, second).merged_into == first
    assert "Called them" in texts(office, first)
    assert office.row(Conversation, first).last_in_id == last


def test_others_of_the_same_customer_are_offered_first_and_any_by_its_number(
    office: Office, first: Id, second: Id
) -> None:
    third = office.world.customer_writes("Karl Lund", "Again", "Hello")
    found = office.desk.conversations.candidates(first, None)
    assert all(one.same_customer for one in found)
    assert first not in {one.id for one in found}
    number = office.row(Conversation, second).number
    assert [one.id for one in office.desk.conversations.candidates(first, number)] == [second]
    assert office.desk.conversations.candidates(first, office.row(Conversation, first).number) == ()
    assert third != first
