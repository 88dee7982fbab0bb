"""Warnings of what is due: each once, none at the start, none for what one did oneself."""

from datetime import timedelta

import pytest

from agent_desktop.domain.changes import ChangeSet
from agent_desktop.domain.conversation import Priority
from agent_desktop.domain.ids import Id
from agent_desktop.domain.operations.conversation import (
    AssignConversation,
    SetPriority,
    SnoozeConversation,
)
from tests.ui.conftest import Room
from ui.viewmodels.due_warnings import DueWarning, DueWarnings

HOURS = timedelta(hours=1)
MINUTES = timedelta(minutes=1)


class Watched:
    """The warnings of a desk, said as soon as somebody looks."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self._said: list[DueWarning] = []
        self._warnings = DueWarnings(room.context.desk, room.context.tasks, room.context.changes)
        self._warnings.warned.connect(self._said.append)

    def after(self, time: timedelta) -> list[str]:
        """What is said when this time has passed."""
        return [warning.words for warning in self.warnings_after(time)]

    def warnings_after(self, time: timedelta) -> list[DueWarning]:
        self.room.world.clock.advance(time)
        self._said.clear()
        self._warnings.look()
        return list(self._said)


@pytest.fixture
def watched(room: Room) -> Watched:
    return Watched(room)


def test_a_conversation_is_warned_of_when_it_is_due_soon_and_when_it_is_overdue(watched: Watched) -> None:
    kettle = watched.room.world.customer_writes("Amelia Novak", "Kettle")
    assert watched.after(0 * MINUTES) == []
    (soon,) = watched.warnings_after(4 * HOURS - 25 * MINUTES)
    assert soon == DueWarning("Amelia Novak: first reply due in 25 minutes (Kettle)", kettle)
    assert watched.after(5 * MINUTES) == []
    assert watched.after(21 * MINUTES) == ["Amelia Novak: first reply overdue by 1 minute (Kettle)"]
    assert watched.after(9 * HOURS) == []


def test_what_is_due_at_the_start_is_no_news(watched: Watched) -> None:
    for name in ("One", "Two", "Three"):
        watched.room.world.customer_writes(name, "Kettle")
    assert watched.after(5 * HOURS) == []
    assert watched.after(1 * MINUTES) == []


def test_several_are_one_warning(watched: Watched) -> None:
    world = watched.room.world
    watched.after(0 * MINUTES)
    for name in ("One", "Two"):
        world.customer_writes(name, "Kettle")
    world.clock.advance(1 * HOURS)
    for name in ("Three", "Four", "Five"):
        world.customer_writes(name, "Kettle")
    (warning,) = watched.warnings_after(3 * HOURS - 10 * MINUTES)
    assert warning == DueWarning("Assigned to you: 2 answers due soon", None)
    assert watched.after(1 * HOURS) == ["Assigned to you: 3 answers due soon, 2 overdue"]


def test_others_and_what_sleeps_are_not_warned_of(watched: Watched) -> None:
    world = watched.room.world
    watched.after(0 * MINUTES)
    world.customer_writes("Jonas Weber", "Nobody's", mine=False)
    asleep = world.customer_writes("Amelia Novak", "Asleep")
    world.desk.apply(SnoozeConversation(conversation_id=asleep, until=world.clock.now() + 9 * HOURS))
    assert watched.after(5 * HOURS) == []
    assert len(watched.after(5 * HOURS)) == 1


@pytest.mark.parametrize("already", [False, True])
def test_what_one_does_oneself_is_known(watched: Watched, already: bool) -> None:
    world = watched.room.world
    watched.after(0 * MINUTES)
    conversation = world.customer_writes("Amelia Novak", "Kettle", mine=already)
    assert watched.after(3 * HOURS) == []
    take: AssignConversation | SetPriority = (
        SetPriority(conversation_id=conversation, priority=Priority.URGENT)
        if already
        else AssignConversation(conversation_id=conversation, assignee_id=world.desk.user_id)
    )
    world.desk.apply(take)
    assert watched.after(45 * MINUTES) == []
    assert watched.after(20 * MINUTES) == ([] if already else [overdue(5)])


def overdue(minutes: int) -> str:
    return f"Amelia Novak: first reply overdue by {minutes} minutes (Kettle)"


def test_the_next_answer_is_warned_of_anew(watched: Watched) -> None:
    world = watched.room.world
    watched.after(0 * MINUTES)
    conversation: Id = world.customer_writes("Amelia Novak", "Kettle")
    assert len(watched.after(5 * HOURS)) == 1
    world.clock.advance(1 * MINUTES)
    world.desk.apply(SetPriority(conversation_id=conversation, priority=Priority.LOW))
    assert watched.after(1 * MINUTES) == []
    assert len(watched.after(24 * HOURS)) == 1


def test_a_large_change_is_no_flood(watched: Watched) -> None:
    watched.after(0 * MINUTES)
    for name in ("One", "Two"):
        watched.room.world.customer_writes(name, "Kettle")
    watched.room.context.changes.received.emit(ChangeSet(bulk=True))
    assert watched.after(5 * HOURS) == []
