"""Rows as a small SQLite file in memory: what comes in bulk goes from table to table, and no value through Python."""

import re
import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from json import dumps
from typing import Any, TypeAlias

from agent_desktop.domain.entities import ENTITY_BY_TABLE
from agent_desktop.domain.ids import Id
from agent_desktop.store.mapping import EntityTables

RowsByTable: TypeAlias = Mapping[str, tuple[Sequence[str], Sequence[Sequence[Any]]]]
"""Names of columns and rows of plain values."""

ATTACHED = "row_file"
"""What such a file is called where it is attached."""
_PLAIN_TABLE = re.compile(r'CREATE TABLE "[a-z0-9_]+" \("[a-z0-9_]+"(, "[a-z0-9_]+")*\)')


def row_file(tables: RowsByTable) -> bytes:
    """The rows as a file; of no tables there is none, but nothing."""
    if not tables:
        return b""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.execute("BEGIN")
        for table, (columns, rows) in tables.items():
            names = ", ".join(f'"{name}"' for name in columns)
            marks = ", ".join("?" * len(columns))
            connection.execute(f'CREATE TABLE "{table}" ({names})')
            connection.executemany(f'INSERT INTO "{table}" VALUES ({marks})', rows)  # noqa: S608 - names from code
        connection.execute("COMMIT")
        return connection.serialize()


def is_row_file(content: bytes) -> bool:
    """Whether it is whole, and holds plain tables alone: nothing in it can do anything."""
    try:
        with _opened(content) as connection:
            ((pages,),), ((size,),) = map(connection.execute, ("PRAGMA page_count", "PRAGMA page_size"))
            made = connection.execute("SELECT type, sql FROM sqlite_master").fetchall()
            return (
                len(content) == pages * size
                and all(kind == "table" and _PLAIN_TABLE.fullmatch(sql) for kind, sql in made)
                and connection.execute("PRAGMA quick_check(1)").fetchall() == [("ok",)]
            )
    except sqlite3.Error:
        return False


def rows_in(content: bytes) -> RowsByTable:
    """The rows of a file."""
    with _opened(content) as connection:
        return {
            table: (columns, connection.execute(f'SELECT * FROM "{table}"').fetchall())  # noqa: S608 - checked names
            for table, columns in _tables(connection, "main")
        }


def pour(connection: sqlite3.Connection, tables: EntityTables, apart: Collection[Id]) -> RowsByTable:
    """Insert or replace the rows of the attached file, but those with ids of `apart`: these are returned."""
    ids = dumps(list(apart))
    left: dict[str, tuple[Sequence[str], Sequence[Sequence[Any]]]] = {}
    for table, columns in _tables(connection, ATTACHED):
        if table not in ENTITY_BY_TABLE:
            continue
        sql, values = tables[ENTITY_BY_TABLE[table]].upsert_from(f'{ATTACHED}."{table}"', columns)
        connection.execute(sql, (*values, ids))
        if apart:
            of_them = f'SELECT * FROM {ATTACHED}."{table}" WHERE id IN (SELECT value FROM json_each(?))'  # noqa: S608 - checked names
            left[table] = columns, connection.execute(of_them, (ids,)).fetchall()
    return left


def attached_columns(connection: sqlite3.Connection) -> dict[str, list[str]]:
    """The columns of the attached file, by table."""
    return dict(_tables(connection, ATTACHED))


def ids_of(rows: RowsByTable, attached_to: sqlite3.Connection | None) -> dict[str, set[Id]]:
    """The ids of these rows, and of those in the file that is attached to a connection, by table."""
    found: dict[str, set[Id]] = {}
    for table, (columns, values) in rows.items():
        if table in ENTITY_BY_TABLE:
            place = list(columns).index("id")
            found[table] = {row[place] for row in values}
    if attached_to is not None:
        for table in ENTITY_BY_TABLE.keys() & attached_columns(attached_to):
            ids = attached_to.execute(f'SELECT id FROM {ATTACHED}."{table}"')  # noqa: S608 - checked names
            found.setdefault(table, set()).update(row_id for (row_id,) in ids)
    return found


def _tables(connection: sqlite3.Connection, schema: str) -> list[tuple[str, list[str]]]:
    """Tables with their columns."""
    names = connection.execute(f"SELECT name FROM {schema}.sqlite_master").fetchall()  # noqa: S608 - from code
    return [
        (name, [column for _, column, *_ in connection.execute(f'PRAGMA {schema}.table_info("{name}")')])
        for (name,) in names
    ]


@contextmanager
def _opened(content: bytes) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.deserialize(content)
        yield connection
