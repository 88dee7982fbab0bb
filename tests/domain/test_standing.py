"""What a conversation says about its messages equals a recomputation from them, whatever happened in which order."""

from datetime import datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given, settings

from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.conversation_merging import survivor_of_conversation
from agent_desktop.domain.message import PREVIEW_LENGTH, Delivery, Direction, Message, MessageKind, preview_of
from agent_desktop.domain.operations.inbound import AnswerAutomatically
from agent_desktop.domain.sla import REPLY_TARGETS
from agent_desktop.domain.standing import time_of_next, with_message, with_messages
from tests.factories import make_conversation, make_message, make_reply
from tests.fakes import START, DictRows
from tests.payloads import TALK
from tests.strategies import Fork, History, forks, histories, many_forks, many_histories

MINUTE = timedelta(minutes=1)


def check(rows: DictRows) -> None:
    """The law, written apart from the code that keeps it."""
    together: dict[str, list[Conversation]] = {}
    for row in rows.query(Conversation):
        survivor = survivor_of_conversation(rows, row.id)
        assert survivor is not None
        together.setdefault(survivor.id, []).append(row)
    for row in rows.query(Conversation, merged_into=None):
        members = together[row.id]
        messages = [message for one in members for message in rows.query(Message, conversation_id=one.id)]
        said = sorted(
            (
                message
                for message in messages
                if message.kind.value in ("reply", "call")
                and message.delivery.value not in ("cancelled", "held")
                and not (
                    message.kind.value == "reply" and message.automatic and message.direction is Direction.OUT
                )
            ),
            key=lambda message: (message.created_at, message.id),
        )
        ours = [message for message in said if message.direction is Direction.OUT]
        theirs = [message for message in said if message.direction is Direction.IN]
        assert row.message_count == len(said)
        assert row.last_message_at == (said[-1].created_at if said else row.created_at)
        assert (row.last_in_id, row.last_in_at) == _last(theirs)
        assert (row.last_out_id, row.last_out_at) == _last(ours)
        assert row.preview == ((preview_of(said[-1].text) or preview_of(said[-1].subject)) if said else "")
        assert row.preview_out is bool(said and said[-1].direction is Direction.OUT)
        if len(members) == 1:
            assert row.waiting_since == _waiting_since(row, said)
        else:
            # From when on each is waited for has examples of its own: see test_conversation_merging.
            assert row.waiting_since in (None, *(one.created_at for one in said[_open_since(said) :]))
        is_due = row.status.value == "open" and row.waiting_since is not None
        assert row.due_at == (row.waiting_since + REPLY_TARGETS[row.priority] if is_due else None)
        mentioned = {user_id for message in messages for user_id in message.mentioned_ids}
        assert set(row.mentioned_ids) == mentioned


def _last(messages: list[Message]) -> tuple[str | None, datetime | None]:
    return (messages[-1].id, messages[-1].created_at) if messages else (None, None)


def _open_since(said: list[Message]) -> int:
    answers = [
        place
        for place, message in enumerate(said)
        if message.direction is Direction.OUT
        and message.delivery is not Delivery.FAILED
        and not message.automatic
        and not message.forwarded
    ]
    return answers[-1] + 1 if answers else 0


def _waiting_since(row: Conversation, said: list[Message]) -> datetime | None:
    for message in said[_open_since(said) :]:
        counts = row.reopened_at is None or message.created_at >= row.reopened_at
        if message.direction is Direction.IN and not message.automatic and counts:
            return message.created_at
    return None


def check_history(history: History) -> None:
    rows = history.start
    for step in history.steps:
        rows = step.perform(rows)
        check(rows)


def check_fork(fork: Fork) -> None:
    rows = fork.start
    for step in (*fork.theirs, *fork.ours):
        rows = step.attempt(rows) or rows
        check(rows)


@settings(max_examples=30)
@given(histories(TALK))
def test_columns_follow_from_the_messages(history: History) -> None:
    check_history(history)


