"""SQLAlchemy Core over the same files: for making and migrating them."""

import sqlite3
from pathlib import Path
from typing import Any, cast

from sqlalchemy import BigInteger, Column, Connection, Integer, MetaData, Table, Text, create_engine
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import QueuePool

from agent_desktop.domain.entities import ENTITIES
from agent_desktop.domain.records import FieldPlan, plan_of
from agent_desktop.domain.rows import E, Entity
from agent_desktop.store.crypto import driver_of_key
from agent_desktop.store.data_key import DataKey
from agent_desktop.store.database import Durability, SqliteFile
from agent_desktop.store.mapping import EntityMapping, EntityTables

WHOLE = BigInteger().with_variant(Integer(), "sqlite")
"""A whole number of 64 bits, such as microseconds or a version."""
TEXT = Text().with_variant(Text(collation="C"), "postgresql")
"""A text that is compared byte by byte, as SQLite does."""
_COLUMN_TYPES: dict[type, Any] = {int: WHOLE, bool: WHOLE, str: TEXT, list: TEXT, dict: TEXT}


class CoreDatabase(SqliteFile[Connection]):
    """A file that statements of SQLAlchemy Core are run on."""

    errors = (DatabaseError, UnicodeDecodeError)

    def __init__(self, path: Path, durability: Durability, key: DataKey | None = None) -> None:
        super().__init__(path, durability, key)
        self._engine = create_engine(
            "sqlite://",
            creator=self._connect,
            module=driver_of_key(key),
            poolclass=QueuePool,
            pool_size=6,
            max_overflow=10,
            isolation_level="AUTOCOMMIT",
        )

    def _take(self) -> Connection:
        return self._engine.connect()

    def _give_back(self, connection: Connection) -> None:
        connection.close()

    def _driver(self, connection: Connection) -> sqlite3.Connection:
        return cast(sqlite3.Connection, connection.connection.driver_connection)

    def _close_free(self) -> None:
        self._engine.dispose()


class EntityTable(EntityMapping[E]):
    """The table of one entity as SQLAlchemy knows it."""

    def __init__(self, entity: type[E], metadata: MetaData) -> None:
        super().__init__(entity)
        self.table = Table(
            entity.table,
            metadata,
            Column("pk", WHOLE, primary_key=True),
            *(self._column(plan) for plan in plan_of(entity)),
            # A key is never used twice: the full-text index knows messages by it.
            sqlite_autoincrement=True,
        )
        self.fields = [self.table.c[name] for name in self.columns]

    @staticmethod
    def _column(plan: FieldPlan) -> Column[Any]:
        return Column(
            plan.name,
            _COLUMN_TYPES[plan.plain_type],
            nullable=plan.optional,
            unique=plan.name == "id" or None,
        )


class CoreTables(EntityTables):
    """The tables of all entities in one metadata."""

    def __init__(self, metadata: MetaData) -> None:
        super().__init__()
        self._tables: dict[type[Entity], EntityTable[Any]] = {
            entity: EntityTable(entity, metadata) for entity in ENTITIES
        }

    def __getitem__(self, entity: type[E]) -> EntityTable[E]:
        return self._tables[entity]

    def all(self) -> tuple[EntityTable[Any], ...]:
        """Every table, in the order of ENTITIES."""
        return tuple(self._tables.values())
