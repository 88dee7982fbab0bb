"""A write transaction of the server: rows stamped with its version, and the operations it takes into the log."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from agent_desktop.domain.clock import to_microseconds
from agent_desktop.domain.ids import Id
from agent_desktop.domain.result import Verdict
from agent_desktop.domain.rows import Entity
from agent_desktop.domain.workspace import Channel, Team, User
from agent_desktop.store.mapping import EntityTables
from agent_desktop.store.rows import SqlRows

SYSTEM_ID: Id = "0" * 32
"""The actor of what the server does by itself."""


class VersionedRows(SqlRows):
    """Rows of one transaction, stamped with its version."""

    def __init__(self, connection: Connection, tables: EntityTables, version: int) -> None:
        super().__init__(connection, tables)
        self._version = version
        self.moves_members = False
        """Whether who sees what may have changed."""

    def put(self, row: Entity) -> None:
        """Insert or replace the row with this transaction's version."""
        super().put(replace(row, ver=self._version))
        if isinstance(row, (User, Team, Channel)):
            self.moves_members = True


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

    connection: Connection
    rows: VersionedRows
    version: int
    epoch: str
    time: datetime
    log: list[LogEntry] = field(default_factory=list)
    scopes: dict[Id, frozenset[str]] = field(default_factory=dict)
    """What users see, of those that were asked for."""
    maybe_sent: set[Id] = field(default_factory=set)
    """Replies that may have reached their customers before this server was restored."""
    took_numbers: bool = False
    """A client's numbers were taken without a new operation: those had their verdicts before."""

    @property
    def counts(self) -> bool:
        """Whether anything was done that takes a version."""
        return bool(self.rows.before or self.log or self.took_numbers)

    def entries(self) -> list[dict[str, Any]]:
        """The rows of the log, in the order in which the operations were judged."""
        received_at = to_microseconds(self.time)
        return [
            {
                "operation_id": entry.operation_id,
                "client_id": entry.client_id,
                "number": entry.number,
                "user_id": entry.user_id,
                "kind": entry.kind,
                "kind_version": entry.kind_version,
                "payload": entry.payload,
                "created_at": to_microseconds(entry.created_at),
                "received_at": received_at,
                "group_id": entry.group_id,
                "ver": self.version,
                "position": position,
                "verdict": entry.verdict.value,
                "reason": entry.reason,
            }
            for position, entry in enumerate(self.log)
        ]
