"""Operations on a conversation: what each changes, what the timeline says about it, and when it is refused."""

from dataclasses import replace
from datetime import timedelta

import pytest

from agent_desktop.domain.conversation import Conversation, Priority, ReadMarker, Status, is_unread
from agent_desktop.domain.errors import Reason, Rejected
from agent_desktop.domain.message import Message, MessageKind
from agent_desktop.domain.operations import inverse_of
from agent_desktop.domain.operations.conversation import (
    AssignConversation,
    ChangeTags,
    CreateConversation,
    MarkRead,
    MarkUnread,
    SetPriority,
    SetStatus,
    SetTeam,
    SnoozeConversation,
)
from agent_desktop.domain.operations.workspace import SaveUser
from agent_desktop.domain.records import Record
from agent_desktop.domain.rows import user_scope
from agent_desktop.domain.sla import REPLY_TARGETS
from agent_desktop.domain.workspace import Tag
from tests.factories import ADMIN, ANNA, BEN, make_channel, make_conversation, make_customer, make_team
from tests.fakes import START, DictRows
from tests.world import World

HERE = make_conversation().id


def events(world: World) -> list[str]:
    rows = sorted(world.rows.query(Message, kind=MessageKind.EVENT), key=lambda row: row.created_at)
    return [row.text for row in rows]


def refused(world: World, payload: Record) -> Reason:
    with pytest.raises(Rejected) as caught:
        world.do(payload, ANNA)
    return caught.value.reason


@pytest.mark.parametrize(
    ("payload", "column", "value", "line"),
    [
        (
            AssignConversation(conversation_id=HERE, assignee_id=BEN.id),
            "assignee_id",
            BEN.id,
            "Assigned to Ben Okafor",
        ),
        (
            SetTeam(conversation_id=HERE, team_id=make_team().id),
            "team_id",
            make_team().id,
            "Moved to Support",
        ),
        (
            SetPriority(conversation_id=HERE, priority=Priority.URGENT),
            "priority",
            Priority.URGENT,
            "Priority set to urgent",
        ),
        (
            SetStatus(conversation_id=HERE, status=Status.PENDING),
            "status",
            Status.PENDING,
            "Set to waiting on customer",
        ),
        (SnoozeConversation(conversation_id=HERE, until=START), "snoozed_until", START, "Snoozed"),
    ],
    ids=lambda value: type(value).__name__ if hasattr(value, "conversation_id") else "",
)
def test_a_change_shows_in_the_timeline_once(payload: Record, column: str, value: object, line: str) -> None:
    world = World()
    world.do(payload, ANNA)
    world.do(payload, BEN)
    assert getattr(world.get(Conversation, HERE), column) == value
    assert events(world) == [line], "what changes nothing says nothing"


def test_two_changes_of_one_moment_both_show_in_the_timeline() -> None:
    world = World()
    for payload in (
        SetPriority(conversation_id=HERE, priority=Priority.HIGH),
        SetStatus(conversation_id=HERE, status=Status.SOLVED),
    ):
        world.rows = world.step(payload, ANNA).perform(world.rows)
    assert sorted(events(world)) == ["Priority set to high", "Resolved"]


def test_a_new_conversation_takes_the_next_number_and_its_words_become_tags() -> None:
    world = World()
    payload = CreateConversation(
        conversation_id="new",
        customer_id=make_customer().id,
        channel_id=make_channel().id,
        subject="Hello",
        tags=("vip", " vip", "late  again", ""),
    )
    world.do(payload, ANNA)
    row = world.get(Conversation, "new")
    assert (row.number, row.tags, row.status) == (2, ("vip", "late again"), Status.OPEN)
    assert {tag.name for tag in world.rows.query(Tag)} == {"vip", "late again"}
    assert refused(world, payload) is Reason.EXISTS


@pytest.mark.parametrize("missing", ["customer_id", "channel_id", "assignee_id", "team_id"])
def test_a_new_conversation_refers_to_what_exists(missing: str) -> None:
    values = {
        "conversation_id": "new",
        "customer_id": make_customer().id,
        "channel_id": make_channel().id,
        "subject": "Hello",
        missing: "nobody",
    }
    assert refused(World(), CreateConversation(**values)) is Reason.GONE


