"""Writes the audit log and reads it: append-only, each entry chained to the one before it.

An entry is written in the transaction that does what it tells of, and every writing transaction of a workspace waits
for the one before it, so that the entries are in the order in which things were done.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from agent_desktop.domain.audit import (
    AuditAction,
    AuditEntry,
    AuditHead,
    Detail,
    canonical,
    chained,
)
from agent_desktop.domain.clock import from_microseconds, to_microseconds
from agent_desktop.domain.ids import Id
from agent_desktop.store.database import Statements
from sync.server.many import AMONG, Among

_COLUMNS = ", ".join(field.name for field in fields(AuditEntry))
_ADD = f"INSERT INTO audit ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608 - names from code
_HEAD = "SELECT count, hash FROM audit_head"
_SET_HEAD = (
    'INSERT INTO audit_head ("only", count, hash) VALUES (1, ?, ?)'
    ' ON CONFLICT ("only") DO UPDATE SET count = excluded.count, hash = excluded.hash'
)
_ALL = f"SELECT {_COLUMNS} FROM audit WHERE number > ? ORDER BY number LIMIT ?"  # noqa: S608 - names from code
_CHUNK = 2_000
LONGEST_PAGE = 500
_MOST_WRONG = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """Which entries are wanted: of these actions, this actor, about this row, in this time. Empty or None: all."""

    actions: tuple[AuditAction, ...] = ()
    actor_id: Id | None = None
    about: Id | None = None
    since: datetime | None = None
    until: datetime | None = None


class AuditLog:
    """The log of one workspace. All methods work on a connection that the caller has open."""

    def record(
        self,
        connection: Statements,
        at: datetime,
        actor_id: Id,
        device_id: Id | None,
        action: AuditAction,
        about: Id | None = None,
        details: Mapping[str, Detail] | None = None,
    ) -> AuditEntry:
        """Add an entry in the caller's writing transaction. `details` must hold no text of customers."""
        last = _head(connection)
        facts = (
            last.count + 1,
            to_microseconds(at),
            actor_id,
            device_id,
            action.value,
            about,
            canonical(details or {}),
        )
        head = AuditHead(last.count + 1, chained(last.hash, facts))
        connection.execute(_ADD, (*facts, head.hash))
        connection.execute(_SET_HEAD, (head.count, head.hash))
        return _entry((*facts, head.hash))

    def head(self, connection: Statements) -> AuditHead:
        """Where the log ends."""
        return _head(connection)

    def page(
        self,
        connection: Statements,
        wanted: AuditFilter,
        before: int | None = None,
        limit: int = LONGEST_PAGE,
    ) -> list[AuditEntry]:
        """The newest entries with numbers below `before` (None: of all), newest first; at most LONGEST_PAGE."""
        conditions, values = _conditions(wanted)
        if before is not None:
            conditions.append("number < ?")
            values.append(before)
        where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
        found = connection.execute(
            f"SELECT {_COLUMNS} FROM audit {where} ORDER BY number DESC LIMIT ?",  # noqa: S608 - texts from code
            (*values, min(limit, LONGEST_PAGE)),
        )
        return [_entry(row) for row in found]

    def all(self, connection: Statements) -> Iterator[AuditEntry]:
        """Every entry, oldest first."""
        return (_entry(row) for row in _rows(connection))

    def wrong(self, connection: Statements, kept: AuditHead | None = None) -> list[str]:
        """Sentences on what was changed, removed, added or moved since it was written; none when all is well.

        `kept` is a head that was written down elsewhere: it shows that the end was cut off or all of it written anew.
        """
        found: list[str] = []
        last, kept_hash = AuditHead(), None
        for row in _rows(connection):
            number, digest = row[0], row[-1]
            if number != last.count + 1:
                found.append(f"Entries {last.count + 1:,} to {number - 1:,} of the audit log are missing.")
            if digest != chained(last.hash, row[:-1]):
                found.append(f"Entry {number:,} of the audit log is not as it was written.")
            if kept is not None and number == kept.count:
                kept_hash = digest
            last = AuditHead(number, digest)
            if len(found) >= _MOST_WRONG:
                return found
        if _head(connection) != last:
            found.append(
                "The end of the audit log is not what was noted of it: entries were cut off or added."
            )
        if kept is not None and kept.count and kept_hash != kept.hash:
            found.append(
                "The audit log does not hold the end that was written down: it was cut off or replaced."
            )
        return found


def _head(statements: Statements) -> AuditHead:
    found = statements.execute(_HEAD).fetchone()
    return AuditHead() if found is None else AuditHead(int(found[0]), found[1])


def _rows(statements: Statements) -> Iterator[Any]:
    last = -(2**63)
    while rows := statements.execute(_ALL, (last, _CHUNK)).fetchall():
        yield from rows
        last = rows[-1][0]


def _conditions(wanted: AuditFilter) -> tuple[list[str], list[Any]]:
    conditions: list[str] = []
    values: list[Any] = []
    for condition, value in (
        (f"action {AMONG}", Among(action.value for action in wanted.actions) if wanted.actions else None),
        ("actor_id = ?", wanted.actor_id),
        ("about = ?", wanted.about),
        ("at >= ?", None if wanted.since is None else to_microseconds(wanted.since)),
        ("at < ?", None if wanted.until is None else to_microseconds(wanted.until)),
    ):
        if value is not None:
            conditions.append(condition)
            values.append(value)
    return conditions, values


def _entry(row: Any) -> AuditEntry:
    number, at, actor_id, device_id, action, about, details, digest = row
    return AuditEntry(
        number=number,
        at=from_microseconds(at),
        actor_id=actor_id,
        device_id=device_id,
        action=action,
        about=about,
        details=details,
        hash=digest,
    )
