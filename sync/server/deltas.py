"""What streams are sent: the rows of some versions, read once for everybody and told to each by the scopes they see."""

from collections import defaultdict
from collections.abc import Collection, Set
from dataclasses import dataclass

import msgspec
from sqlalchemy import BindParameter, bindparam, literal_column, select, union_all

from agent_desktop.domain.clock import Clock, to_microseconds
from agent_desktop.domain.ids import Id
from agent_desktop.domain.workspace import Channel, Team, User
from sync.protocol.messages import Poke, StreamedDelta, TableRows
from sync.server.database import ServerDatabase
from sync.server.schema import ServerSchema

MOST_ROWS = 400
"""A delta with more rows is not streamed: whoever is poked pulls it page by page."""
_MEMBERSHIP = frozenset({User.table, Team.table, Channel.table})


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """All rows of the versions in (since, upto], by scope and table. `too_many`: they were not read."""

    epoch: str
    since: int
    upto: int
    time: int
    acks: dict[str, int]
    columns: dict[str, list[str]]
    rows: dict[str, dict[str, list[list[object]]]]
    removed: dict[str, dict[str, list[Id]]]
    too_many: bool = False

    @property
    def scopes(self) -> Set[str]:
        """The scopes in which something changed."""
        return self.rows.keys() | self.removed.keys()

    @property
    def membership(self) -> bool:
        """Whether somebody may see other scopes now."""
        return self.too_many or any(_MEMBERSHIP & tables.keys() for tables in self.rows.values())

    def for_scopes(self, scopes: Collection[str]) -> StreamedDelta | Poke:
        """What somebody who sees these scopes is sent."""
        if self.too_many:
            return Poke(epoch=self.epoch, head=self.upto)
        tables: dict[str, list[list[object]]] = defaultdict(list)
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


class Deltas:
    """Reads changes for streams."""

    def __init__(self, database: ServerDatabase, schema: ServerSchema, clock: Clock) -> None:
        self._database = database
        self._schema = schema
        self._clock = clock
        since: BindParameter[int] = bindparam("since")
        upto: BindParameter[int] = bindparam("upto")
        # Built once: to build them takes longer than to run them.
        self._count = union_all(
            *(
                select(literal_column(f"'{mapping.entity.table}'").label("name"))
                .where(mapping.table.c.ver > since, mapping.table.c.ver <= upto)
                .limit(MOST_ROWS + 1)
                .subquery()
                .select()
                for mapping in schema.tables.all()
            )
        )
        self._rows = {
            mapping.entity.table: (
                list(mapping.columns),
                select(*mapping.fields).where(mapping.table.c.ver > since, mapping.table.c.ver <= upto),
            )
            for mapping in schema.tables.all()
        }
        tombstone, client = schema.tombstone.c, schema.client.c
        self._tombstones = (
            select(tombstone.entity, tombstone.id, tombstone.scope)
            .where(tombstone.ver > since, tombstone.ver <= upto)
            .limit(MOST_ROWS + 1)
        )
        self._acks = select(client.client_id, client.last_number).where(
            client.ver > since, client.ver <= upto
        )

    def head(self) -> tuple[str, int]:
        """Epoch and version of now."""
        with self._database.read() as connection:
            row = connection.execute(select(self._schema.head)).one()
        return row.epoch, int(row.version)

    def changes(self, since: int) -> Changes | None:
        """Everything after a version, in one snapshot; None when there is nothing.

        Where the database was set back, `upto` is lower than `since`.
        """
        with self._database.snapshot() as connection:
            head = connection.execute(select(self._schema.head)).one()
            if head.version == since:
                return None
            between = {"since": since, "upto": head.version}
            touched = list(connection.execute(self._count, between).scalars())
            tombstones = connection.execute(self._tombstones, between).all()
            acks = {row[0]: int(row[1]) for row in connection.execute(self._acks, between)}
            too_many = head.version < since or len(touched) + len(tombstones) > MOST_ROWS
            columns: dict[str, list[str]] = {}
            rows: dict[str, dict[str, list[list[object]]]] = {}
            removed: dict[str, dict[str, list[Id]]] = {}
            for table in () if too_many else sorted(set(touched)):
                columns[table], statement = self._rows[table]
                place = columns[table].index("scope")
                for row in connection.execute(statement, between):
                    rows.setdefault(row[place], {}).setdefault(table, []).append(list(row))
            for table, row_id, scope in () if too_many else tombstones:
                removed.setdefault(scope, {}).setdefault(table, []).append(row_id)
        return Changes(
            epoch=head.epoch,
            since=since,
            upto=int(head.version),
            time=to_microseconds(self._clock.now()),
            acks=acks,
            columns=columns,
            rows=rows,
            removed=removed,
            too_many=too_many,
        )
