"""Calls that are written down: what they say, who waits afterwards, and what they hold."""

from datetime import timedelta

import pytest

from agent_desktop.domain.call import CallOutcome, call_line
from agent_desktop.domain.errors import Reason
from agent_desktop.domain.message import Delivery, Direction, Message, MessageKind
from agent_desktop.domain.operations.call import LogCall, RemoveCall
from agent_desktop.domain.workspace import User
from tests.domain.test_messages import HERE, Talk
from tests.factories import ANNA, BEN

IN, OUT = Direction.IN, Direction.OUT
REACHED, VOICEMAIL, NO_ANSWER = CallOutcome.REACHED, CallOutcome.VOICEMAIL, CallOutcome.NO_ANSWER


def call(talk: Talk, direction: Direction, outcome: CallOutcome, actor: User = ANNA) -> Message:
    payload = LogCall(
        conversation_id=HERE,
        message_id="call",
        direction=direction,
        outcome=outcome,
        started_at=talk.world.clock.now() - timedelta(minutes=5),
        seconds=252,
        notes=" A new lid is on its way. ",
    )
    talk.world.do(payload, actor)
    return talk.message("call")


@pytest.fixture
def talk() -> Talk:
    talk = Talk()
    talk.customer_writes("in 1")
    return talk


def test_a_call_says_which_way_how_long_and_what_was_said(talk: Talk) -> None:
    message = call(talk, OUT, REACHED)
    assert message.kind is MessageKind.CALL
    assert message.text == "Outgoing call · 4:12\nA new lid is on its way."
    assert (message.author_name, message.delivery) == ("Anna Berg", Delivery.NONE)


@pytest.mark.parametrize(
    ("direction", "outcome", "seconds", "line"),
    [
        (IN, REACHED, 3723, "Incoming call · 1:02:03"),
        (IN, NO_ANSWER, 0, "Incoming call · no answer"),
        (OUT, VOICEMAIL, 42, "Outgoing call · 0:42 · voicemail"),
    ],
)
def test_a_line_leaves_out_what_is_not_known(
    direction: Direction, outcome: CallOutcome, seconds: int, line: str
) -> None:
    assert call_line(direction, outcome, seconds) == line


@pytest.mark.parametrize(
    ("direction", "outcome", "waits"),
    [
        (OUT, REACHED, False),
        (IN, REACHED, False),
        (OUT, VOICEMAIL, False),
        (OUT, NO_ANSWER, True),
        (IN, NO_ANSWER, True),
        (IN, VOICEMAIL, True),
    ],
)
def test_the_customer_waits_until_they_have_heard_from_us(
    talk: Talk, direction: Direction, outcome: CallOutcome, waits: bool
) -> None:
    since = talk.conversation.waiting_since
    call(talk, direction, outcome)
    assert talk.conversation.waiting_since == (since if waits else None)
    assert talk.conversation.message_count == 2


def test_a_missed_call_is_waited_for(talk: Talk) -> None:
    talk.reply("out 1")
    message = call(talk, IN, NO_ANSWER)
    assert talk.conversation.waiting_since == message.created_at


def test_a_call_holds_what_a_colleague_has_waiting(talk: Talk) -> None:
    talk.reply("tomorrow", later=timedelta(days=1), actor=BEN)
    call(talk, OUT, REACHED)
    assert talk.message("tomorrow").delivery is Delivery.HELD


def test_a_call_that_reached_nobody_holds_nothing(talk: Talk) -> None:
    talk.reply("tomorrow", later=timedelta(days=1), actor=BEN)
    call(talk, OUT, NO_ANSWER)
    assert talk.message("tomorrow").delivery is Delivery.QUEUED


def test_a_reply_that_does_not_know_of_the_call_is_held(talk: Talk) -> None:
    seen = talk.conversation
    call(talk, OUT, REACHED)
    assert talk.reply("out 1", seen=seen, actor=BEN).delivery is Delivery.HELD


def test_only_who_wrote_it_down_takes_it_back(talk: Talk) -> None:
    before = talk.conversation
    call(talk, OUT, REACHED)
    remove = RemoveCall(conversation_id=HERE, message_id="call")
    assert talk.refused(remove, BEN) is Reason.FORBIDDEN
    assert talk.refused(RemoveCall(conversation_id=HERE, message_id="in 1")) is Reason.FORBIDDEN
    talk.world.do(remove, ANNA)
    assert talk.conversation == before


def test_no_call_takes_less_than_no_time(talk: Talk) -> None:
    payload = LogCall(
        conversation_id=HERE,
        message_id="call",
        direction=OUT,
        outcome=REACHED,
        started_at=talk.world.clock.now(),
        seconds=-1,
    )
    assert talk.refused(payload) is Reason.INVALID
