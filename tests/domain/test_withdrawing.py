"""Taking back a message that began a conversation: it goes, and nothing that anybody else has said."""

from dataclasses import replace

import pytest

from agent_desktop.domain.conversation import Conversation, ReadMarker
from agent_desktop.domain.message import Attachment, Delivery, Message
from agent_desktop.domain.operations.conversation import AssignConversation, CreateConversation
from agent_desktop.domain.operations.merging import MergeConversations
from agent_desktop.domain.operations.message import (
    AddNote,
    CancelReply,
    ReceiveMessage,
    Reply,
    ReportDelivery,
)
from agent_desktop.domain.operations.withdrawing import WithdrawConversation, beginning_of
from agent_desktop.domain.policy import LEGAL_HOLD
from agent_desktop.domain.records import Record
from agent_desktop.domain.workspace import User
from tests.factories import ANNA, BEN, SYSTEM, make_channel, make_conversation, make_customer, make_file
from tests.world import World

HERE = "begun"
REPORT = ReportDelivery(
    conversation_id=HERE, message_id="out", delivery=Delivery.QUEUED, detail="Not reached."
)
NOTE = AddNote(conversation_id=HERE, message_id="note", text="Wait.")
ANSWER = ReceiveMessage(
    conversation_id=HERE,
    message_id="in",
    customer_id=make_customer().id,
    channel_id=make_channel().id,
    text="Thanks",
    sent_at=World().clock.now(),
)


@pytest.fixture
def world() -> World:
    """Anna has begun a conversation."""
    world = World()
    world.do(
        CreateConversation(
            conversation_id=HERE,
            customer_id=make_customer().id,
            channel_id=make_channel().id,
            subject="Order",
        ),
        ANNA,
    )
    reply = Reply(
        conversation_id=HERE,
        message_id="out",
        channel_id=make_channel().id,
        text="Sent",
        files=(make_file(),),
    )
    world.do(reply, ANNA)
    return world


def withdraw(world: World, actor: User = ANNA, *, call_back: bool = True) -> bool:
    """Whether it is gone afterwards."""
    if call_back:
        world.do(CancelReply(conversation_id=HERE, message_id="out"), ANNA)
    world.do(WithdrawConversation(conversation_id=HERE), actor)
    return world.rows.get(Conversation, HERE) is None


def test_all_of_it_goes(world: World) -> None:
    world.do(AssignConversation(conversation_id=HERE, assignee_id=BEN.id), ANNA)
    assert withdraw(world)
    for entity in (Message, Attachment, ReadMarker):
        assert not world.rows.query(entity, conversation_id=HERE)
    world.do(WithdrawConversation(conversation_id=HERE), ANNA)  # a second time there is nothing to do


@pytest.mark.parametrize(
    ("payload", "actor"),
    [
        (NOTE, BEN),
        (ANSWER, SYSTEM),
        (REPORT, SYSTEM),
        (MergeConversations(conversation_id=HERE, into_id=make_conversation().id), BEN),
        (MergeConversations(conversation_id=make_conversation().id, into_id=HERE), BEN),
    ],
    ids=["note", "answer", "tried", "merged", "survivor"],
)
def test_what_others_know_of_stays(world: World, payload: Record, actor: User) -> None:
    world.do(payload, actor)
    assert not withdraw(world)
    assert world.get(Message, "out").delivery is Delivery.CANCELLED


def test_what_is_held_for_the_law_stays(world: World) -> None:
    world.rows.put(replace(world.get(Conversation, HERE), tags=(LEGAL_HOLD,)))
    assert not withdraw(world)


def test_nobody_withdraws_what_waits_to_leave_or_somebody_else_began(world: World) -> None:
    assert not withdraw(world, call_back=False)
    assert not withdraw(world, BEN)
    assert beginning_of(world.rows, HERE, BEN.id) is None
    assert withdraw(world)
