"""Fills a new server file with ready rows that carry their versions."""

from sqlalchemy import func, insert, select, update

from agent_desktop.store.bulk import Encoded
from agent_desktop.store.bulk import insert as insert_rows
from agent_desktop.store.database import statements_of
from agent_desktop.store.rows import SqlRows
from sync.server.database import ANY_VERSION, ServerDatabase
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
            self._database.begin_version(statements_of(connection), ANY_VERSION)
            insert_rows(connection, self._schema.tables, encoded)

    def seal(self) -> tuple[str, int]:
        """Compute the digests and set the head; the epoch and the head."""
        head = 0
        digest = self._schema.digest
        with self._database.write() as connection:
            for mapping in self._schema.tables.all():
                c = mapping.table.c
                sums = select(c.scope, func.count(), func.sum(c.ver), func.max(c.ver)).group_by(c.scope)
                for scope, rows, versions, highest in connection.execute(sums).all():
                    head = max(head, highest)
                    connection.execute(
                        insert(digest).values(
                            scope=scope, entity=mapping.entity.table, rows=rows, versions=versions
                        )
                    )
            connection.execute(update(self._schema.head).values(version=head))
            Members().fill(statements_of(connection), SqlRows(connection, self._schema.tables), head)
            return str(connection.execute(select(self._schema.head.c.epoch)).scalar()), head
