"""Fills a new server file with ready rows that carry their versions."""

from agent_desktop.store.bulk import Encoded
from agent_desktop.store.bulk import insert as insert_rows
from agent_desktop.store.rows import SqlRows
from sync.server.database import ANY_VERSION, ServerDatabase
from sync.server.following import DIGESTS
from sync.server.many import store_all
from sync.server.members import Members
from sync.server.schema import ServerSchema


class Seed:
    """Takes encoded rows, then seals them: the head is the highest version among them."""

    def __init__(self, database: ServerDatabase, schema: ServerSchema) -> None:
        self._database = database
        self._schema = schema

    def add(self, encoded: Encoded) -> None:
        """Insert rows."""
        with self._database.write() as connection:
            self._database.begin_version(connection, ANY_VERSION)
            insert_rows(connection, self._schema.tables, encoded)

    def seal(self) -> tuple[str, int]:
        """Compute the digests and set the head; the epoch and the head."""
        head = 0
        with self._database.write() as connection:
            for mapping in self._schema.tables.all():
                table = mapping.entity.table
                sums = connection.execute(
                    f'SELECT scope, count(*), sum(ver), max(ver) FROM "{table}" GROUP BY scope'  # noqa: S608 - names
                ).fetchall()
                head = max([head, *(highest for *_, highest in sums)])
                digests = [(scope, table, rows, int(versions)) for scope, rows, versions, _ in sums]
                store_all(connection, DIGESTS, digests)
            connection.execute("UPDATE head SET version = ?", (head,))
            members, rows = Members(), SqlRows(connection, self._schema.tables)
            members.fill(connection, rows, head)
            members.part(connection, rows, head)
            return connection.execute("SELECT epoch FROM head").fetchone()[0], head
