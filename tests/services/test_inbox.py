"""Lists of conversations as one user sees them: rows, counts, and what the passing of time changes."""

from datetime import timedelta

import pytest

from agent_desktop.domain.conversation import ACTIVE, Conversation, Priority, Status
from agent_desktop.domain.ids import Id
from agent_desktop.domain.operations.conversation import (
    AssignConversation,
    ChangeTags,
    MarkRead,
    SetPriority,
    SetStatus,
    SnoozeConversation,
)
from agent_desktop.domain.operations.message import AddNote, Reply
from agent_desktop.domain.view import ME, ConversationFilter, SortOrder
from agent_desktop.services.drafts import Draft, DraftKind
from agent_desktop.services.inbox import InboxService
from agent_desktop.services.inbox_rows import InboxRow
from agent_desktop.services.views import STANDARD_VIEWS
from tests.desk_fixture import Office

EVERYTHING = ConversationFilter()


@pytest.fixture
def conversation_id(office: Office) -> Id:
    return office.world.customer_writes("Karl Lund", "Refund", "Where is it?", tags=("vip",))


def row(office: Office, conversation_id: Id) -> InboxRow:
    (found,) = office.desk.inbox.rows(office.desk.inbox.keys_of([conversation_id]))
    return found


def reply(office: Office, conversation_id: Id, *, seen: bool = True) -> None:
    here = office.row(Conversation, conversation_id)
    office.desk.apply(
        Reply(
            conversation_id=conversation_id,
            message_id=office.desk.ids.new(),
            channel_id=here.channel_id,
            text="It is on its way.",
            seen_in=here.last_in_id if seen else None,
            seen_out=here.last_out_id,
        )
    )


def test_a_row_says_everything_that_a_list_shows(office: Office, conversation_id: Id) -> None:
    shown = row(office, conversation_id)
    assert (shown.customer_name, shown.subject, shown.preview) == (
        "Karl Lund",
        "Refund",
        "Where is it?",
    )
    assert (shown.number, shown.channel_kind, shown.status, shown.priority) == (1, "email", "open", "normal")
    assert (shown.unread, shown.first_reply, shown.has_draft, shown.held) == (True, True, False, False)
    assert shown.assignee_id == office.desk.user_id
    assert shown.tags == ("vip",)
    assert shown.due_at == shown.last_message_at + timedelta(hours=4)


def test_a_row_follows_what_is_done(office: Office, conversation_id: Id) -> None:
    office.desk.apply(MarkRead(conversation_id=conversation_id, read_at=office.clock.now()))
    assert not row(office, conversation_id).unread
    office.desk.apply(
        ChangeTags(conversation_id=conversation_id, add=("late",), remove=("vip",)),
        SetPriority(conversation_id=conversation_id, priority=Priority.URGENT),
        AssignConversation(conversation_id=conversation_id, assignee_id=office.colleague.user_id),
    )
    shown = row(office, conversation_id)
    assert (shown.tags, shown.priority, shown.assignee_id) == (("late",), "urgent", office.colleague.user_id)
    reply(office, conversation_id)
    shown = row(office, conversation_id)
    assert (shown.preview, shown.due_at, shown.waiting_to_send, shown.first_reply) == (
        "You: It is on its way.",
        None,
        1,
        False,
    )
    office.desk.drafts.save(
        Draft(conversation_id=conversation_id, kind=DraftKind.NOTE, text="…", updated_at=office.clock.now())
    )
    assert row(office, conversation_id).has_draft
    office.world.customer_adds(conversation_id, "Thanks")
    assert row(office, conversation_id).unread


def test_a_held_reply_is_no_reply_that_waits(office: Office, conversation_id: Id) -> None:
    reply(office, conversation_id, seen=False)
    shown = row(office, conversation_id)
    assert (shown.held, shown.waiting_to_send, shown.preview) == (True, 0, "Where is it?")


def test_a_note_changes_nothing_that_a_customer_said(office: Office, conversation_id: Id) -> None:
    before = row(office, conversation_id)
    office.desk.apply(
        AddNote(conversation_id=conversation_id, message_id=office.desk.ids.new(), text="internal")
    )
    assert row(office, conversation_id) == before


