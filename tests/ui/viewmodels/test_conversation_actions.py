"""What is done to conversations is one write, is named, and can be taken back as one."""

from datetime import timedelta

import pytest

from agent_desktop.domain.conversation import Conversation, Priority, Status
from agent_desktop.domain.errors import Rejected
from agent_desktop.domain.ids import Id
from agent_desktop.domain.knowledge import MacroAction, MacroVerb
from agent_desktop.domain.operations.knowledge import SaveMacro
from agent_desktop.domain.policy import LEGAL_HOLD
from tests.ui.conftest import Room
from ui.viewmodels.conversation_actions import ConversationActions


@pytest.fixture
def actions(room: Room) -> ConversationActions:
    return ConversationActions(
        room.context.desk, room.context.tasks, room.context.drafts, room.navigator.notify
    )


@pytest.fixture
def two(room: Room) -> tuple[Id, Id]:
    return (
        room.world.customer_writes("Amelia Novak", "Kettle", mine=False, tags=("order",)),
        room.world.customer_writes("Jonas Weber", "Checkout", mine=False),
    )


def conversation(room: Room, conversation_id: Id) -> Conversation:
    card = room.world.desk.conversations.card(conversation_id)
    assert card is not None
    return card.conversation


def undo_last(room: Room) -> None:
    applied = room.navigator.messages[-1][1]
    assert applied is not None
    room.world.desk.apply.undo(applied)


def test_several_are_assigned_and_unassigned_as_one(
    room: Room, actions: ConversationActions, two: tuple[Id, Id]
) -> None:
    actions.assign_to_me(two)
    assert [conversation(room, row_id).assignee_id for row_id in two] == [room.world.desk.user_id] * 2
    assert room.navigator.messages[-1][0] == "Assigned to you · 2 conversations"
    undo_last(room)
    assert [conversation(room, row_id).assignee_id for row_id in two] == [None, None]


def test_a_colleague_is_named(room: Room, actions: ConversationActions, two: tuple[Id, Id]) -> None:
    ben = room.world.desk.directory.user(room.world.add_user("Ben Adeyemi"))
    actions.assign(two[:1], ben)
    assert room.navigator.messages[-1][0] == "Assigned to Ben Adeyemi"
    actions.assign(two[:1], None)
    assert room.navigator.messages[-1][0] == "Unassigned"


def test_resolving_can_be_undone(room: Room, actions: ConversationActions, two: tuple[Id, Id]) -> None:
    actions.resolve(two)
    assert [conversation(room, row_id).status for row_id in two] == [Status.SOLVED] * 2
    undo_last(room)
    assert [conversation(room, row_id).status for row_id in two] == [Status.OPEN] * 2


def test_what_the_customer_added_meanwhile_keeps_it_open(
    room: Room, actions: ConversationActions, two: tuple[Id, Id]
) -> None:
    world = room.world
    world.desk.sync.set_online(False)
    world.customer_adds(two[0], "Wait, one more thing")
    actions.resolve(two[:1])
    world.desk.sync.set_online(True)
    world.desk.sync.exchange()
    assert conversation(room, two[0]).status is Status.OPEN


def test_tags_are_added_and_removed(room: Room, actions: ConversationActions, two: tuple[Id, Id]) -> None:
    actions.change_tags(two, add=("vip",), remove=("order",))
    assert [conversation(room, row_id).tags for row_id in two] == [("vip",), ("vip",)]
    undo_last(room)
    assert [conversation(room, row_id).tags for row_id in two] == [("order",), ()]


def test_what_is_held_for_the_law_cannot_be_freed_by_tagging(
    room: Room, actions: ConversationActions, two: tuple[Id, Id]
) -> None:
    refused: list[object] = []
    room.tasks.problem.connect(refused.append)
    actions.hold(two[:1], True)
    assert LEGAL_HOLD in conversation(room, two[0]).tags
    assert room.navigator.messages[-1][0] == "Held for the law"
    actions.change_tags(two[:1], remove=(LEGAL_HOLD,))
    assert len(refused) == 1
    assert LEGAL_HOLD in conversation(room, two[0]).tags
    actions.hold(two[:1], False)
    assert LEGAL_HOLD not in conversation(room, two[0]).tags


def test_priority_status_and_snooze_have_words(
    room: Room, actions: ConversationActions, two: tuple[Id, Id]
) -> None:
    actions.set_priority(two[:1], Priority.URGENT)
    actions.set_status(two[:1], Status.PENDING)
    actions.snooze(two[:1], room.world.clock.now() + timedelta(days=10))
    actions.snooze(two[:1], None)
    actions.mark_unread(two[:1])
    said = [message for message, _ in room.navigator.messages]
    assert said[:2] == ["Priority: urgent", "Status: waiting on customer"]
    assert said[2].startswith("Snoozed until ")
    assert said[3:] == ["Woken", "Marked as unread"]


def test_a_macro_is_one_action(room: Room, actions: ConversationActions, two: tuple[Id, Id]) -> None:
    macro_id = room.world.ids.new()
    room.world.desk.apply(
        SaveMacro(
            macro_id=macro_id,
            name="Park it",
            actions=(
                MacroAction(verb=MacroVerb.SET_STATUS, value="on_hold"),
                MacroAction(verb=MacroVerb.ADD_TAG, value="parked"),
            ),
        )
    )
    actions.run_macro(two, macro_id)
    assert room.navigator.messages[-1][0] == "Park it · 2 conversations"
    assert conversation(room, two[1]).tags == ("parked",)
    undo_last(room)
    assert conversation(room, two[1]).status is Status.OPEN


def test_nothing_is_done_to_nothing(room: Room, actions: ConversationActions) -> None:
    actions.resolve(())
    actions.run_macro((), "0" * 32)
    assert room.navigator.messages == []


def test_a_refusal_reaches_the_window(room: Room, actions: ConversationActions) -> None:
    problems: list[object] = []
    room.context.tasks.problem.connect(problems.append)
    actions.set_priority(("f" * 32,), Priority.HIGH)
    assert [type(problem) for problem in problems] == [Rejected]
