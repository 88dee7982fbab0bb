"""Bringing conversations in: however often, in whatever pieces and order, it is one conversation and sends nothing."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.domain.conversation import Conversation, Status
from agent_desktop.domain.errors import Reason, Rejected
from agent_desktop.domain.message import Attachment, Delivery, Direction, Message, MessageKind
from agent_desktop.domain.operations.importing import ImportConversation, ImportedMessage
from agent_desktop.domain.workspace import Tag, Workspace
from tests.factories import ADMIN, make_channel, make_conversation, make_customer, make_file
from tests.fakes import START
from tests.world import World


def item(number: int, **changes: object) -> ImportedMessage:
    values: dict[str, object] = {
        "id": f"imported {number}",
        "direction": Direction.IN if number % 3 else Direction.OUT,
        "kind": MessageKind.NOTE if number % 5 == 4 else MessageKind.REPLY,
        "created_at": START - timedelta(days=300) + timedelta(hours=number * 7 % 11),
        "text": f"Text {number}",
    }
    return ImportedMessage(**(values | changes))  # type: ignore[arg-type]  # fields by name


def an_import(*messages: ImportedMessage, **changes: object) -> ImportConversation:
    values: dict[str, object] = {
        "conversation_id": "imported",
        "customer_id": make_customer().id,
        "channel_id": make_channel().id,
        "subject": "From long ago",
        "messages": messages,
        "tags": ("old", " old ", ""),
    }
    return ImportConversation(**(values | changes))  # type: ignore[arg-type]  # fields by name


numbers = st.lists(st.integers(0, 12), min_size=1, max_size=8)


@given(numbers)
def test_importing_again_changes_nothing(given_numbers: list[int]) -> None:
    world = World()
    payload = an_import(*map(item, given_numbers))
    world.do(payload, ADMIN)
    rows = world.rows
    world.do(payload, ADMIN)
    assert world.rows == rows


@given(numbers, numbers)
def test_pieces_in_any_order_give_the_whole(first: list[int], second: list[int]) -> None:
    whole, pieces = World(), World()
    whole.do(an_import(*map(item, [*first, *second])), ADMIN)
    for part in (second, first):
        pieces.do(an_import(*map(item, part)), ADMIN)
    expected, found = (world.get(Conversation, "imported") for world in (whole, pieces))
    assert pieces.rows.query(Message) == whole.rows.query(Message)
    for name in (
        "last_in_id",
        "last_out_id",
        "preview",
        "preview_out",
        "message_count",
        "waiting_since",
        "due_at",
    ):
        assert getattr(found, name) == getattr(expected, name), name


def test_an_imported_conversation_has_a_number_tags_and_no_delivery() -> None:
    world = World()
    world.do(an_import(item(1), item(3, files=(make_file(),))), ADMIN)
    row = world.get(Conversation, "imported")
    assert row.number == 2
    assert world.rows.query(Workspace)[0].next_number == 3
    assert row.tags == ("old",)
    assert [tag.name for tag in world.rows.query(Tag)] == ["old"]
    assert {message.delivery for message in world.rows.query(Message)} == {Delivery.NONE}
    assert world.rows.query(Attachment)[0].message_id == "imported 3"
    assert row.created_at == min(message.created_at for message in world.rows.query(Message))


def test_an_import_into_a_conversation_that_is_there_adds_what_is_missing() -> None:
    world = World()
    here = make_conversation()
    world.do(an_import(item(1, created_at=START), conversation_id=here.id, status=Status.CLOSED), ADMIN)
    row = world.get(Conversation, here.id)
    assert (row.status, row.subject, row.tags) == (here.status, here.subject, here.tags)
    assert row.last_in_id == "imported 1"
    assert row.waiting_since == START


def test_a_message_that_is_named_twice_counts_once() -> None:
    world = World()
    world.do(an_import(item(1), item(1)), ADMIN)
    assert world.get(Conversation, "imported").message_count == 1


def test_messages_that_are_elsewhere_already_make_no_empty_conversation() -> None:
    world = World()
    world.do(an_import(item(1)), ADMIN)
    world.do(an_import(item(1), conversation_id="another"), ADMIN)
    assert world.rows.get(Conversation, "another") is None


def test_an_import_without_messages_is_refused() -> None:
    with pytest.raises(Rejected) as caught:
        World().do(an_import(), ADMIN)
    assert caught.value.reason is Reason.INVALID


def test_a_wrong_clock_does_not_keep_a_conversation_on_top_for_years() -> None:
    world = World()
    world.do(an_import(item(1, created_at=START + timedelta(days=9_000))), ADMIN)
    assert world.get(Conversation, "imported").last_message_at <= world.clock.now()


@pytest.mark.parametrize("status", list(Status))
def test_when_an_imported_conversation_was_solved(status: Status) -> None:
    world = World()
    world.do(an_import(item(1), item(2), status=status), ADMIN)
    row = world.get(Conversation, "imported")
    assert (row.solved_at == row.last_message_at) is (status in (Status.SOLVED, Status.CLOSED))
    assert (row.due_at is not None) is (status is Status.OPEN)
