"""What streams are sent: the rows of some versions, read once for everybody and told to each by the scopes they see."""

from collections import defaultdict
from collections.abc import Collection, Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

import msgspec

from agent_desktop.domain.access import sees
from agent_desktop.domain.clock import Clock, to_microseconds
from agent_desktop.domain.ids import Id
from agent_desktop.domain.scopes import SIGHT_TABLES
from sync.protocol.messages import Poke, StreamedDelta, TableRows
from sync.server.database import ServerDatabase
from sync.server.schema import ServerSchema

MOST_ROWS = 400
"""A delta with more rows is not streamed: whoever is poked pulls it page by page."""
_BETWEEN = "ver > ? AND ver <= ?"
_HEAD = "SELECT epoch, version, oldest_cursor FROM head"
_TOMBSTONES = f"SELECT entity, id, scope FROM tombstone WHERE {_BETWEEN} LIMIT {MOST_ROWS + 1}"  # noqa: S608 - from code
_ACKS = f"SELECT client_id, last_number FROM client WHERE {_BETWEEN}"  # noqa: S608 - from code


@dataclass(frozen=True, kw_only=True)
class Changes:
    """All rows of the versions in (since, upto], by scope and table. `too_many`: they were not read."""

    epoch: str
    since: int
    upto: int
    time: int
    acks: dict[str, int]
    columns: dict[str, list[str]]
    rows: dict[str, dict[str, list[Sequence[object]]]]
    removed: dict[str, dict[str, list[Id]]]
    too_many: bool = False

    @property
    def scopes(self) -> Set[str]:
        """The scopes in which something changed."""
        return self.rows.keys() | self.removed.keys()

    @property
    def membership(self) -> bool:
        """Whether somebody may see other scopes now."""
        touched = chain(*self.rows.values(), *self.removed.values())
        return self.too_many or not SIGHT_TABLES.isdisjoint(touched)

    def seen_by(self, held: Set[str]) -> frozenset[str]:
        """Those of the scopes that somebody sees who sees `held`."""
        plain, joined = self._parted
        return frozenset(held & plain).union(scope for scope in joined if sees(held, scope))

    @cached_property
    def _parted(self) -> tuple[Set[str], Set[str]]:
        """Scopes that name one, and those that join several."""
        joined = {scope for scope in self.scopes if "+" in scope}
        return self.scopes - joined, joined

    def for_scopes(self, scopes: Collection[str]) -> StreamedDelta | Poke:
        """What somebody who sees these scopes is sent.

        Where scopes came or went only a pull from before tells what came and went with them. So nobody's cursor is
        moved past that by a delta, whichever scopes they see already.
        """
        if self.membership:
            return Poke(epoch=self.epoch, head=self.upto)
        tables: dict[str, list[Sequence[object]]] = defaultdict(list)
        removed: dict[str, list[Id]] = defaultdict(list)
        for scope in sorted(scopes):
            for table, rows in self.rows.get(scope, {}).items():
                tables[table] += rows
        there = {
            (table, row[self.columns[table].index("id")]) for table, rows in tables.items() for row in rows
        }
        for scope in sorted(scopes):
            for table, ids in self.removed.get(scope, {}).items():
                gone = [row_id for row_id in ids if (table, row_id) not in there]
                if gone:
                    removed[table] += gone
        return StreamedDelta(
            epoch=self.epoch,
            since=self.since,
            upto=self.upto,
            acks=self.acks,
            tables={
                table: TableRows(columns=self.columns[table], rows=rows) for table, rows in tables.items()
            },
            removed=removed,
            time=self.time,
        )


def encoded(message: StreamedDelta | Poke) -> bytes:
    """A delta or a poke as a server-sent event."""
    if isinstance(message, Poke):
        return event("poke", msgspec.json.encode(message))
    return event("delta", msgspec.json.encode(message), message.upto)


def event(name: str, data: bytes, number: int | None = None) -> bytes:
    """A server-sent event of one line of data: JSON has no line ends of its own."""
    numbered = b"" if number is None else b"id: %d\n" % number
    return b"event: %s\n%sdata: %s\n\n" % (name.encode(), numbered, data)


def _touched_in(table: str) -> str:
    return f"SELECT '{table}' FROM \"{table}\" WHERE {_BETWEEN} LIMIT {MOST_ROWS + 1}"  # noqa: S608 - names


class Deltas:
    """Reads changes for streams."""

    def __init__(self, database: ServerDatabase, schema: ServerSchema, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        # Built once, for all streams.
        tables = [mapping.entity.table for mapping in schema.tables.all()]
        self._count = len(tables)
        self._touched = " UNION ALL ".join(
            f"SELECT * FROM ({_touched_in(table)}) AS touched"  # noqa: S608 - names
            for table in tables
        )
        self._rows = {
            mapping.entity.table: (list(mapping.columns), f"{mapping.select_all_sql} WHERE {_BETWEEN}")
            for mapping in schema.tables.all()
        }

    def head(self) -> tuple[str, int]:
        """Epoch and version of now."""
        with self._database.read() as connection:
            epoch, version, _ = connection.execute(_HEAD).fetchone()
        return epoch, version

    def changes(self, since: int) -> Changes | None:
        """Everything after a version, in one snapshot; None when there is nothing.

        Where the database was set back, `upto` is lower than `since`.
        """
        with self._database.snapshot() as connection:
            epoch, upto, oldest_cursor = connection.execute(_HEAD).fetchone()
            if upto == since:
                return None
            between = (since, upto)
            touched = [table for (table,) in connection.execute(self._touched, between * self._count)]
            tombstones = connection.execute(_TOMBSTONES, between).fetchall()
            acks = dict(connection.execute(_ACKS, between).fetchall())
            # Who has slept for so long that tombstones were forgotten cannot tell what was removed.
            unknown = upto < since or since < oldest_cursor
            too_many = unknown or len(touched) + len(tombstones) > MOST_ROWS
            columns: dict[str, list[str]] = {}
            rows: dict[str, dict[str, list[Sequence[object]]]] = {}
            removed: dict[str, dict[str, list[Id]]] = {}
            for table in () if too_many else sorted(set(touched)):
                columns[table], statement = self._rows[table]
                place = columns[table].index("scope")
                for row in connection.execute(statement, between):
                    rows.setdefault(row[place], {}).setdefault(table, []).append(row)
            for table, row_id, scope in () if too_many else tombstones:
                removed.setdefault(scope, {}).setdefault(table, []).append(row_id)
        return Changes(
            epoch=epoch,
            since=since,
            upto=upto,
            time=to_microseconds(self._clock.now()),
            acks=acks,
            columns=columns,
            rows=rows,
            removed=removed,
            too_many=too_many,
        )
