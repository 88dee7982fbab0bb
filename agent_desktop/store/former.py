"""Which rows were here before everything is fetched anew: they stay readable until they come, and what has not come in
the end goes.

They are noted by id, of which no row has another's, in the transaction that begins; each is struck out in the one that
stores it as it is now. So wherever the program stops, what is noted is what has not come. In a first sync nothing is.
"""

import sqlite3
from collections.abc import Mapping

from agent_desktop.domain.entities import ENTITY_BY_TABLE
from agent_desktop.domain.ids import Id
from agent_desktop.store.database import Statements
from agent_desktop.store.mapping import EntityTables
from agent_desktop.store.row_file import ATTACHED, RowsByTable, attached_columns


def note_all(connection: sqlite3.Connection, tables: EntityTables) -> None:
    """Note every row that is here, and those that a pending operation hides."""
    forget(connection)
    for mapping in tables.all():
        table = mapping.entity.table
        connection.execute(f'INSERT INTO former SELECT ?, id FROM "{table}" ORDER BY id', (table,))  # noqa: S608 - names
    connection.execute('INSERT OR IGNORE INTO former SELECT entity, id FROM base WHERE "row" IS NOT NULL')


def is_any(connection: Statements) -> bool:
    """Whether some have not come yet."""
    return connection.execute("SELECT 1 FROM former LIMIT 1").fetchone() is not None


def have_come(connection: sqlite3.Connection, rows: RowsByTable, *, in_a_file: bool) -> None:
    """Strike out these rows, and those of the attached file."""
    for table, (columns, values) in rows.items():
        if table in ENTITY_BY_TABLE:
            place = list(columns).index("id")
            come = ((table, row[place]) for row in values)
            connection.executemany("DELETE FROM former WHERE entity = ? AND id = ?", come)
    for table in ENTITY_BY_TABLE.keys() & attached_columns(connection) if in_a_file else ():
        ids = f'SELECT id FROM {ATTACHED}."{table}"'  # noqa: S608 - checked names
        connection.execute(f"DELETE FROM former WHERE entity = ? AND id IN ({ids})", (table,))  # noqa: S608


def left(connection: Statements) -> Mapping[str, list[Id]]:
    """The ids of those that have not come, by table."""
    found: dict[str, list[Id]] = {}
    for table, row_id in connection.execute("SELECT entity, id FROM former"):
        found.setdefault(table, []).append(row_id)
    return found


def forget(connection: sqlite3.Connection) -> None:
    """Note none any more."""
    connection.execute("DELETE FROM former")
