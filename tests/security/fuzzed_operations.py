"""Operations of every kind with anything in their fields, as they come over the wire."""

import dataclasses
import json
import random
import types
import typing
from datetime import datetime
from enum import Enum
from typing import Any

from agent_desktop.domain.operations import KINDS
from tests.factories import ADMIN, ANNA, small_workspace
from tests.security.fuzzed_values import numbers, texts

_KNOWN = (ADMIN.id, ANNA.id, *sorted(row.id for row in small_workspace()))


def operations(chance: random.Random) -> tuple[str, int, str]:
    """The name, the version and the payload of an operation."""
    kind = chance.choice(KINDS)
    return kind.name, kind.version, json.dumps(_record(chance, kind.payload))


def _record(chance: random.Random, record: type[Any]) -> dict[str, Any]:
    hints = typing.get_type_hints(record)
    return {field.name: _value(chance, hints[field.name]) for field in dataclasses.fields(record)}


def _value(chance: random.Random, hint: Any) -> Any:
    if chance.random() < 0.02:
        return chance.choice((None, True, -1, "", [], {}, 1.5, texts(chance)))
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        (inner,) = (part for part in typing.get_args(hint) if part is not type(None))
        return None if chance.random() < 0.4 else _value(chance, inner)
    if origin is tuple:
        return [_value(chance, typing.get_args(hint)[0]) for _ in range(chance.randrange(3))]
    if isinstance(hint, type) and issubclass(hint, Enum):
        return chance.choice([member.value for member in hint])
    if dataclasses.is_dataclass(hint):
        return _record(chance, typing.cast(type[Any], hint))
    if hint is bool:
        return chance.random() < 0.5
    if hint in (int, datetime):
        return chance.choice((numbers(chance), 1_700_000_000_000_000))
    return chance.choice((*_KNOWN, *_KNOWN, texts(chance)))