def test_columns_follow_from_the_messages_in_many_histories() -> None:
    for history in many_histories(200, TALK):
        check_history(history)
    for fork in many_forks(200, TALK):
        check_fork(fork)


@settings(max_examples=30)
@given(histories())
def test_columns_follow_from_the_messages_among_everything_else(history: History) -> None:
    check(history.end)


def test_columns_follow_from_the_messages_when_the_channel_answers_too() -> None:
    for history in many_histories(200, (*TALK, AnswerAutomatically)):
        check_history(history)


@settings(max_examples=30)
@given(forks(TALK))
def test_columns_follow_from_the_messages_when_two_sides_meet(fork: Fork) -> None:
    check_fork(fork)


def test_nothing_new_is_ever_earlier_than_what_was_said() -> None:
    """However clocks are skewed, what arrives last is last, so nobody overlooks it."""
    for fork in many_forks(200, TALK):
        check_order(fork)


def check_order(fork: Fork) -> None:
    rows = fork.start
    for step in (*fork.theirs, *fork.ours):
        after = step.attempt(rows)
        if after is None or type(step.operation.payload).__name__ not in ("Reply", "ReceiveMessage"):
            rows = after or rows
            continue
        conversation = survivor_of_conversation(after, step.operation.payload.conversation_id)
        message = after.get(Message, step.operation.payload.message_id)
        assert conversation is not None
        assert message is not None
        if message.delivery is not Delivery.HELD:
            last = conversation.last_in_id if message.direction is Direction.IN else conversation.last_out_id
            assert last == message.id
            assert conversation.last_message_at == message.created_at
        rows = after


def test_order_of_messages_does_not_matter() -> None:
    conversation = make_conversation()
    messages = [
        make_message(id="1", created_at=START, text="One"),
        make_reply(id="2", created_at=START + MINUTE, text="Two"),
        make_message(id="3", created_at=START + 2 * MINUTE, text="Three"),
        make_message(id="4", kind=MessageKind.NOTE, direction=Direction.OUT, created_at=START + 3 * MINUTE),
        make_reply(id="5", created_at=START + 4 * MINUTE, delivery=Delivery.HELD),
    ]
    expected = with_messages(conversation, messages)
    assert (expected.message_count, expected.preview, expected.waiting_since) == (
        3,
        "Three",
        START + 2 * MINUTE,
    )
    assert all(with_messages(conversation, order) == expected for order in permutations(messages))


@pytest.mark.parametrize(
    ("delivery", "waits"),
    [
        (Delivery.QUEUED, False),
        (Delivery.SENT, False),
        (Delivery.UNKNOWN, False),
        (Delivery.FAILED, True),
        (Delivery.HELD, True),
        (Delivery.CANCELLED, True),
    ],
)
def test_only_an_answer_that_may_arrive_ends_the_waiting(delivery: Delivery, waits: bool) -> None:
    standing = with_messages(make_conversation(), [make_message(), make_reply(delivery=delivery)])
    assert (standing.waiting_since is not None) is waits


def test_an_automatic_message_is_not_waited_for() -> None:
    standing = with_message(make_conversation(), make_message(automatic=True))
    assert standing.last_in_id == make_message().id
    assert standing.waiting_since is None
    assert standing.due_at is None


def test_time_of_next() -> None:
    empty = make_conversation()
    assert time_of_next(empty, START - MINUTE) == START - MINUTE
    said = with_message(empty, make_message(created_at=START))
    assert time_of_next(said, START + MINUTE) == START + MINUTE
    assert START < time_of_next(said, START) < START + MINUTE
    assert START < time_of_next(said, START - MINUTE) < START + MINUTE


@pytest.mark.parametrize(
    ("text", "preview"),
    [
        ("", ""),
        (" \n\t ", ""),
        ("  Hello\n\n  there ", "Hello there"),
        ("x" * 500, "x" * PREVIEW_LENGTH),
        (" " * 10_000 + "late", ""),
    ],
)
def test_preview(text: str, preview: str) -> None:
    assert preview_of(text) == preview
