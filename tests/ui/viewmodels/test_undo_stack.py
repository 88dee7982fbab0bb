"""What was done last is taken back first, once."""

import pytest
from pytestqt.qtbot import QtBot

from agent_desktop.domain.conversation import Priority
from agent_desktop.domain.knowledge import MacroAction, MacroVerb
from agent_desktop.domain.operations.conversation import SetPriority
from agent_desktop.domain.operations.knowledge import SaveMacro
from agent_desktop.services.apply import Applied
from agent_desktop.services.drafts import DraftKind
from tests.ui.conftest import Room
from ui.viewmodels.undo_stack import UndoStack


@pytest.fixture
def stack(room: Room) -> UndoStack:
    return UndoStack(room.context.desk, room.context.drafts)


def test_the_last_thing_first(room: Room, stack: UndoStack, qtbot: QtBot) -> None:
    desk = room.world.desk
    conversation = room.world.customer_writes("Amelia Novak", "Kettle")

    def priority() -> Priority:
        card = desk.conversations.card(conversation)
        assert card is not None
        return card.conversation.priority

    for wanted in (Priority.HIGH, Priority.URGENT):
        assert stack.push(desk.apply(SetPriority(conversation_id=conversation, priority=wanted)))
    with qtbot.waitSignal(stack.said) as said:
        stack.undo()
    assert said.args == ["Undone: change priority", False]
    assert priority() is Priority.HIGH
    stack.undo()
    assert priority() is Priority.NORMAL
    assert not stack.can_undo
    stack.undo()
    assert priority() is Priority.NORMAL


def test_an_earlier_thing_is_taken_back_once(room: Room, stack: UndoStack) -> None:
    desk = room.world.desk
    conversation = room.world.customer_writes("Amelia Novak", "Kettle")
    applied = desk.apply(SetPriority(conversation_id=conversation, priority=Priority.LOW))
    stack.push(applied)
    stack.undo(applied)
    desk.apply(SetPriority(conversation_id=conversation, priority=Priority.HIGH))
    stack.undo(applied)
    card = desk.conversations.card(conversation)
    assert card is not None
    assert card.conversation.priority is Priority.HIGH


def test_a_text_that_a_macro_put_in_is_something_to_undo(room: Room, stack: UndoStack) -> None:
    desk, macro_id = room.world.desk, room.world.ids.new()
    conversation = room.world.customer_writes("Amelia Novak", "Kettle")
    action = MacroAction(verb=MacroVerb.REPLY, value="Hello")
    desk.apply(SaveMacro(macro_id=macro_id, name="Greet", actions=(action,)))
    applied = desk.macros.run(macro_id, [conversation])
    assert applied is not None
    assert stack.push(applied)
    stack.undo()
    assert desk.drafts.get(conversation, DraftKind.REPLY) is None


def test_what_cannot_be_undone_is_not_kept(stack: UndoStack) -> None:
    assert not stack.push(Applied(operations=(), undo=(), title="Send"))
    assert not stack.can_undo


def test_a_refused_undo_says_why(room: Room, stack: UndoStack, qtbot: QtBot) -> None:
    gone = SetPriority(conversation_id="f" * 32, priority=Priority.LOW)
    stack.push(Applied(operations=(), undo=(gone,), title="Change priority"))
    with qtbot.waitSignal(stack.said) as said:
        stack.undo()
    assert said.args == ["Not undone. It no longer exists. Your text is kept here.", True]


def test_knows_what_came_after_a_reply(room: Room, stack: UndoStack) -> None:
    desk = room.world.desk
    conversation = room.world.customer_writes("Amelia Novak", "Kettle")

    def act(wanted: Priority) -> Applied:
        return desk.apply(SetPriority(conversation_id=conversation, priority=wanted))

    assert stack.push(act(Priority.HIGH))
    assert stack.has_newer_than_reply
    stack.note_reply()
    assert not stack.has_newer_than_reply
    assert stack.push(act(Priority.URGENT))
    assert stack.has_newer_than_reply
    stack.undo()
    assert not stack.has_newer_than_reply
