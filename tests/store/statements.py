"""What a function asks of a database: the statements with their values, and how SQLite would answer them."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock


@dataclass
class Statements:
    """Recorded queries, each with the values bound to it."""

    queries: list[tuple[str, Any]] = field(default_factory=list)

    def plans(self, path: Path) -> list[str]:
        """One line for each step of each query's plan, with the query behind it."""
        connection = sqlite3.connect(path)
        try:
            return [
                f"{row[3]}   <- {' '.join(sql.split())[:160]}"
                for sql, values in dict.fromkeys(
                    (sql, tuple(values) if isinstance(values, (list, tuple)) else ())
                    for sql, values in self.queries
                )
                for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", values)
            ]
        finally:
            connection.close()


@contextmanager
def recorded(name: str = "replica.db") -> Iterator[Statements]:
    """Connections to files of this name record what they are asked, if they are opened inside."""
    found = Statements()

    def record(sql: str, values: Any) -> None:
        if sql.lstrip().upper().startswith(("SELECT", "WITH")):
            found.queries.append((sql, values))

    class RecordingCursor(sqlite3.Cursor):
        def execute(self, sql: str, values: Any = ()) -> sqlite3.Cursor:
            record(sql, values)
            return super().execute(sql, values)

    class RecordingConnection(sqlite3.Connection):
        def cursor(self, factory: Any = None) -> Any:
            return super().cursor(factory or RecordingCursor)

        def execute(self, sql: str, values: Any = ()) -> sqlite3.Cursor:
            record(sql, values)
            return super().execute(sql, values)

    connect = sqlite3.connect

    def recording_connect(path: Any, **options: Any) -> sqlite3.Connection:
        recording = str(path).endswith(name)
        return connect(path, **options, factory=RecordingConnection if recording else sqlite3.Connection)

    with mock.patch.object(sqlite3, "connect", recording_connect):
        yield found
