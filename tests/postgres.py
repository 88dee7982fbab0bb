"""A private PostgreSQL for tests, in which every test has a schema of its own."""

import itertools

import psycopg

from agent_desktop.cli.bench.postgres_cluster import NotInstalled, PostgresCluster

__all__ = ["NotInstalled", "PostgresServer"]


class PostgresServer(PostgresCluster):
    """A cluster that hands out schemas."""

    def __init__(self) -> None:
        super().__init__()
        self._names = itertools.count(1)

    def new_schema(self) -> str:
        """The address of an empty schema."""
        name = f"test_{next(self._names)}"
        with psycopg.connect(self.address, autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {name}".encode())
        return f"{self.address}?options=-csearch_path%3D{name}"

    def drop(self, address: str) -> None:
        """Drop the schema of this address, which nobody uses any more."""
        name = address.rpartition("%3D")[2]
        with psycopg.connect(self.address, autocommit=True) as connection:
            connection.execute("SET client_min_messages = warning")
            connection.execute(f"DROP SCHEMA IF EXISTS {name} CASCADE".encode())
