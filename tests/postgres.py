"""A private PostgreSQL for tests, in which every test has a schema of its own."""

import itertools

import psycopg

from agent_desktop.cli.bench.postgres_cluster import NotInstalled, PostgresCluster
from sync.server.opening import open_database
from sync.server.schema import ServerSchema

__all__ = ["NotInstalled", "PostgresServer"]

_EMPTY = """DO $$ DECLARE name text; BEGIN
    SET LOCAL session_replication_role = replica;
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = '{0}' AND tablename <> 'schema_version' LOOP
        EXECUTE format('DELETE FROM {0}.%I', name);
    END LOOP;
    PERFORM setval('{0}.' || sequencename, 1, false) FROM pg_sequences
        WHERE schemaname = '{0}' AND last_value IS NOT NULL;
END $$"""
"""No trigger and no foreign key has a say in this."""
_MADE_OF = """WITH tables AS (SELECT oid, xmin FROM pg_class WHERE relnamespace = '{0}'::regnamespace)
    SELECT (SELECT xmin::text FROM {0}.schema_version), array_agg(part ORDER BY part)
    FROM (SELECT 'table', oid::text, xmin::text FROM tables
        UNION ALL SELECT 'column', attrelid || '.' || attnum, xmin::text FROM pg_attribute
            WHERE attrelid IN (SELECT oid FROM tables)
        UNION ALL SELECT 'trigger', oid::text, xmin::text FROM pg_trigger WHERE tgrelid IN (SELECT oid FROM tables)
        UNION ALL SELECT 'constraint', oid::text, xmin::text FROM pg_constraint
            WHERE connamespace = '{0}'::regnamespace
        UNION ALL SELECT 'function', oid::text, xmin::text FROM pg_proc WHERE pronamespace = '{0}'::regnamespace
    ) AS part"""
"""Whatever is made, altered or dropped in a schema changes this; rows do not."""


class PostgresServer(PostgresCluster):
    """A cluster that hands out schemas."""

    def __init__(self) -> None:
        super().__init__()
        self._names = itertools.count(1)
        self._made_of: dict[str, object] = {}
        self._free: list[str] = []

    def new_schema(self) -> str:
        """The address of an empty schema."""
        name = f"test_{next(self._names)}"
        with psycopg.connect(self.address, autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {name}".encode())
        return f"{self.address}?options=-csearch_path%3D{name}"

    def drop(self, address: str) -> None:
        """Drop the schema of this address, which nobody uses any more."""
        name = _schema_of(address)
        with psycopg.connect(self.address, autocommit=True) as connection:
            connection.execute("SET client_min_messages = warning")
            connection.execute(f"DROP SCHEMA IF EXISTS {name} CASCADE".encode())

    def lend_tables(self) -> str:
        """The address of a schema with the server's tables and nothing in them, until `take_back`.

        Making them takes longer than most tests: another test may have had the same, and left no trace.
        """
        if self._free:
            return self._free.pop()
        address = self.new_schema()
        open_database(address, ServerSchema()).close()
        with psycopg.connect(self.address, autocommit=True) as connection:
            self._made_of[address] = _made_of(connection, address)
        return address

    def take_back(self, address: str) -> None:
        """What `lend_tables` gave, which nobody uses any more: empty it, or drop it when its tables were altered."""
        with psycopg.connect(self.address, autocommit=True) as connection:
            if _made_of(connection, address) == self._made_of[address]:
                connection.execute(_EMPTY.format(_schema_of(address)).encode())
                self._free.append(address)
                return
        self.drop(address)


def _schema_of(address: str) -> str:
    return address.rpartition("%3D")[2]


def _made_of(connection: psycopg.Connection[tuple[object, ...]], address: str) -> object:
    return connection.execute(_MADE_OF.format(_schema_of(address)).encode()).fetchone()
