"""A write transaction of the server: rows stamped with its version, and the operations it takes into the log."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from agent_desktop.domain.clock import to_microseconds
from agent_desktop.domain.ids import Id
from agent_desktop.domain.result import Verdict
from agent_desktop.domain.scopes import narrow_places
from agent_desktop.store.database import Statements
from sync.server.many import Target
from sync.server.rows import VersionedRows


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEntry:
    """An operation with its verdict. `created_at` is the time it was judged by."""

    operation_id: Id
    client_id: str
    number: int | None
    user_id: Id
    kind: str
    kind_version: int
    payload: str
    created_at: datetime
    group_id: Id | None = None
    verdict: Verdict = Verdict.OK
    reason: str | None = None


@dataclass(slots=True)
class Transaction:
    """What a write transaction works with. `time` is the server's."""

    connection: Statements
    rows: VersionedRows
    version: int
    epoch: str
    time: datetime
    log: list[LogEntry] = field(default_factory=list)
    scopes: dict[Id, frozenset[str]] = field(default_factory=dict)
    """What users see, of those that were asked for."""
    narrow: Collection[str] = frozenset()
    """The places of people who may not read all, as they were before this transaction."""
    maybe_sent: set[Id] = field(default_factory=set)
    """Replies that may have reached their customers before this server was restored."""
    took_numbers: bool = False
    """A client's numbers were taken without a new operation: those had their verdicts before."""

    @property
    def counts(self) -> bool:
        """Whether anything was done that takes a version."""
        return bool(self.rows.touched or self.log or self.took_numbers)

    def narrow_now(self) -> Collection[str]:
        """The places of people who may not read all, as the operations until now have left them."""
        return narrow_places(self.rows) if self.rows.moves_members else self.narrow

    def entries(self) -> list[tuple[str | int | None, ...]]:
        """The rows of the log, in the order in which the operations were judged."""
        received_at = to_microseconds(self.time)
        return [
            (
                entry.operation_id,
                entry.client_id,
                entry.number,
                entry.user_id,
                entry.kind,
                entry.kind_version,
                entry.payload,
                to_microseconds(entry.created_at),
                received_at,
                entry.group_id,
                self.version,
                position,
                entry.verdict.value,
                entry.reason,
            )
            for position, entry in enumerate(self.log)
        ]


LOG = Target(
    "operation",
    (
        "operation_id",
        "client_id",
        "number",
        "user_id",
        "kind",
        "kind_version",
        "payload",
        "created_at",
        "received_at",
        "group_id",
        "ver",
        "position",
        "verdict",
        "reason",
    ),
)
"""What `Transaction.entries` are written to."""
