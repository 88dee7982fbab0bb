"""The outbox: operations that the server has not confirmed yet, durable before anything else happens."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from agent_desktop.domain.clock import from_microseconds, to_microseconds
from agent_desktop.domain.errors import Rejected
from agent_desktop.domain.ids import Id
from agent_desktop.domain.operations import decode_payload, encode_payload, kind_of
from agent_desktop.domain.operations.base import Operation
from agent_desktop.domain.operations.together import LARGEST_OPERATION
from agent_desktop.store.database import Database
from agent_desktop.store.schema import LAST_POSITION
from agent_desktop.store.settings import SettingStore

_NAME = re.compile("[!-~]{1,100}")
_LARGEST = 2**53
LEAVING = "replica.leaving"
"""The setting that says that something has left this computer, of which files and words of the indexes may be left."""
Beside: TypeAlias = Callable[[], None]
"""Something to be written to `work.db` in the same transaction, or not at all."""


@dataclass(frozen=True, slots=True)
class Pending:
    """An operation as it is stored. `number` is its place in the client's gapless count once it was sent, and `epoch`
    that of the server it was first sent to. `deaths` counts the pushes with it of which the server gave no answer.

    Times are microseconds since 1970.
    """

    position: int
    id: Id
    kind: str
    version: int
    payload: str
    created_at: int
    seen: int
    group: Id | None
    number: int | None
    epoch: str | None
    deaths: int
    together: bool

    @property
    def is_too_large(self) -> bool:
        """Whether no server takes it, as it is on the wire."""
        if len(self.payload) <= _MAYBE_LARGE:
            return False
        wire = json.dumps(self.payload, ensure_ascii=False).encode("utf-8", "surrogatepass")
        return len(wire) > LARGEST_OPERATION

    def operation(self) -> Operation | None:
        """What it is; None when this program does not know it, because a newer one has stored it."""
        try:
            payload = decode_payload(self.kind, self.version, self.payload)
        except Rejected:
            return None
        return Operation(
            id=self.id,
            payload=payload,
            created_at=from_microseconds(self.created_at),
            seen=self.seen,
            group=self.group,
            together=bool(self.together),  # SQLite has numbers alone
        )


def is_sound(row: Sequence[Any]) -> bool:
    """Whether the values of a `Pending`, in their order, can be what was stored: False in a file that is damaged."""
    position, row_id, kind, version, payload, created_at, seen, group, number, epoch, deaths, together = row
    return (
        all(isinstance(name, str) and _NAME.fullmatch(name) for name in (row_id, kind))
        and all(
            isinstance(value, int) and 0 <= value < _LARGEST
            for value in (position, version, created_at, seen, deaths)
        )
        and (number is None or (isinstance(number, int) and number > 0))
        and all(text is None or isinstance(text, str) for text in (group, epoch))
        and together in (0, 1)
        and isinstance(payload, str)
    )


_SELECT = (
    "SELECT position, operation_id, kind, version, payload, created_at, seen, group_id, number, epoch, deaths,"
    " together FROM outbox"
)
_WAITS = "(number IS NULL OR number > ?)"
_MAYBE_LARGE = LARGEST_OPERATION // 4
"""A character takes up to four bytes on the wire."""
_NAMES_FILES = """(instr(payload, '"sha256"') OR instr(payload, '_blob"'))"""
_DOUBTFUL = f"({_NAMES_FILES} OR length(payload) > {_MAYBE_LARGE})"
_LOOKED_AT = 200
"""What cannot be sent is overtaken, and so soon among the oldest."""
_APPEND = (
    "INSERT INTO outbox (operation_id, kind, version, payload, created_at, seen, group_id, together)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)


class Outbox:
    """Operations in the order in which they were made. Whether one is pending follows from the server's ack."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note_leaving(self) -> None:
        """Note in the same file that something leaves this computer, for what is left of it to be taken away."""
        SettingStore(self._database).set(LEAVING, True)

    def append(self, operations: Sequence[Operation], beside: Beside | None = None) -> int:
        """Store operations durably; the position of the last one. `beside` writes to the same file with them."""
        with self._database.write() as connection:
            position = 0
            for operation in operations:
                kind = kind_of(operation.payload)
                position = (
                    connection.execute(
                        _APPEND,
                        (
                            operation.id,
                            kind.name,
                            kind.version,
                            encode_payload(operation.payload),
                            to_microseconds(operation.created_at),
                            operation.seen,
                            operation.group,
                            operation.together,
                        ),
                    ).lastrowid
                    or 0
                )
            if beside is not None:
                beside()
        return position

    def pending(self, ack: int, limit: int = -1) -> list[Pending]:
        """What the server has not confirmed up to `ack`, in order."""
        sql = f"{_SELECT} WHERE number IS NULL OR number > ? ORDER BY position LIMIT ?"
        return self._sound(self._database.query(sql, (ack, limit)))

    def naming_files(self, ack: int, after: int, limit: int) -> list[Pending]:
        """The first of what waits behind this position, in order, that may name files."""
        sql = f"{_SELECT} WHERE {_WAITS} AND position > ? AND {_NAMES_FILES} ORDER BY position LIMIT ?"
        return self._sound(self._database.query(sql, (ack, after, limit)))

    def _sound(self, found: Sequence[Sequence[Any]]) -> list[Pending]:
        if not all(map(is_sound, found)):
            raise self._database.damaged("an operation")
        return [Pending(*row) for row in found]

    def doubtful(self, ack: int) -> list[Pending]:
        """The oldest of what waits that may be unsendable, for it names files or is large."""
        sql = f"{_SELECT} WHERE {_WAITS} AND {_DOUBTFUL} ORDER BY position LIMIT {_LOOKED_AT}"
        return [Pending(*row) for row in self._database.query(sql, (ack,))]

    def of_group(self, group: Id, ack: int) -> list[Pending]:
        """What waits of that which was done in one go."""
        sql = f"{_SELECT} WHERE {_WAITS} AND group_id = ? ORDER BY position"
        return [Pending(*row) for row in self._database.query(sql, (ack, group))]

    def is_pending(self, operation_id: Id, ack: int) -> bool:
        """Whether this operation is here, and the server has not confirmed it up to `ack`."""
        sql = f"SELECT 1 FROM outbox WHERE {_WAITS} AND operation_id = ?"  # noqa: S608 - from code
        return bool(self._database.query(sql, (ack, operation_id)))

    def known_ids(self) -> set[Id]:
        """The ids of all operations that are still noted here, confirmed or not."""
        return {row[0] for row in self._database.query("SELECT operation_id FROM outbox")}

    def last_position(self) -> int:
        """The last position that was taken, by an operation or by giving some up; 0 when none was."""
        return int(self._database.query(LAST_POSITION)[0][0])

    def count(self, ack: int) -> int:
        """How many operations the server has not confirmed up to `ack`."""
        found = self._database.query(
            "SELECT count(*) FROM outbox WHERE number IS NULL OR number > ?",
            (ack,),
        )
        return int(found[0][0])

    def numbered(self, ack: int, chosen: Sequence[Pending], now: int, epoch: str) -> list[Pending]:
        """Pending operations that go to the server of this epoch next, each with its number, which is durable before
        it goes on the wire.

        Numbers go on from `ack`, the highest that the server knows, without a gap. Those of operations that a
        restored server has forgotten, and the journal no longer holds, are given again. Operations that are not
        chosen are overtaken and get theirs later.
        """
        if [item.number for item in chosen] == list(range(ack + 1, ack + 1 + len(chosen))):
            return list(chosen)
        with self._database.write() as connection:
            connection.execute("UPDATE outbox SET number = NULL WHERE number > ?", (ack,))
            connection.executemany(
                "UPDATE outbox SET number = ?, numbered_at = ?, epoch = coalesce(epoch, ?) WHERE position = ?",
                [(number, now, epoch, item.position) for number, item in enumerate(chosen, ack + 1)],
            )
        return [
            replace(item, number=number, epoch=epoch if item.epoch is None else item.epoch)
            for number, item in enumerate(chosen, ack + 1)
        ]

    def note_set_back(self) -> None:
        """The server has forgotten some of what it did, and goes on under the same epoch: what was sent is marked as
        sent to another, so that it is told what may come a second time.
        """
        with self._database.write() as connection:
            connection.execute("UPDATE outbox SET epoch = '' WHERE number IS NOT NULL")

    def suspect(self, operation_ids: Sequence[Id]) -> None:
        """A push with these has died: nobody knows yet which of them the server does not survive, if any."""
        self._set_deaths("deaths + 1", operation_ids)

    def clear(self, operation_ids: Sequence[Id], deaths: int) -> None:
        """Leave so many deaths of these, for the server was gone when it did not run them, too."""
        self._set_deaths(str(deaths), operation_ids)

    def _set_deaths(self, deaths: str, operation_ids: Sequence[Id]) -> None:
        with self._database.write() as connection:
            connection.executemany(
                f"UPDATE outbox SET deaths = {deaths} WHERE operation_id = ?",  # noqa: S608 - from code
                [(operation_id,) for operation_id in operation_ids],
            )

    def supersede(self, kind: str, about: Mapping[str, str]) -> None:
        """Inside a transaction that appends a newer one: drop older operations of a kind that were never sent, and
        whose payloads have these fields.
        """
        fields = " AND ".join("json_extract(payload, ?) = ?" for _ in about)
        values = [part for name, value in about.items() for part in (f"$.{name}", value)]
        with self._database.write() as connection:
            connection.execute(
                "DELETE FROM outbox WHERE kind = ? AND number IS NULL"  # noqa: S608 - placeholders alone
                f" AND position < (SELECT max(position) FROM outbox) AND {fields}",
                (kind, *values),
            )

    def drop(self, operation_ids: Sequence[Id]) -> None:
        """Remove operations that their author has given up before the server judged them.

        It takes a position of its own, so that whoever has not followed yet finds out.
        """
        with self._database.write() as connection:
            connection.execute("UPDATE sqlite_sequence SET seq = seq + 1 WHERE name = 'outbox'")
            connection.executemany(
                "DELETE FROM outbox WHERE operation_id = ?",
                [(operation_id,) for operation_id in operation_ids],
            )

    def is_counted_by_another(self, after: int, number: int, operation_id: Id) -> bool:
        """Whether the server, which says that `number` was this operation, counts what others sent under our name.

        Up to `after` the numbers are known to be ours.
        """
        found = self._database.query("SELECT number FROM outbox WHERE operation_id = ?", (operation_id,))
        if found:
            return bool(found[0][0] != number)
        sent = "SELECT 1 FROM outbox WHERE number > ? AND number <= ? LIMIT 1"
        return bool(self._database.query(sent, (after, number)))

    def renumber(self) -> None:
        """Take all numbers back, for a new client id begins to count anew.

        Everything noted here is pending again. It takes a position of its own, as `drop` does.
        """
        with self._database.write() as connection:
            connection.execute("UPDATE sqlite_sequence SET seq = seq + 1 WHERE name = 'outbox'")
            connection.execute("UPDATE outbox SET number = NULL")

    def forget(self, ack: int, before: int) -> None:
        """Remove operations that are confirmed up to `ack` and were first sent before a time."""
        with self._database.write() as connection:
            connection.execute("DELETE FROM outbox WHERE number <= ? AND numbered_at < ?", (ack, before))
