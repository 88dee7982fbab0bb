"""The one write path: every action of the user becomes operations, applied here and sent later."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from agent_desktop.domain.clock import Clock
from agent_desktop.domain.errors import Rejected
from agent_desktop.domain.ids import Id, IdSource
from agent_desktop.domain.operations import kind_of
from agent_desktop.domain.operations.base import Operation
from agent_desktop.domain.records import Record
from agent_desktop.services.change_feed import ChangeFeed
from agent_desktop.store.replica import Replica


@dataclass(frozen=True, slots=True)
class Applied:
    """What was done. `undo` are the payloads that take it back; empty when nothing can."""

    operations: tuple[Operation, ...]
    undo: tuple[Record, ...]
    title: str


class Apply:
    """Applies payloads optimistically: durable in the outbox, visible in the replica, then announced."""

    def __init__(
        self, replica: Replica, feed: ChangeFeed, clock: Clock, ids: IdSource, poke: Callable[[], None]
    ) -> None:
        self._replica = replica
        self._feed = feed
        self._clock = clock
        self._ids = ids
        self._poke = poke

    def __call__(self, *payloads: Record) -> Applied:
        """Apply payloads as one group, all or none.

        Raises Rejected when a precondition fails, StoreError when the disk does; then nothing was done.
        """
        operations = self._operations(payloads, self._ids.new() if len(payloads) > 1 else None)
        performed = self._replica.perform(operations)
        self._feed.announce(performed.changes)
        self._poke()
        return Applied(tuple(operations), performed.undo or (), kind_of(payloads[0]).title)

    def undo(self, applied: Applied) -> Applied:
        """Take back what was applied, as new operations."""
        return self(*applied.undo)

    def many(self, payloads: Sequence[Record]) -> list[tuple[Record, Rejected]]:
        """Apply independent payloads in one commit; those that were not possible, with the reason."""
        changes, rejected = self._replica.perform_each(self._operations(payloads, None))
        self._feed.announce(changes)
        self._poke()
        return [(operation.payload, verdict) for operation, verdict in rejected]

    def _operations(self, payloads: Sequence[Record], group: Id | None) -> list[Operation]:
        seen = self._replica.state().cursor
        now = self._clock.now()
        return [
            Operation(id=self._ids.new(), payload=payload, created_at=now, seen=seen, group=group)
            for payload in payloads
        ]
