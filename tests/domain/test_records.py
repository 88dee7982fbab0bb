"""The codec of records: every row and payload survives it, and nothing of another shape gets through."""

import json
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_desktop.domain.changes import Change, ChangeSet, Origin
from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.customer import Customer
from agent_desktop.domain.entities import ENTITIES, ENTITY_BY_TABLE
from agent_desktop.domain.records import from_plain, plan_of, to_plain
from agent_desktop.domain.rows import Entity
from tests.factories import make_conversation, make_customer
from tests.strategies import records

entities = pytest.mark.parametrize("entity", ENTITIES, ids=lambda entity: entity.table)


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True, kw_only=True)
class Inner:
    label: str


@dataclass(frozen=True, kw_only=True)
class Everything:
    text: str
    count: int
    share: float
    flag: bool
    colour: Colour
    at: datetime
    inner: Inner
    maybe: datetime | None = None
    words: tuple[str, ...] = ()
    inners: tuple[Inner, ...] = ()
    maybe_words: tuple[str, ...] | None = None
    colours: tuple[Colour, ...] = ()


GOOD: dict[str, Any] = {
    "text": "a",
    "count": 1,
    "share": 0.5,
    "flag": True,
    "colour": "red",
    "at": 0,
    "inner": {"label": "b"},
}


@settings(max_examples=15)
@given(st.data())
@entities
def test_rows_survive_the_codec(entity: type[Entity], data: st.DataObject) -> None:
    row = data.draw(records(entity))
    plain = to_plain(row)
    assert from_plain(entity, json.loads(json.dumps(plain))) == row
    assert all(value is None or isinstance(value, (str, int, list, dict)) for value in plain.values())


@given(records(Everything))
def test_any_record_survives_the_codec(record: Everything) -> None:
    assert from_plain(Everything, json.loads(json.dumps(to_plain(record)))) == record


@entities
def test_every_field_has_a_plan(entity: type[Entity]) -> None:
    assert [plan.name for plan in plan_of(entity)] == [field.name for field in fields(entity)]
    assert ENTITY_BY_TABLE[entity.table] is entity


def test_unknown_keys_are_ignored_and_missing_fields_take_their_defaults() -> None:
    record = from_plain(Everything, GOOD | {"from a newer version": 1})
    assert record.words == ()
    assert record.maybe is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("text", None),
        ("text", 1),
        ("text", "\0"),
        ("text", "half \ud83d"),
        ("count", True),
        ("count", 1.5),
        ("count", "1"),
        ("share", "1"),
        ("share", False),
        ("flag", 1),
        ("colour", "blue"),
        ("colour", []),
        ("at", "2026-01-01"),
        ("at", 10**30),
        ("count", 2**63),
        ("count", -(2**63) - 1),
        ("at", 1.5),
        ("inner", "b"),
        ("inner", {}),
        ("inner", {"label": None}),
        ("words", "abc"),
        ("words", {"a": 1}),
        ("words", ["a", 1]),
        ("words", ["a", None]),
        ("words", ["\0"]),
        ("inners", [1]),
        ("inners", [{}]),
        ("colours", ["blue"]),
        ("colours", [[]]),
        ("maybe", "soon"),
        ("maybe_words", [1]),
    ],
)
def test_a_value_of_the_wrong_shape_is_an_error(name: str, value: Any) -> None:
    assert from_plain(Everything, GOOD)
    with pytest.raises(ValueError, match=name):
        from_plain(Everything, GOOD | {name: value})


def test_a_missing_field_is_an_error() -> None:
    with pytest.raises(ValueError, match="text"):
        from_plain(Everything, {name: GOOD[name] for name in GOOD if name != "text"})


def test_whole_numbers_may_stand_where_fractions_can() -> None:
    assert from_plain(Everything, GOOD | {"share": 1}).share == 1


def test_times_keep_their_microseconds_in_any_zone() -> None:
    at = datetime(2026, 3, 1, 12, 30, 15, 123_457, tzinfo=UTC)
    record = from_plain(Everything, GOOD | {"at": to_plain(from_plain(Everything, GOOD))["at"]})
    assert record.at == datetime(1970, 1, 1, tzinfo=UTC)
    east = at.astimezone(timezone(timedelta(hours=9)))
    assert to_plain(make_conversation(created_at=east)) == to_plain(make_conversation(created_at=at))
    assert to_plain(make_conversation(created_at=at + timedelta(microseconds=1)))["created_at"] % 10 == 8


def test_types_without_a_plain_form_are_refused() -> None:
    @dataclass(frozen=True)
    class Odd:
        value: dict[str, str]

    @dataclass(frozen=True)
    class Either:
        value: int | str

    for record_type in (Odd, Either):
        with pytest.raises(TypeError, match="value"):
            plan_of(record_type)


def test_a_change_set_is_read_by_entity() -> None:
    conversation, customer = make_conversation(), make_customer()
    changes = ChangeSet(
        (
            Change(Conversation, conversation.id, None, conversation),
            Change(Customer, customer.id, customer, None),
        ),
        Origin.REMOTE,
    )
    assert [change.new for change in changes.of(Conversation)] == [conversation]
    assert [change.old for change in changes.of(Customer)] == [customer]
