"""Operations that have nothing to do with each other give the same rows in either order."""

import re
from dataclasses import replace
from datetime import timedelta
from itertools import permutations

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from agent_desktop.domain.conversation import Conversation, Priority
from agent_desktop.domain.message import Message, MessageKind
from agent_desktop.domain.operations import KINDS
from agent_desktop.domain.operations.conversation import (
    ChangeTags,
    MarkRead,
    SetPriority,
    tag_names,
)
from agent_desktop.domain.operations.customer import Address, EditCustomer, identity_id
from agent_desktop.domain.operations.knowledge import CountCannedResponse
from agent_desktop.domain.operations.message import AddNote
from agent_desktop.domain.workspace import Workspace
from tests.factories import ANNA, BEN, make_canned_response, make_conversation, make_customer
from tests.fakes import START, DictRows
from tests.payloads import TAGS
from tests.strategies import Fork, forks, many_forks
from tests.world import Step, World

ABOUT = {kind.payload: kind.about for kind in KINDS}
CONVERSATIONS = tuple(kind.payload for kind in KINDS if kind.name.startswith(("conversation.", "message.")))


def subjects(step: Step) -> set[str | None]:
    """What the step names, as far as another step could touch it."""
    payload = step.operation.payload
    named = {ABOUT[type(payload)](payload)}
    for name in ("customer_id", "merged_id", "channel_id", "team_id", "assignee_id", "owner_id"):
        named.add(getattr(payload, name, None))
    named.add((getattr(payload, "organization", None) or "").strip().casefold() or None)
    for address in (*getattr(payload, "addresses", ()), *filter(None, [getattr(payload, "address", None)])):
        if isinstance(address, Address):
            named.add(identity_id(address.kind, address.address))
    return (named - {None}) | {step.actor_id}


def without_numbers(rows: DictRows) -> DictRows:
    left = rows.copy()
    for row in rows.query(Conversation):
        left.put(replace(row, number=0))
    for event in rows.query(Message, kind=MessageKind.EVENT.value):
        left.put(replace(event, text=re.sub(r"#\d+|a new conversation", "#", event.text)))
    for workspace in rows.query(Workspace):
        left.put(replace(workspace, next_number=0))
    return left


def run(rows: DictRows, *steps: Step) -> tuple[DictRows, set[str]]:
    done = set()
    for step in steps:
        after = step.attempt(rows)
        if after is not None:
            rows = after
            done.add(step.operation.id)
    return without_numbers(rows), done


def about(step: Step) -> str | None:
    return ABOUT[type(step.operation.payload)](step.operation.payload)


class Together:
    """Which conversations are, or may become, one: by merges and splits, before and within a fork."""

    def __init__(self, fork: Fork) -> None:
        self._roots: dict[str, str] = {}
        for row in fork.start.query(Conversation):
            for other in (row.merged_into, row.follow_up_of):
                self._link(row.id, other)
        for step in (*fork.ours, *fork.theirs):
            payload = step.operation.payload
            here = getattr(payload, "conversation_id", None)
            for name in ("into_id", "new_conversation_id", "follow_up_of", "suggested_id"):
                self._link(here, getattr(payload, name, None))
            message = fork.start.get(Message, getattr(payload, "message_id", None) or "")
            self._link(here, message.conversation_id if message else None)

    def _link(self, one: str | None, other: str | None) -> None:
        if one and other and (root := self(one)) != self(other):
            self._roots[root] = self(other)

    def __call__(self, name: str) -> str:
        """One name for all that are together."""
        while name in self._roots:
            name = self._roots[name]
        return name

    def of(self, names: set[str | None]) -> set[str]:
        return {self(name) for name in names if name}


def check_conversations(fork: Fork) -> int:
    together = Together(fork)
    taken = together.of({about(step) for step in fork.theirs})
    ours = [step for step in fork.ours if not together.of({about(step)}) & taken]
    assert run(fork.start, *ours, *fork.theirs) == run(fork.start, *fork.theirs, *ours)
    return len(ours) * len(fork.theirs)


def check_subjects(fork: Fork) -> int:
    together = Together(fork)
    taken = together.of({name for step in fork.theirs for name in subjects(step)})
    ours = [step for step in fork.ours if not together.of(subjects(step)) & taken]
    assert run(fork.start, *ours, *fork.theirs) == run(fork.start, *fork.theirs, *ours)
    return len(ours) * len(fork.theirs)


@settings(max_examples=30)
@given(forks(CONVERSATIONS))
def test_operations_on_different_conversations_commute(fork: Fork) -> None:
    check_conversations(fork)


@settings(max_examples=30)
@given(forks())
def test_operations_with_disjoint_subjects_commute(fork: Fork) -> None:
    check_subjects(fork)


def test_operations_commute_in_many_forks() -> None:
    assert sum(map(check_conversations, many_forks(420, CONVERSATIONS, most=4))) > 250
    assert sum(map(check_subjects, many_forks(250, most=4))) > 250


names = st.lists(st.sampled_from(TAGS), max_size=3).map(tuple)


@given(names, st.lists(st.tuples(names, names), min_size=2, max_size=3))
def test_tags_commute_as_sets(
    present: tuple[str, ...], changes: list[tuple[tuple[str, ...], tuple[str, ...]]]
) -> None:
    added = {name for add, _ in changes for name in tag_names(add)}
    removed = {name for _, remove in changes for name in tag_names(remove)}
    assume(not added & removed)
    world = World(DictRows(make_conversation(tags=tag_names(present))))
    steps = [
        world.step(ChangeTags(conversation_id=make_conversation().id, add=add, remove=remove), ANNA)
        for add, remove in changes
    ]
    for order in permutations(steps):
        rows, done = run(world.rows, *order)
        assert len(done) == len(steps)
        assert set(rows.query(Conversation)[0].tags) == (set(tag_names(present)) - removed) | added


@given(st.permutations(range(4)))
def test_read_markers_counters_and_edits_of_different_fields_commute(order: list[int]) -> None:
    canned, karl, here = make_canned_response(), make_customer(), make_conversation()
    world = World(DictRows(canned, karl, here))
    pairs = [
        [MarkRead(conversation_id=here.id, read_at=START + timedelta(hours=hour)) for hour in (1, 3, 2, 0)],
        [CountCannedResponse(canned_response_id=canned.id, times=times) for times in (1, 2, 3, 4)],
        [
            EditCustomer(customer_id=karl.id, tier="gold"),
            EditCustomer(customer_id=karl.id, note="Kind"),
            EditCustomer(customer_id=karl.id, name="Karl L."),
            EditCustomer(customer_id=karl.id, language="de"),
        ],
    ]
    for payloads in pairs:
        steps = [world.step(payload, ANNA) for payload in payloads]
        assert run(world.rows, *(steps[place] for place in order)) == run(world.rows, *steps)


def test_notes_and_properties_of_one_conversation_commute() -> None:
    world = World()
    here = make_conversation().id
    steps = [
        world.step(AddNote(conversation_id=here, message_id="1", text="One"), ANNA),
        world.step(AddNote(conversation_id=here, message_id="2", text="Two"), BEN),
        world.step(SetPriority(conversation_id=here, priority=Priority.HIGH), BEN),
    ]
    results = [run(world.rows, *order) for order in permutations(steps)]
    assert all(result == results[0] for result in results)
    assert len(results[0][0].query(Message)) == 3
