"""Which files something names: rows and operations refer to their content by SHA-256."""

import dataclasses
import json
from collections.abc import Iterator
from typing import Any

from agent_desktop.domain.message import AttachmentFile
from agent_desktop.domain.records import Record

BLOB_FIELDS = frozenset({"html_blob", "raw_blob"})
"""Fields that hold the SHA-256 of a file."""
_NAMES = BLOB_FIELDS | {"sha256"}


def files_of(record: Record) -> Iterator[str]:
    """The SHA-256 of every file that a payload names, some maybe more than once."""
    return (sha256 for sha256, _ in named_files_of(record))


def named_files_of(record: Record) -> Iterator[tuple[str, str]]:
    """The same, each with the name that people know the file by; empty where it has none."""
    if isinstance(record, AttachmentFile):
        yield record.sha256, record.name
        return
    for field in dataclasses.fields(record):
        value: Any = getattr(record, field.name)
        if field.name in BLOB_FIELDS:
            if value:
                yield value, ""
        elif isinstance(value, tuple):
            for item in value:
                if dataclasses.is_dataclass(item):
                    yield from named_files_of(item)  # type: ignore[arg-type]  # an instance, as all values are


def files_in(payload: str) -> list[str]:
    """The SHA-256 of every file that a payload names, as it is stored: also one that another program has made. One
    that is damaged names none.
    """
    if not any(f'"{name}"' in payload for name in _NAMES):
        return []
    try:
        return list(_named(json.loads(payload)))
    except ValueError:
        return []


def _named(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _named(item)
    elif isinstance(value, dict):
        for name, item in value.items():
            if name in _NAMES and isinstance(item, str) and item:
                yield item
            else:
                yield from _named(item)
