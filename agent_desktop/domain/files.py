"""Which files something names: rows and operations refer to their content by SHA-256."""

import dataclasses
from collections.abc import Iterator
from typing import Any

from agent_desktop.domain.message import AttachmentFile
from agent_desktop.domain.records import Record

BLOB_FIELDS = frozenset({"html_blob", "raw_blob"})
"""Fields that hold the SHA-256 of a file."""


def files_of(record: Record) -> Iterator[str]:
    """The SHA-256 of every file that a payload names, some maybe more than once."""
    if isinstance(record, AttachmentFile):
        yield record.sha256
        return
    for field in dataclasses.fields(record):
        value: Any = getattr(record, field.name)
        if field.name in BLOB_FIELDS:
            if value:
                yield value
        elif isinstance(value, tuple):
            for item in value:
                if dataclasses.is_dataclass(item):
                    yield from files_of(item)  # type: ignore[arg-type]  # an instance, as all values are
