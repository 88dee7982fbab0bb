"""What clients read: everything after a version, or a first sync page by page, in one snapshot each."""

import logging
from collections.abc import Collection, Sequence

from agent_desktop.domain.clock import Clock, to_microseconds
from agent_desktop.domain.ids import Id
from agent_desktop.domain.operations import KINDS
from agent_desktop.domain.rows import INBOX_SCOPE, PEOPLE_SCOPE
from agent_desktop.store.database import Statements
from sync.protocol.messages import PROTOCOL_VERSION, Digest, Hello, PullAnswer, ScanAnswer, TableRows
from sync.server.database import ServerDatabase
from sync.server.logs import log
from sync.server.many import AMONG, Among
from sync.server.members import Members
from sync.server.scanning import Pin, Scanner
from sync.server.schema import ServerSchema

SET_BACK = "a client has seen more than the database has, which was set back: say `workspace epoch --new`"
_BETWEEN = "ver > ? AND ver <= ?"
_HEAD = "SELECT epoch, version, oldest_cursor FROM head"
_TOMBSTONES = f"SELECT entity, id FROM tombstone WHERE {_BETWEEN} AND scope {AMONG}"  # noqa: S608 - from code
_FILLED = f'SELECT DISTINCT scope FROM scope_digest WHERE "rows" > 0 AND scope {AMONG} ORDER BY scope'  # noqa: S608 - from code
_TOTAL = f'SELECT sum("rows") FROM scope_digest WHERE scope {AMONG}'  # noqa: S608 - from code
_DIGESTS = f'SELECT entity, sum("rows"), sum(versions) FROM scope_digest WHERE scope {AMONG} GROUP BY entity'  # noqa: S608 - from code
_BEGINS_ANEW = frozenset({INBOX_SCOPE, PEOPLE_SCOPE})
"""Who begins to read all, or no longer does, begins anew: what one has then is the smaller part of what there is."""

