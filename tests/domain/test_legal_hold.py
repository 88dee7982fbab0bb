"""What is held for the law is held and let go by those alone who decide on that, whatever else is done to it."""

import pytest

from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.errors import Reason, Rejected
from agent_desktop.domain.message import Direction, Message, MessageKind
from agent_desktop.domain.operations.conversation import ChangeTags, CreateConversation
from agent_desktop.domain.operations.importing import ImportConversation, ImportedMessage
from agent_desktop.domain.operations.merging import MergeConversations, SurvivorBefore, UnmergeConversation
from agent_desktop.domain.operations.policy import HoldConversation
from agent_desktop.domain.operations.splitting import SplitConversation
from agent_desktop.domain.policy import LEGAL_HOLD
from agent_desktop.domain.records import Record
from agent_desktop.domain.workspace import User
from tests.factories import (
    ADMIN,
    ANNA,
    SUPERVISOR,
    make_channel,
    make_conversation,
    make_customer,
    make_message,
)
from tests.fakes import START
from tests.world import World

HELD = make_conversation().id


@pytest.fixture
def world() -> World:
    """Two conversations, of which the first has two messages and is held."""
    world = World()
    first, second = make_message(), make_message(id="later", text="And now?")
    other = make_conversation(id="other", number=2)
    for row in (make_conversation(), other, first, second, make_message(id="there", conversation_id="other")):
        world.rows.put(row)
    world.do(HoldConversation(conversation_id=HELD, held=True), ADMIN)
    return world


def is_held(world: World, conversation_id: str = HELD) -> bool:
    return LEGAL_HOLD in world.get(Conversation, conversation_id).tags


def begins(*tags: str) -> CreateConversation:
    return CreateConversation(
        conversation_id="new",
        customer_id=make_customer().id,
        channel_id=make_channel().id,
        subject="New",
        tags=tags,
    )


@pytest.mark.parametrize(
    "payload",
    [
        begins("vip", f" {LEGAL_HOLD} "),
        ChangeTags(conversation_id="other", add=(LEGAL_HOLD,)),
        ChangeTags(conversation_id=HELD, remove=(LEGAL_HOLD,)),
    ],
)
def test_it_is_no_word_among_others(world: World, payload: Record) -> None:
    for user in (ANNA, ADMIN):
        with pytest.raises(Rejected) as rejected:
            world.do(payload, user)
        assert rejected.value.reason is Reason.FORBIDDEN


def test_taking_apart_lets_nothing_go(world: World) -> None:
    world.do(MergeConversations(conversation_id="other", into_id=HELD), ANNA)
    survivor = world.get(Conversation, HELD)
    before = SurvivorBefore(
        status=survivor.status,
        last_in_id=survivor.last_in_id,
        solved_at=None,
        reopened_at=None,
        snoozed_until=None,
        added_tags=(LEGAL_HOLD,),
    )
    world.do(UnmergeConversation(conversation_id="other", into_id=HELD, before=before), ANNA)
    assert world.get(Conversation, "other").merged_into is None
    assert is_held(world)


@pytest.mark.parametrize("merged_first", [False, True])
def test_a_message_that_is_taken_out_is_held_still(world: World, merged_first: bool) -> None:
    origin = HELD
    if merged_first:  # what it was merged into is held by its part
        world.do(MergeConversations(conversation_id=HELD, into_id="other"), ANNA)
        origin = "other"
    world.do(SplitConversation(conversation_id=origin, message_id="later", new_conversation_id="new"), ANNA)
    assert world.get(Message, "later").conversation_id == "new"
    assert is_held(world, "new")


def test_a_message_of_what_is_not_held_is_not(world: World) -> None:
    world.rows.put(make_message(id="more", conversation_id="other"))
    world.do(SplitConversation(conversation_id="other", message_id="more", new_conversation_id="new"), ANNA)
    assert not is_held(world, "new")


@pytest.mark.parametrize(("user", "held"), [(ADMIN, True), (SUPERVISOR, False)])
def test_who_imports_holds_what_they_may_hold(world: World, user: User, held: bool) -> None:
    message = ImportedMessage(
        id="old", direction=Direction.IN, kind=MessageKind.REPLY, created_at=START, text="Hello"
    )
    payload = ImportConversation(
        conversation_id="new",
        customer_id=make_customer().id,
        channel_id=make_channel().id,
        subject="Old",
        messages=(message,),
        tags=(LEGAL_HOLD, "vip"),
    )
    world.do(payload, user)
    assert is_held(world, "new") is held
    assert "vip" in world.get(Conversation, "new").tags
