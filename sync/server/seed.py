"""Fills a new server file with ready rows, as version 1 of its workspace."""

from sqlalchemy import func, insert, select, update

from agent_desktop.store.bulk import Encoded
from agent_desktop.store.bulk import insert as insert_rows
from agent_desktop.store.database import Database
from sync.server.schema import ServerSchema

SEED_VERSION = 1
"""The version that all seeded rows must carry."""


class Seed:
    """Takes encoded rows, then seals them as the first version."""

    def __init__(self, database: Database, schema: ServerSchema) -> None:
        self._database = database
        self._schema = schema

    def add(self, encoded: Encoded) -> None:
        """Insert rows."""
        with self._database.write() as connection:
            insert_rows(connection, self._schema.tables, encoded)

    def seal(self) -> str:
        """Compute the digests and set the head; the epoch."""
        digest = self._schema.digest
        with self._database.write() as connection:
            for mapping in self._schema.tables.all():
                c = mapping.table.c
                sums = select(c.scope, func.count(), func.sum(c.ver)).group_by(c.scope)
                for scope, rows, versions in connection.execute(sums).all():
                    connection.execute(
                        insert(digest).values(
                            scope=scope, entity=mapping.entity.table, rows=rows, versions=versions
                        )
                    )
            connection.execute(update(self._schema.head).values(version=SEED_VERSION))
            return str(connection.execute(select(self._schema.head.c.epoch)).scalar())
