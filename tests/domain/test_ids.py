"""Ids are valid UUIDs of version 7 that sort by time, and those that derive from something are always the same."""

import random
import uuid
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.domain.clock import EPOCH, ManualClock, SystemClock, from_microseconds, to_microseconds
from agent_desktop.domain.ids import TimeOrderedIds, derived_id
from tests.fakes import START, FakeIds
from tests.strategies import moments, texts

MILLISECOND = timedelta(milliseconds=1)


def milliseconds(moment: datetime) -> int:
    return (moment - EPOCH) // MILLISECOND


def check(value: str, moment: datetime) -> None:
    parsed = uuid.UUID(hex=value)
    assert parsed.hex == value
    assert parsed.version == 7
    assert parsed.variant == uuid.RFC_4122
    assert parsed.int >> 80 == milliseconds(moment)


@given(moments, st.integers(0, 2**74 - 1))
def test_ids_are_valid_and_carry_their_time(moment: datetime, bits: int) -> None:
    check(TimeOrderedIds(ManualClock(moment), lambda count: bits).new(), moment)


@given(st.lists(moments, min_size=2, max_size=8))
def test_ids_sort_by_the_time_they_were_made(times: list[datetime]) -> None:
    chance = random.Random(1)
    made = [(milliseconds(at), TimeOrderedIds(ManualClock(at), chance.getrandbits).new()) for at in times]
    by_id = sorted(made, key=lambda pair: pair[1])
    assert [at for at, _ in by_id] == sorted(at for at, _ in made)


def test_ids_of_one_moment_differ() -> None:
    ids = TimeOrderedIds(ManualClock(START))
    made = [ids.new() for _ in range(2_000)]
    assert len(set(made)) == 2_000
    assert made == sorted(made), "files that were attached together come in the order of attaching"
    assert FakeIds().new() == FakeIds().new()
    assert len({FakeIds("a").new(), FakeIds("b").new()}) == 2


@given(moments, st.lists(texts, max_size=3))
def test_derived_ids_depend_on_moment_and_parts_alone(moment: datetime, parts: list[str]) -> None:
    value = derived_id(moment, *parts)
    check(value, moment)
    assert value == derived_id(moment, *parts)
    assert value != derived_id(moment, *parts, "more")
    assert value != derived_id(moment + MILLISECOND, *parts)


def test_derived_ids_never_change_between_versions() -> None:
    """They are in databases: another rule would import everything a second time."""
    assert derived_id(EPOCH, "tag", "vip") == "0000000000007ac0abf2b6eda9803099"
    assert derived_id(START, "event", "\ud800") == derived_id(START, "event", "\ud800")


def test_a_time_before_1970_gives_a_valid_id() -> None:
    check(derived_id(EPOCH - timedelta(days=1), "old"), EPOCH)


@given(moments)
def test_microseconds_go_both_ways(moment: datetime) -> None:
    assert from_microseconds(to_microseconds(moment)) == moment
    assert from_microseconds(to_microseconds(moment)).tzinfo is UTC


@given(st.integers(-(10**15), 10**15))
def test_moments_go_both_ways(value: int) -> None:
    assert to_microseconds(from_microseconds(value)) == value


def test_the_zone_of_a_moment_does_not_matter() -> None:
    tokyo = timezone(timedelta(hours=9))
    assert to_microseconds(START.astimezone(tokyo)) == to_microseconds(START)


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(TypeError):
        to_microseconds(datetime(2026, 1, 1))  # noqa: DTZ001 - this is the point


def test_clocks() -> None:
    assert SystemClock().now().tzinfo is UTC
    clock = ManualClock(START)
    clock.advance(MILLISECOND)
    assert clock.now() == START + MILLISECOND
