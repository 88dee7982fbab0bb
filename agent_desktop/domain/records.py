"""Frozen dataclasses to plain JSON values and back: one codec for rows, payloads, files and the wire.

Plain form: datetime -> microseconds since 1970, enum -> its value, tuple -> list, nested record -> dict.
"""

import dataclasses
import re
import types
import typing
from collections.abc import Callable, Mapping
from datetime import datetime
from enum import Enum
from functools import lru_cache
from typing import Any, ClassVar, NamedTuple, Protocol, TypeVar

from agent_desktop.domain.clock import from_microseconds, to_microseconds


class Record(Protocol):
    """Any dataclass instance."""

    __dataclass_fields__: ClassVar[dict[str, Any]]


RecordType = TypeVar("RecordType", bound=Record)
Convert = Callable[[Any], Any]
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


class FieldPlan(NamedTuple):
    """How one field is stored: its name, the plain type of its column, and the two conversions.

    `encode` and `decode` are None where the value is plain already.
    """

    name: str
    plain_type: type
    optional: bool
    encode: Convert | None
    decode: Convert | None


def _same(value: Any) -> Any:
    return value


def _enum_value(value: Enum) -> Any:
    return value.value


def plan_of(record_type: type) -> tuple[FieldPlan, ...]:
    """The fields of a dataclass in order, with their conversions. Raises TypeError for an unsupported type."""
    return _cached_plan(record_type)


@lru_cache(maxsize=512)
def _cached_plan(record_type: type) -> tuple[FieldPlan, ...]:
    hints = typing.get_type_hints(record_type)
    return tuple(_plan(field.name, hints[field.name]) for field in dataclasses.fields(record_type))


_LEAST, _GREATEST = -(2**63), 2**63 - 1
"""What a column of numbers holds."""


def _plan(name: str, hint: Any) -> FieldPlan:
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        inner = [argument for argument in typing.get_args(hint) if argument is not type(None)]
        if len(inner) != 1:
            raise TypeError(f"field {name}: only one type or None is supported")
        plan = _plan(name, inner[0])
        return FieldPlan(name, plan.plain_type, True, _optional(plan.encode), _optional(plan.decode))
    if typing.get_origin(hint) is tuple:
        item = _plan(name, typing.get_args(hint)[0])
        encode = item.encode or _same
        return FieldPlan(
            name,
            list,
            False,
            lambda values: [encode(value) for value in values],
            lambda values: tuple(_read(item, value) for value in values),
        )
    if hint is datetime:
        return FieldPlan(name, int, False, to_microseconds, from_microseconds)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return FieldPlan(name, str, False, _enum_value, hint)
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        record_type = hint
        return FieldPlan(name, dict, False, to_plain, lambda value: from_plain(record_type, value))
    if hint in (str, int, bool, float):
        return FieldPlan(name, hint, False, None, None)
    raise TypeError(f"field {name}: {hint} has no plain form")


def _optional(convert: Convert | None) -> Convert | None:
    if convert is None:
        return None
    inner = convert
    return lambda value: None if value is None else inner(value)


def to_plain(record: Record) -> dict[str, Any]:
    """The record as a dict of plain JSON values."""
    return {
        plan.name: value if plan.encode is None else plan.encode(value)
        for plan in plan_of(type(record))
        for value in (getattr(record, plan.name),)
    }


def from_plain(record_type: type[RecordType], plain: Mapping[str, Any]) -> RecordType:
    """The record of a dict; missing fields take their defaults, unknown keys are ignored.

    Raises ValueError when a value has the wrong type, a text or number cannot be stored, or a needed field is missing.
    """
    values: dict[str, Any] = {}
    for plan in plan_of(record_type):
        if plan.name not in plain:
            continue
        try:
            values[plan.name] = _read(plan, plain[plan.name])
        except (ValueError, OverflowError) as error:
            raise ValueError(f"{record_type.__name__}.{plan.name}: {error}") from error
    try:
        return record_type(**values)
    except TypeError as error:
        raise ValueError(f"{record_type.__name__}: {error}") from error


def _read(plan: FieldPlan, value: Any) -> Any:
    if value is None:
        if not plan.optional:
            raise ValueError("must not be null")
    elif not _fits(value, plan.plain_type):
        raise ValueError(f"must be {plan.plain_type.__name__}")
    elif isinstance(value, str):
        if "\0" in value or not _is_unicode(value):
            raise ValueError("text cannot be stored")
    elif isinstance(value, int) and not _LEAST <= value <= _GREATEST:
        raise ValueError("number cannot be stored")
    return value if plan.decode is None else plan.decode(value)


def storable(record: RecordType) -> RecordType:
    """The record with every text as it can be stored: what no file can hold, such as half a pair, becomes U+FFFD.

    For what comes from outside of the program, such as the clipboard.
    """
    plain = to_plain(record)
    cleaned = _cleaned(plain)
    return record if cleaned == plain else from_plain(type(record), cleaned)


def storable_text(text: str) -> str:
    """The text as it can be stored: what no file or database can hold becomes U+FFFD."""
    return text if "\0" not in text and _is_unicode(text) else _UNSTORABLE.sub("\ufffd", text)


def _cleaned(plain: Any) -> Any:
    if isinstance(plain, str):
        return storable_text(plain)
    if isinstance(plain, list):
        return [_cleaned(item) for item in plain]
    if isinstance(plain, dict):
        return {name: _cleaned(value) for name, value in plain.items()}
    return plain


def _is_unicode(text: str) -> bool:
    """Whether the text has no half of a surrogate pair, which neither a file nor a database can hold."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _fits(value: Any, plain_type: type) -> bool:
    if plain_type is int:
        return isinstance(value, int) and not isinstance(value, bool)
    if plain_type is float:
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return isinstance(value, plain_type)
