"""One thing of a source on its way into the workspace."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from agent_desktop.domain.operations.merging import MergeConversations
from agent_desktop.domain.records import Record
from agent_desktop.services.importing.report import ItemKind

PutBlob = Callable[[bytes], str]
"""Stores content and returns its SHA-256; in a dry run it only computes it."""


@dataclass(slots=True)
class Item:
    """The operations that bring one thing in, in order, and what it counts as.

    Each operation stands on its own; the last is the thing itself. `problems` are sentences about parts of it
    that were left out. `merge` makes it part of another conversation, once that is there.
    """

    position: str
    payloads: tuple[Record, ...] = ()
    added: Counter[ItemKind] = field(default_factory=Counter)
    already_there: Counter[ItemKind] = field(default_factory=Counter)
    problems: tuple[str, ...] = ()
    size: int = 0
    merge: MergeConversations | None = None
