"""What one commit changed: the record from which every open view refreshes what it shows."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Generic, NamedTuple

from agent_desktop.domain.ids import Id
from agent_desktop.domain.rows import E, Entity


class Origin(StrEnum):
    """Where a change came from."""

    LOCAL = "local"
    REMOTE = "remote"
    BACKFILL = "backfill"


class Change(NamedTuple, Generic[E]):
    """One row before and after: `old` is None for a new row, `new` is None for a removed one."""

    entity: type[E]
    id: Id
    old: E | None
    new: E | None


class ChangeSet(NamedTuple):
    """Everything that one commit changed. `bulk` means too much to list: views reload instead."""

    changes: tuple[Change[Entity], ...] = ()
    origin: Origin = Origin.LOCAL
    bulk: bool = False

    def of(self, entity: type[E]) -> Iterator[Change[E]]:
        """The changes to rows of one entity."""
        for change in self.changes:
            if change.entity is entity:
                yield change  # type: ignore[misc]  # the test above fixes the type, which mypy cannot follow
