"""The one write path: every action of the user becomes operations, applied here and sent later."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from agent_desktop.domain.changes import ChangeSet
from agent_desktop.domain.clock import Clock
from agent_desktop.domain.errors import InputError, Rejected, StoreError
from agent_desktop.domain.ids import Id, IdSource
from agent_desktop.domain.operations import encode_payload, kind_of
from agent_desktop.domain.operations.base import Operation
from agent_desktop.domain.operations.together import LARGEST_TOGETHER, MOST_TOGETHER
from agent_desktop.domain.records import Record, storable
from agent_desktop.services.change_feed import ChangeFeed
from agent_desktop.services.drafts import PutIn
from agent_desktop.store.outbox import Beside
from agent_desktop.store.replica import Replica

_log = logging.getLogger("agent_desktop.services")


@dataclass(frozen=True, slots=True)
class Applied:
    """What was done. `undo` are the payloads that take it back, and `put_in` the texts that are to be taken out of
    drafts for it; both are empty when nothing can.
    """

    operations: tuple[Operation, ...]
    undo: tuple[Record, ...]
    title: str
    put_in: tuple[PutIn, ...] = ()


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

    def __call__(self, *payloads: Record, beside: Beside | None = None) -> Applied:
        """Apply payloads as one group, all or none, with what else is to be written to `work.db`.

        Raises Rejected when a precondition fails, StoreError when the disk does; then nothing was done.
        """
        return self._perform(
            self._operations(payloads, self._ids.new() if len(payloads) > 1 else None), beside
        )

    def together(
        self, sets: Sequence[Sequence[Record]], then: Sequence[Record] = (), beside: Beside | None = None
    ) -> Applied:
        """Apply sets of payloads, each of which the server will take as a whole or refuse as a whole. What is to be
        done `then` is judged by itself. `beside` is what else is to be written to `work.db`.

        Raises InputError for a set that is too large for that, else as `__call__`; then nothing was done.
        """
        operations: list[Operation] = []
        for payloads in sets:
            _check_size(payloads)
            group = self._ids.new()
            operations += [replace(made, together=True) for made in self._operations(payloads, group)]
        return self._perform([*operations, *self._operations(then, operations[-1].group)], beside)

    def _perform(self, operations: Sequence[Operation], beside: Beside | None) -> Applied:
        with self._replica.turn:
            performed = self._replica.perform(operations, beside)
            self._tell(performed.changes)
        return Applied(tuple(operations), performed.undo or (), kind_of(operations[0].payload).title)

    def undo(self, applied: Applied) -> Applied:
        """Take back what was applied, as new operations."""
        return self(*applied.undo)

    def many(self, payloads: Sequence[Record]) -> list[tuple[Record, Rejected]]:
        """Apply independent payloads in one commit; those that were not possible, with the reason."""
        with self._replica.turn:
            changes, rejected = self._replica.perform_each(self._operations(payloads, None))
            self._tell(changes)
        return [(operation.payload, verdict) for operation, verdict in rejected]

    def _tell(self, changes: ChangeSet) -> None:
        """Announce what stands. A disk that fails now must not make it look as if nothing had been done."""
        try:
            self._feed.announce(changes)
            self._poke()
        except StoreError as error:
            _log.warning("applied, but not announced: %s", error.detail)

    def _operations(self, payloads: Sequence[Record], group: Id | None) -> list[Operation]:
        seen = self._replica.state().cursor
        now = self._clock.now()
        return [
            Operation(id=self._ids.new(), payload=storable(payload), created_at=now, seen=seen, group=group)
            for payload in payloads
        ]


def _check_size(payloads: Sequence[Record]) -> None:
    """What goes together reaches the server in one piece, so there is a limit to it."""
    if len(payloads) > MOST_TOGETHER:
        raise InputError(
            f"These are {len(payloads):,} changes, and at most {MOST_TOGETHER} can be made as one."
            " Nothing was changed; make them in several steps."
        )
    if sum(len(encode_payload(storable(payload)).encode()) for payload in payloads) > LARGEST_TOGETHER:
        raise InputError(
            "There is too much text in these changes for making them as one. Nothing was changed; make them in"
            " several steps."
        )
