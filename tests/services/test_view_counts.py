"""Counts of views are exact after every change, though only what a change may have changed is counted again."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.domain.changes import Change, ChangeSet, Origin
from agent_desktop.domain.clock import ManualClock
from agent_desktop.domain.conversation import ACTIVE, Conversation, Status
from agent_desktop.domain.view import ME, NOBODY, ConversationFilter
from agent_desktop.services.change_feed import ChangeFeed
from agent_desktop.services.inbox import ViewCount
from agent_desktop.services.view_counts import KEPT, ViewCounts
from tests.factories import ANNA, BEN, an_id, make_conversation
from tests.fakes import START

MINE = ConversationFilter(statuses=ACTIVE, assignee=ME, snoozed=False)
FREE = ConversationFilter(statuses=ACTIVE, assignee=NOBODY, snoozed=False)
LATE = ConversationFilter(statuses=(Status.OPEN,), due_within_minutes=0)
ALL = ConversationFilter()
FILTERS = (MINE, FREE, LATE, ALL)


class Inbox:
    """Conversations in memory, counted one by one; remembers what it was asked to count."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.rows: dict[str, Conversation] = {}
        self.asked: list[ConversationFilter] = []

    def matches(self, conversation: Conversation, wanted: ConversationFilter) -> bool:
        return wanted.matches(conversation, ANNA.id, self.clock.now())

    def counts(self, filters: Sequence[ConversationFilter]) -> list[ViewCount]:
        self.asked += filters
        return [self.count(wanted) for wanted in filters]

    def count(self, wanted: ConversationFilter) -> ViewCount:
        found = [row for row in self.rows.values() if self.matches(row, wanted)]
        late = [row for row in found if row.due_at is not None and row.due_at <= self.clock.now()]
        return ViewCount(len(found), len(late))


class World:
    """Counts over an inbox that changes."""

    def __init__(self) -> None:
        self.clock = ManualClock(START)
        self.inbox = Inbox(self.clock)
        self.feed = ChangeFeed()
        self.counts = ViewCounts(self.inbox, self.feed, self.clock)  # type: ignore[arg-type]  # it has what is used

    def put(self, name: str, new: Conversation | None) -> None:
        row_id = an_id(name)
        old = self.inbox.rows.get(row_id)
        if new is None:
            self.inbox.rows.pop(row_id, None)
        else:
            self.inbox.rows[row_id] = new
        if old is not None or new is not None:
            change: Change[Conversation] = Change(Conversation, row_id, old, new)
            self.feed.announce(ChangeSet((change,), Origin.REMOTE))  # type: ignore[arg-type]  # one kind of many

    def right(self) -> list[ViewCount]:
        return [self.inbox.count(wanted) for wanted in FILTERS]


@pytest.fixture
def world() -> World:
    return World()


def test_only_what_a_change_may_have_changed_is_counted_again(world: World) -> None:
    world.put("a", make_conversation(id=an_id("a"), assignee_id=ANNA.id))
    assert world.counts.of(FILTERS) == world.right()
    world.inbox.asked.clear()
    assert world.counts.of(FILTERS) == world.right()
    assert world.inbox.asked == []
    world.put("a", make_conversation(id=an_id("a"), assignee_id=None))
    assert world.counts.of(FILTERS) == world.right()
    assert set(world.inbox.asked) == {MINE, FREE}


def test_everything_is_counted_again_after_a_while_and_after_very_many_changes(world: World) -> None:
    world.put("a", make_conversation(id=an_id("a"), due_at=START + timedelta(seconds=5)))
    assert world.counts.of(FILTERS) == world.right()
    world.clock.advance(KEPT)
    assert world.counts.of(FILTERS) == world.right()
    assert world.counts.of((FREE,))[0].overdue == 1
    world.inbox.rows[an_id("b")] = make_conversation(id=an_id("b"))
    world.feed.announce(ChangeSet((), Origin.BACKFILL, bulk=True))
    assert world.counts.of(FILTERS) == world.right()


def test_what_was_counted_while_something_changed_is_not_kept(world: World) -> None:
    count = world.inbox.counts

    def count_and_change(filters: Sequence[ConversationFilter]) -> list[ViewCount]:
        counted = count(filters)
        world.inbox.counts = count  # type: ignore[method-assign]  # only the first time
        world.put("late", make_conversation(id=an_id("late")))
        return counted

    world.inbox.counts = count_and_change  # type: ignore[method-assign]  # something comes in between
    world.counts.of(FILTERS)
    assert world.counts.of(FILTERS) == world.right()


conversations = st.builds(
    lambda status, assignee, due, snoozed: {
        "status": status,
        "assignee_id": assignee,
        "due_at": None if due is None else START + timedelta(minutes=due),
        "snoozed_until": None if snoozed is None else START + timedelta(minutes=snoozed),
    },
    st.sampled_from(Status),
    st.sampled_from([None, ANNA.id, BEN.id]),
    st.none() | st.integers(-5, 5),
    st.none() | st.integers(-5, 5),
)


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.none() | conversations), max_size=20))
def test_counts_are_exact_after_any_changes(steps: list[tuple[str, dict[str, object] | None]]) -> None:
    world = World()
    for name, changes in steps:
        world.put(name, None if changes is None else make_conversation(id=an_id(name), **changes))
        assert world.counts.of(FILTERS) == world.right()
