"""Random material for laws: records of any type, and histories of operations that are valid where they stand.

`histories()` gives what one server took in order; `forks()` what two sides did apart from the same state. Both draw
from Hypothesis and shrink; `many_histories` and `many_forks` are made by seed, for breadth.
"""

import dataclasses
import random
import types
import typing
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any, TypeVar

from hypothesis import strategies as st

from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.operations import KINDS
from agent_desktop.domain.operations.conversation import CreateConversation
from agent_desktop.domain.operations.message import AddNote, ReceiveMessage, Reply
from agent_desktop.domain.workspace import ChannelKind
from tests.factories import ANNA, BEN, SYSTEM, an_id, make_channel, make_customer
from tests.fakes import DictRows
from tests.payloads import MAKERS, Choose, Draw
from tests.world import Step, World

R = TypeVar("R")
T = TypeVar("T")
EVERY_KIND: tuple[type, ...] = tuple(kind.payload for kind in KINDS)

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
moments = st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
_PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    str: texts,
    int: st.integers(-(2**63), 2**63 - 1),
    bool: st.booleans(),
    float: st.floats(allow_nan=False),
    datetime: moments,
}


def records(record_type: type[R]) -> st.SearchStrategy[R]:
    """Any values that the fields of a dataclass can have."""
    hints = typing.get_type_hints(record_type)
    fields = dataclasses.fields(record_type)  # type: ignore[arg-type]  # any dataclass
    return st.builds(record_type, **{field.name: _values(hints[field.name]) for field in fields})


def _values(hint: Any) -> st.SearchStrategy[Any]:
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        parts = typing.get_args(hint)
        return st.one_of(*(st.none() if part is type(None) else _values(part) for part in parts))
    if typing.get_origin(hint) is tuple:
        return st.lists(_values(typing.get_args(hint)[0]), max_size=3).map(tuple)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return st.sampled_from(hint)
    if dataclasses.is_dataclass(hint):
        return records(hint)  # type: ignore[arg-type]  # a type, by the way hints are written
    return _PLAIN[hint]


@dataclass(frozen=True)
class History:
    """Steps that the server took one after the other from `start`, and that led to `end`."""

    start: DictRows = field(repr=False)
    steps: tuple[Step, ...]
    end: DictRows = field(repr=False)


@dataclass(frozen=True)
class Fork:
    """What two sides did apart, each from `start` on: a server that took `theirs`, a client that waits with `ours`."""

    start: DictRows = field(repr=False)
    theirs: tuple[Step, ...]
    ours: tuple[Step, ...]


def busy_world() -> World:
    """A small workspace in which two customers wait, one answer is on its way, and two colleagues left notes."""
    world = World()
    mia = make_customer(name="Mia Roth").id
    channel = make_channel(kind=ChannelKind.CHAT).id
    second = CreateConversation(
        conversation_id=an_id("second"), customer_id=mia, channel_id=channel, subject="Delivery"
    )
    world.do(second, SYSTEM)
    for conversation in world.rows.query(Conversation):
        arrived = ReceiveMessage(
            conversation_id=conversation.id,
            message_id=world.ids.new(),
            customer_id=conversation.customer_id,
            channel_id=conversation.channel_id,
            text="Where is it?",
            sent_at=world.clock.now(),
        )
        world.do(arrived, SYSTEM)
    answer = Reply(
        conversation_id=second.conversation_id,
        message_id=world.ids.new(),
        channel_id=channel,
        text="Here.",
        seen_in=world.get(Conversation, second.conversation_id).last_in_id,
    )
    world.do(answer, ANNA)
    for author in (ANNA, BEN):
        note = AddNote(conversation_id=second.conversation_id, message_id=world.ids.new(), text="Careful")
        world.do(note, author)
    return world


def _steps(
    choose: Choose, world: World, kinds: Sequence[type], most: int, *, authoritative: bool
) -> tuple[Step, ...]:
    steps: list[Step] = []
    wanted = choose(range(most + 1))
    for _ in range(3 * wanted):  # what makes no sense, or is refused, is tried again otherwise
        if len(steps) == wanted:
            break
        world.clock.advance(timedelta(seconds=choose((0, 1, 30, 900))))
        kind = choose(kinds)
        actor = choose(world.actors(kind))
        payload = MAKERS[kind](Draw(choose, world, actor))
        if payload is None:
            continue
        step = world.step(payload, actor, skew=timedelta(minutes=choose((0, 0, 0, 0, -7, 7))))
        after = step.attempt(world.rows, authoritative=authoritative)
        if after is not None:
            world.rows = after
            steps.append(step)
    return tuple(steps)


def _history(choose: Choose, kinds: Sequence[type], most: int) -> History:
    world = busy_world()
    start = world.rows
    return History(start, _steps(choose, world, kinds, most, authoritative=True), world.rows)


def _fork(choose: Choose, kinds: Sequence[type], most: int) -> Fork:
    world = busy_world()
    _steps(choose, world, kinds, most, authoritative=True)
    server, client = world.copy("server"), world.copy("client")
    theirs = _steps(choose, server, kinds, most, authoritative=True)
    ours = _steps(choose, client, kinds, most, authoritative=False)
    return Fork(world.rows, theirs, ours)


def _choose(draw: st.DrawFn) -> Choose:
    def choose(options: Sequence[T], /) -> T:
        return draw(st.sampled_from(options))

    return choose


@st.composite
def histories(draw: st.DrawFn, kinds: Sequence[type] = EVERY_KIND, most: int = 12) -> History:
    """Operations of several users in a small workspace, each of them accepted by the server in its turn."""
    return _history(_choose(draw), kinds, most)


@st.composite
def forks(draw: st.DrawFn, kinds: Sequence[type] = EVERY_KIND, most: int = 6) -> Fork:
    """A state after some history, and what two sides did from there without knowing of each other.

    Each step is valid on its own side; on top of the other's, some are stale, held or rejected.
    """
    return _fork(_choose(draw), kinds, most)


def many_histories(count: int, kinds: Sequence[type] = EVERY_KIND, most: int = 20) -> Iterator[History]:
    """Histories by seed: they cannot shrink, but are made ten times as fast and go further."""
    return (_history(random.Random(seed).choice, kinds, most) for seed in range(count))


def many_forks(count: int, kinds: Sequence[type] = EVERY_KIND, most: int = 8) -> Iterator[Fork]:
    """Forks by seed."""
    return (_fork(random.Random(seed).choice, kinds, most) for seed in range(count))