_log = logging.getLogger("agent_desktop.server")


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
        self._set_back = ""
        """The epoch of which it was said that the database was set back."""
        # Built once: what every pull asks.
        self._changes = {
            mapping: f"{mapping.select_all_sql} WHERE {_BETWEEN} AND scope {AMONG}"
            for mapping in schema.tables.all()
        }
        tables = [mapping.entity.table for mapping in schema.tables.all()]
        self._touched = " UNION ALL ".join(
            f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM \"{table}\" WHERE {_BETWEEN})"  # noqa: S608 - names
            for table in tables
        )
        # Of each table only as many as fit on a page: an index gives them in order.
        first = " UNION ALL ".join(
            f'SELECT * FROM (SELECT ver FROM "{table}" WHERE ver > ? ORDER BY ver LIMIT ?) AS "{table}"'  # noqa: S608 - names
            for table in tables
        )
        self._versions = f"SELECT ver FROM ({first}) AS first ORDER BY ver LIMIT ?"  # noqa: S608 - from code

    def hello(self) -> Hello:
        """What this server is."""
        with self._database.read() as connection:
            epoch, version, _ = connection.execute(_HEAD).fetchone()
            named = connection.execute("SELECT name FROM workspace").fetchone()
        return Hello(
            protocol=PROTOCOL_VERSION,
            epoch=epoch,
            head=version,
            time=to_microseconds(self._clock.now()),
            operations={kind.name: kind.version for kind in KINDS},
            workspace=named[0] if named else "",
        )

    def pull(self, client_id: str, user_id: Id, epoch: str, since: int) -> PullAnswer:
        """All rows that this user may see and that changed after a version."""
        with self._database.snapshot() as connection:
            here, head, oldest_cursor = connection.execute(_HEAD).fetchone()
            if epoch != here or since > head or since < oldest_cursor:
                if epoch == here and since > head:
                    self._tell_set_back(epoch, since, head)
                return PullAnswer(
                    client_id=client_id,
                    epoch=here,
                    since=since,
                    upto=min(since, head),
                    ack=0,
                    resync=True,
                    sees=sorted(self._members.scopes(connection, user_id)),
                )
            holds = self._members.scopes(connection, user_id)
            held, kept = self._members.scopes_since(connection, user_id, since)
            if ((held - holds) | (holds - kept)) & _BEGINS_ANEW:
                return PullAnswer(
                    client_id=client_id, epoch=here, since=since, upto=since, ack=0, resync=True
                )
            upto, more = self._page_end(connection, since, head)
            if more:
                holds = self._seen_throughout(connection, user_id, holds, upto)
            scopes = self._members.visible(connection, holds)
            saw = scopes if holds == held else self._members.visible(connection, held)
            known = saw if held == kept else self._members.visible(connection, kept)
            tables, removed = self._changed(connection, scopes, since, upto)
            ack = self._ack(connection, client_id, user_id, upto)
            return PullAnswer(
                client_id=client_id,
                epoch=here,
                since=since,
                upto=upto,
                ack=ack,
                acked=self._acked(connection, client_id, ack),
                more=more,
                tables=tables,
                removed=removed,
                gained=self._filled(connection, scopes - known),
                lost=sorted(saw - scopes),
                time=to_microseconds(self._clock.now()),
            )

    def scopes(self, user_id: Id) -> frozenset[str]:
        """What this user sees now: `access.sees` tells of a row."""
        with self._database.read() as connection:
            return self._members.scopes(connection, user_id)

    def visible(self, connection: Statements, user_id: Id) -> frozenset[str]:
        """The scopes of all rows that this user may see, as this connection sees the workspace."""
        return self._members.visible(connection, self._members.scopes(connection, user_id))

    def _tell_set_back(self, epoch: str, cursor: int, head: int) -> None:
        """Say it once: what a client says of itself, again and again, must not fill the log."""
        if epoch != self._set_back:
            self._set_back = epoch
            log(_log, SET_BACK, logging.ERROR, cursor=cursor, head=head)

    def _seen_throughout(
        self, connection: Statements, user_id: Id, holds: Collection[str], version: int
    ) -> frozenset[str]:
        """What a user sees now, and saw at the version where a page ends.

        What was gained later comes with a later page, which tells of it; should it be lost before that page is asked
        for, nothing would ever tell the client to remove the rows.
        """
        return self._members.scopes_at(connection, user_id, version).intersection(holds)

    def _filled(self, connection: Statements, scopes: Collection[str]) -> list[str]:
        """Those of the scopes that have rows: nobody need scan the others."""
        if not scopes:
            return []
        return [scope for (scope,) in connection.execute(_FILLED, (Among(scopes),))]

    def _ack(self, connection: Statements, client_id: str, user_id: Id, upto: int) -> int:
        """The highest number of this client of which all effects have versions up to `upto`.

        Raises PermissionError for another user's client.
        """
        known = "SELECT user_id, last_number, ver FROM client WHERE client_id = ?"
        found = connection.execute(known, (client_id,)).fetchone()
        if found is None:
            return 0
        owner, last_number, version = found
        if owner != user_id:
            raise PermissionError("this client belongs to another user")
        # An operation that came again under another number has no entry of its own in the log.
        if version <= upto:
            return int(last_number)
        # One that came again may have a higher number than others that were done after it.
        logged = (
            "SELECT max(number) FROM operation WHERE client_id = ? AND ver <= ? AND number < coalesce("
            "(SELECT min(number) FROM operation WHERE client_id = ? AND ver > ?), number + 1)"
        )
        (number,) = connection.execute(logged, (client_id, upto, client_id, upto)).fetchone()
        return number or 0

    def _acked(self, connection: Statements, client_id: str, number: int) -> Id:
        """The operation that this client has given this number; empty when it came from another client before."""
        taken = "SELECT operation_id FROM operation WHERE client_id = ? AND number = ?"
        found = connection.execute(taken, (client_id, number)).fetchone()
        return found[0] if found else ""

    def _page_end(self, connection: Statements, since: int, head: int) -> tuple[int, bool]:
        """Where a page ends that begins behind `since`: before the first version that has no room on it."""
        if head - since <= 1:
            return head, False
        most = self.page_rows + 1
        wanted = (since, most) * len(self._changes)
        versions = [version for (version,) in connection.execute(self._versions, (*wanted, most))]
        if len(versions) < most:
            return head, False
        if versions[-1] == versions[0]:
            return versions[0], versions[0] < head
        return versions[-1] - 1, True

    def _changed(
        self, connection: Statements, scopes: Collection[str], since: int, upto: int
    ) -> tuple[dict[str, TableRows], dict[str, list[str]]]:
        tables: dict[str, TableRows] = {}
        removed: dict[str, list[str]] = {}
        if since == upto:
            return tables, removed
        between = (since, upto)
        touched = {table for (table,) in connection.execute(self._touched, between * len(self._changes))}
        visible = (*between, Among(scopes))
        for mapping, statement in self._changes.items():
            if mapping.entity.table in touched:
                rows = connection.execute(statement, visible).fetchall()
                if rows:
                    tables[mapping.entity.table] = TableRows(columns=list(mapping.columns), rows=rows)
        there = {(table, row[0]) for table, rows in tables.items() for row in rows.rows}
        for table, row_id in connection.execute(_TOMBSTONES, visible):
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
            epoch, head, _ = connection.execute(_HEAD).fetchone()
            pinned = upto or head
            holds = sees = self._members.scopes(connection, user_id)
            if pinned < head:
                holds = self._seen_throughout(connection, user_id, holds, pinned)
            seen = self._members.visible(connection, holds)
            visible = [scope for scope in seen if not scopes or scope in scopes]
            tables, following = self._scanner.page(connection, Pin(pinned, visible), after, self.scan_rows)
            (total,) = connection.execute(_TOTAL, (Among(visible),)).fetchone()
            ack = self._ack(connection, client_id, user_id, pinned)
            return ScanAnswer(
                client_id=client_id,
                epoch=epoch,
                upto=pinned,
                ack=ack,
                acked=self._acked(connection, client_id, ack),
                tables=tables,
                next=following,
                count=sum(len(table.rows) for table in tables.values()),
                total=int(total or 0),
                sees=sorted(sees),
            )

    def digest(self, user_id: Id) -> Digest:
        """By table: number of rows this user may see and the sum of their versions."""
        with self._database.snapshot() as connection:
            epoch, head, _ = connection.execute(_HEAD).fetchone()
            sums = connection.execute(_DIGESTS, (Among(self.visible(connection, user_id)),))
            found = {table: (int(rows), int(versions)) for table, rows, versions in sums}
        tables = {
            mapping.entity.table: found.get(mapping.entity.table, (0, 0))
            for mapping in self._schema.tables.all()
        }
        return Digest(epoch=epoch, head=head, tables=tables)