def test_nobody_is_assigned_who_is_not_active() -> None:
    world = World()
    world.do(SaveUser(user_id=BEN.id, name=BEN.name, active=False), ADMIN)
    assert refused(world, AssignConversation(conversation_id=HERE, assignee_id=BEN.id)) is Reason.INVALID
    assert refused(world, AssignConversation(conversation_id=HERE, assignee_id="nobody")) is Reason.GONE


def test_nobody_takes_from_a_colleague_what_they_saw_as_free() -> None:
    world = World()
    take = AssignConversation(conversation_id=HERE, assignee_id=ANNA.id, check_seen=True)
    undo = inverse_of(world.rows, (step := world.step(take, ANNA)).operation, step.context())
    world.do(AssignConversation(conversation_id=HERE, assignee_id=BEN.id), BEN)
    assert refused(world, take) is Reason.TAKEN
    assert undo is not None
    assert [refused(world, payload) for payload in undo] == [Reason.TAKEN]
    assert world.get(Conversation, HERE).assignee_id == BEN.id
    world.do(replace(take, seen_assignee_id=BEN.id), ANNA)
    assert world.get(Conversation, HERE).assignee_id == ANNA.id
    assert refused(world, SetTeam(conversation_id=HERE, team_id="nobody")) is Reason.GONE


def test_solved_at() -> None:
    world = World()

    def set_status(status: Status) -> None:
        world.do(SetStatus(conversation_id=HERE, status=status), ANNA)

    set_status(Status.SOLVED)
    solved_at = world.clock.now()
    set_status(Status.CLOSED)
    assert world.get(Conversation, HERE).solved_at == solved_at
    set_status(Status.ON_HOLD)
    assert world.get(Conversation, HERE).solved_at is None


@pytest.mark.parametrize("priority", list(Priority))
@pytest.mark.parametrize("status", list(Status))
def test_an_answer_is_due_when_we_are_waited_for(status: Status, priority: Priority) -> None:
    waiting = make_conversation(waiting_since=START, last_in_at=START)
    world = World(DictRows(waiting))
    world.do(SetPriority(conversation_id=HERE, priority=Priority.HIGH), ANNA)
    world.do(SetPriority(conversation_id=HERE, priority=priority), ANNA)
    world.do(SetStatus(conversation_id=HERE, status=Status.PENDING), ANNA)
    world.do(SetStatus(conversation_id=HERE, status=status), ANNA)
    expected = START + REPLY_TARGETS[priority] if status is Status.OPEN else None
    assert world.get(Conversation, HERE).due_at == expected


def test_adding_and_removing_tags_leaves_the_others() -> None:
    world = World(DictRows(make_conversation(tags=("a", "b"))))
    world.do(ChangeTags(conversation_id=HERE, add=("c", "a"), remove=("b", "nothing")), ANNA)
    assert world.get(Conversation, HERE).tags == ("a", "c")


def test_read_markers_belong_to_a_user_and_only_go_forward() -> None:
    hour = timedelta(hours=1)
    conversation = make_conversation(last_in_id="1", last_in_at=START, last_message_at=START)
    world = World(DictRows(conversation))
    assert is_unread(conversation, None)
    for moment in (START, START - hour):
        world.do(MarkRead(conversation_id=HERE, read_at=moment), ANNA)
    (marker,) = world.rows.query(ReadMarker)
    assert (marker.read_at, marker.scope, marker.user_id) == (START, user_scope(ANNA.id), ANNA.id)
    assert not is_unread(conversation, marker.read_at)
    world.do(MarkUnread(conversation_id=HERE), ANNA)
    assert is_unread(conversation, world.rows.query(ReadMarker)[0].read_at)
    world.do(MarkRead(conversation_id=HERE, read_at=START), BEN)
    assert len(world.rows.query(ReadMarker)) == 2


def test_nothing_is_unread_where_no_customer_wrote() -> None:
    world = World()
    world.do(MarkUnread(conversation_id=HERE), ANNA)
    assert world.rows.query(ReadMarker) == []
    assert not is_unread(make_conversation(), None)
