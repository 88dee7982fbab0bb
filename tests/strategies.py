"""Random material for laws: records of any type, and histories of operations that are valid where they stand.

`histories()` gives what one server took in order; `forks()` what two sides did apart from the same state.
"""

import dataclasses
import types
import typing
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any, TypeVar

from hypothesis import strategies as st

from agent_desktop.domain.operations import KINDS
from tests.fakes import DictRows
from tests.payloads import MAKERS, Draw
from tests.world import Step, World

R = TypeVar("R")
EVERY_KIND: tuple[type, ...] = tuple(kind.payload for kind in KINDS)

texts = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=30)
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


def _steps(
    draw: st.DrawFn, world: World, kinds: Sequence[type], most: int, *, authoritative: bool
) -> list[Step]:
    steps = []
    for _ in range(draw(st.integers(0, most))):
        world.clock.advance(timedelta(seconds=draw(st.integers(0, 900))))
        kind = draw(st.sampled_from(kinds))
        actor = draw(st.sampled_from(world.actors(kind)))
        payload = MAKERS[kind](Draw(draw, world, actor))
        if payload is None:
            continue
        skew = timedelta(minutes=draw(st.sampled_from((0, 0, 0, 0, -7, 7))))
        step = world.step(payload, actor, skew=skew)
        after = step.attempt(world.rows, authoritative=authoritative)
        if after is not None:
            world.rows = after
            steps.append(step)
    return steps


@st.composite
def histories(draw: st.DrawFn, kinds: Sequence[type] = EVERY_KIND, most: int = 12) -> History:
    """Operations of several users in a small workspace, each of them accepted by the server in its turn."""
    world = World()
    start = world.rows.copy()
    steps = _steps(draw, world, kinds, most, authoritative=True)
    return History(start, tuple(steps), world.rows)


@st.composite
def forks(draw: st.DrawFn, kinds: Sequence[type] = EVERY_KIND, most: int = 6) -> Fork:
    """A state after some history, and what two sides did from there without knowing of each other.

    Each step is valid on its own side; on top of the other's, some are stale, held or rejected.
    """
    world = World()
    _steps(draw, world, kinds, most, authoritative=True)
    server, client = world.copy("server"), world.copy("client")
    theirs = _steps(draw, server, kinds, most, authoritative=True)
    ours = _steps(draw, client, kinds, most, authoritative=False)
    return Fork(world.rows, tuple(theirs), tuple(ours))