def test_keys_are_local_numbers_that_lead_to_ids_and_back(office: Office, conversation_id: Id) -> None:
    inbox = office.desk.inbox
    key = inbox.pk_of(conversation_id)
    assert key is not None
    assert inbox.id_of(key) == conversation_id
    assert inbox.by_number(1) == conversation_id
    assert (inbox.pk_of("0" * 32), inbox.id_of(10**9), inbox.by_number(999)) == (None, None, None)
    assert inbox.keys_of(["0" * 32, conversation_id]) == [key]
    assert inbox.rows([10**9]) == []


def test_time_alone_wakes_what_is_snoozed(office: Office, conversation_id: Id) -> None:
    inbox = office.desk.inbox
    awake = ConversationFilter(statuses=ACTIVE, snoozed=False)
    until = office.clock.now() + timedelta(hours=2)
    office.desk.apply(SnoozeConversation(conversation_id=conversation_id, until=until))
    assert inbox.counts([awake])[0].total == 0
    assert inbox.next_wake() == until
    office.clock.advance(timedelta(hours=2))
    assert inbox.counts([awake])[0].total == 1
    assert inbox.next_wake() is None


def test_time_alone_makes_things_overdue(office: Office, conversation_id: Id) -> None:
    (count,) = office.desk.inbox.counts([EVERYTHING])
    assert (count.total, count.overdue) == (1, 0)
    office.clock.advance(timedelta(hours=4))
    (count,) = office.desk.inbox.counts([EVERYTHING])
    assert (count.total, count.overdue) == (1, 1)
    office.desk.apply(SetStatus(conversation_id=conversation_id, status=Status.SOLVED))
    assert office.desk.inbox.counts([EVERYTHING])[0].overdue == 0


def test_the_views_of_a_user_divide_the_work(office: Office, conversation_id: Id) -> None:
    world, desk = office.world, office.desk
    free = world.customer_writes("Mia Roth", "Hello", mine=False)
    asleep = world.customer_writes("Olu Ade", "Later")
    desk.apply(SnoozeConversation(conversation_id=asleep, until=office.clock.now() + timedelta(days=1)))
    done = world.customer_writes("Jun Sato", "Done")
    desk.apply(SetStatus(conversation_id=done, status=Status.CLOSED))
    asked = world.customer_writes("Ana Ruiz", "Question", mine=False)
    office.colleague.does(
        AddNote(
            conversation_id=asked, message_id=world.ids.new(), text="@Maya", mentioned_ids=(desk.user_id,)
        )
    )
    desk.sync.exchange()
    by_key = {item.key: item for item in STANDARD_VIEWS}

    def shown(key: str) -> set[Id | None]:
        item = by_key[key]
        return {desk.inbox.id_of(key) for key in desk.inbox.keys(item.filter, item.sort)}

    assert shown("mine") == {conversation_id}
    assert shown("unassigned") == {free, asked}
    assert shown("mentions") == {asked}
    assert shown("snoozed") == {asleep}
    assert shown("open") == {conversation_id, free, asked}
    assert shown("all") == {conversation_id, free, asleep, done, asked}
    assert shown("breaching") == set()
    office.clock.advance(timedelta(hours=3, minutes=45))
    assert conversation_id in shown("breaching")
    assert desk.inbox.total() == 5
    item = by_key["mine"]
    for row_id in (conversation_id, free, asleep, done):
        conversation = office.row(Conversation, row_id)
        assert desk.inbox.matches(conversation, item.filter) is (row_id in shown("mine"))


def test_the_first_page_is_the_beginning_of_the_list(office: Office) -> None:
    inbox = office.desk.inbox
    for number in range(7):
        office.world.customer_writes(f"Customer {number}", f"Subject {number}")
    mine = ConversationFilter(statuses=ACTIVE, assignee=ME)
    for sort in SortOrder:
        keys = inbox.keys(mine, sort)
        assert inbox.first_page(mine, sort, 3) == keys[:3]
        order = [
            InboxService.sort_key(office.row(Conversation, inbox.id_of(key) or ""), sort, key) for key in keys
        ]
        assert order == sorted(order)
        assert list(zip(*inbox.order(mine, sort), strict=True)) == order
        columns, rows = inbox.first_screen(mine, sort, 4)
        assert list(zip(*columns, strict=True)) == order[:4]
        assert rows == inbox.rows(keys[:4])
