"""What clients read: everything after a version, or a first sync page by page, in one snapshot each."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import (
    BindParameter,
    CompoundSelect,
    Connection,
    Select,
    Table,
    bindparam,
    func,
    literal_column,
    select,
    union_all,
)

from agent_desktop.domain.clock import Clock, to_microseconds
from agent_desktop.domain.ids import Id
from agent_desktop.domain.operations import KINDS
from agent_desktop.domain.workspace import Workspace
from agent_desktop.store.core import WHOLE
from agent_desktop.store.database import statements_of
from sync.protocol.messages import PROTOCOL_VERSION, Digest, Hello, PullAnswer, ScanAnswer, TableRows
from sync.server.database import ServerDatabase
from sync.server.members import Members
from sync.server.scanning import Pin, Scanner
from sync.server.schema import ServerSchema


def _changed_in(
    statement: Select[*tuple[Any, ...]],
    table: Table,
    since: BindParameter[int],
    upto: BindParameter[int],
    scopes: BindParameter[Sequence[str]],
) -> Select[*tuple[Any, ...]]:
    c = table.c
    return statement.where(c.ver > since, c.ver <= upto, c.scope.in_(scopes))


class Feed:
    """Reads for clients. A page ends at a version boundary, for one version is one transaction.

    A page of a pull has up to `page_rows` rows, or those of one version; a page of a scan has up to `scan_rows`.
    """

    page_rows = 5_000
    scan_rows = 5_000

    def __init__(self, database: ServerDatabase, schema: ServerSchema, clock: Clock) -> None:
        self._database = database
        self._schema = schema
        self._clock = clock
        self._members = Members()
        self._scanner = Scanner(schema)
        # Built once: to build them takes longer than to run them.
        between: tuple[BindParameter[int], BindParameter[int], BindParameter[Sequence[str]]] = (
            bindparam("since"),
            bindparam("upto"),
            bindparam("scopes", expanding=True),
        )
        self._changes = {
            mapping: _changed_in(select(*mapping.fields), mapping.table, *between)
            for mapping in schema.tables.all()
        }
        self._touched: CompoundSelect[str] = union_all(
            *(
                select(literal_column(f"'{mapping.entity.table}'")).where(
                    _changed_in(select(mapping.table.c.id), mapping.table, *between).exists()
                )
                for mapping in schema.tables.all()
            )
        )
        after, most = bindparam("since", type_=WHOLE), bindparam("most", type_=WHOLE)
        # Of each table only as many as fit on a page: an index gives them in order.
        first = union_all(
            *(
                select(mapping.table.c.ver)
                .where(mapping.table.c.ver > after)
                .order_by(mapping.table.c.ver)
                .limit(most)
                .subquery()
                .select()
                for mapping in schema.tables.all()
            )
        ).subquery()
        self._versions = select(first.c.ver).order_by(first.c.ver).limit(most)
        tombstone = schema.tombstone
        self._tombstones = _changed_in(select(tombstone.c.entity, tombstone.c.id), tombstone, *between)

    def hello(self) -> Hello:
        """What this server is."""
        with self._database.read() as connection:
            head = connection.execute(select(self._schema.head)).one()
            name = connection.execute(select(self._schema.tables[Workspace].table.c.name)).scalar()
        return Hello(
            protocol=PROTOCOL_VERSION,
            epoch=head.epoch,
            head=head.version,
            time=to_microseconds(self._clock.now()),
            operations={kind.name: kind.version for kind in KINDS},
            workspace=name or "",
        )

    def pull(self, client_id: str, user_id: Id, epoch: str, since: int) -> PullAnswer:
        """All rows that this user may see and that changed after a version."""
        with self._database.snapshot() as connection:
            head = connection.execute(select(self._schema.head)).one()
            if epoch != head.epoch or since > head.version or since < head.oldest_cursor:
                return PullAnswer(
                    client_id=client_id, epoch=head.epoch, since=since, upto=since, ack=0, resync=True
                )
            scopes = self._visible(connection, user_id)
            saw = self._members.scopes_at(statements_of(connection), user_id, since)
            upto, more = self._page_end(connection, since, head.version)
            tables, removed = self._changed(connection, scopes, since, upto)
            ack = self._ack(connection, client_id, user_id, upto)
            return PullAnswer(
                client_id=client_id,
                epoch=head.epoch,
                since=since,
                upto=upto,
                ack=ack,
                acked=self._acked(connection, client_id, ack),
                more=more,
                tables=tables,
                removed=removed,
                gained=self._filled(connection, scopes - saw),
                lost=sorted(saw - scopes),
                time=to_microseconds(self._clock.now()),
            )

    def scopes(self, user_id: Id) -> frozenset[str]:
        """The scopes whose rows this user may see now."""
        with self._database.read() as connection:
            return self._visible(connection, user_id)

    def _visible(self, connection: Connection, user_id: Id) -> frozenset[str]:
        return self._members.scopes(statements_of(connection), user_id)

    def _filled(self, connection: Connection, scopes: Collection[str]) -> list[str]:
        """Those of the scopes that have rows: nobody need scan the others."""
        if not scopes:
            return []
        c = self._schema.digest.c
        statement = select(c.scope).where(c.scope.in_(scopes), c.rows > 0).distinct().order_by(c.scope)
        return list(connection.execute(statement).scalars())

    def _ack(self, connection: Connection, client_id: str, user_id: Id, upto: int) -> int:
        """The highest number of this client of which all effects have versions up to `upto`.

        Raises PermissionError for another user's client.
        """
        client, log = self._schema.client.c, self._schema.operation.c
        known = select(client.user_id, client.last_number, client.ver).where(client.client_id == client_id)
        found = connection.execute(known).first()
        if found is None:
            return 0
        if found.user_id != user_id:
            raise PermissionError("this client belongs to another user")
        # An operation that came again under another number has no entry of its own in the log.
        if found.ver <= upto:
            return int(found.last_number)
        logged = select(func.max(log.number)).where(log.client_id == client_id, log.ver <= upto)
        return connection.execute(logged).scalar() or 0

    def _acked(self, connection: Connection, client_id: str, number: int) -> Id:
        """The operation that this client has given this number; empty when it came under another one before."""
        log = self._schema.operation.c
        statement = select(log.operation_id).where(log.client_id == client_id, log.number == number)
        return str(connection.execute(statement).scalar() or "")

    def _page_end(self, connection: Connection, since: int, head: int) -> tuple[int, bool]:
        """Where a page ends that begins behind `since`: before the first version that has no room on it."""
        if head - since <= 1:
            return head, False
        most = self.page_rows + 1
        versions = list(connection.execute(self._versions, {"since": since, "most": most}).scalars())
        if len(versions) < most:
            return head, False
        if versions[-1] == versions[0]:
            return versions[0], versions[0] < head
        return versions[-1] - 1, True

    def _changed(
        self, connection: Connection, scopes: Collection[str], since: int, upto: int
    ) -> tuple[dict[str, TableRows], dict[str, list[str]]]:
        tables: dict[str, TableRows] = {}
        removed: dict[str, list[str]] = {}
        if since == upto:
            return tables, removed
        between = {"since": since, "upto": upto, "scopes": scopes}
        touched = set(connection.execute(self._touched, between).scalars())
        for mapping, statement in self._changes.items():
            if mapping.entity.table in touched:
                rows = [list(row) for row in connection.execute(statement, between)]
                tables[mapping.entity.table] = TableRows(columns=list(mapping.columns), rows=rows)
        there = {(table, row[0]) for table, rows in tables.items() for row in rows.rows}
        for table, row_id in connection.execute(self._tombstones, between):
            if (table, row_id) not in there:
                removed.setdefault(table, []).append(row_id)
        return tables, removed

    def scan(
        self, client_id: str, user_id: Id, upto: int, after: str | None, scopes: Sequence[str] = ()
    ) -> ScanAnswer:
        """The next page of a first sync, pinned to version `upto` (0: the head of now).

        Of the user's scopes only `scopes`, when there are any. Raises ValueError for a place that no scan gave.
        """
        with self._database.snapshot() as connection:
            head = connection.execute(select(self._schema.head)).one()
            pinned = upto or head.version
            visible = [scope for scope in self._visible(connection, user_id) if not scopes or scope in scopes]
            tables, following = self._scanner.page(connection, Pin(pinned, visible), after, self.scan_rows)
            c = self._schema.digest.c
            total = connection.execute(select(func.sum(c.rows)).where(c.scope.in_(visible))).scalar()
            ack = self._ack(connection, client_id, user_id, pinned)
            return ScanAnswer(
                client_id=client_id,
                epoch=head.epoch,
                upto=pinned,
                ack=ack,
                acked=self._acked(connection, client_id, ack),
                tables=tables,
                next=following,
                total=int(total or 0),
            )

    def digest(self, user_id: Id) -> Digest:
        """By table: number of rows this user may see and the sum of their versions."""
        table = self._schema.digest.c
        with self._database.snapshot() as connection:
            statement = (
                select(table.entity, func.sum(table.rows), func.sum(table.versions))
                .where(table.scope.in_(self._visible(connection, user_id)))
                .group_by(table.entity)
            )
            head = connection.execute(select(self._schema.head)).one()
            found = {row[0]: (int(row[1]), int(row[2])) for row in connection.execute(statement)}
        tables = {
            mapping.entity.table: found.get(mapping.entity.table, (0, 0))
            for mapping in self._schema.tables.all()
        }
        return Digest(epoch=head.epoch, head=head.version, tables=tables)
