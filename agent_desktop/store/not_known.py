"""Which columns and tables a newer server sends that this program does not know, so that a later one fetches them.

What is not known is left out when rows are stored. When the program is upgraded its migration adds the columns, with
defaults; the rows that came before would keep these until they change again. So their names are noted with the rows,
in the same transaction, and a program that knows one of them fetches all rows anew.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence

from agent_desktop.domain.entities import ENTITY_BY_TABLE
from agent_desktop.store.database import Statements
from agent_desktop.store.mapping import EntityTables

MOST = 100
"""Who sends more names than so many is believed none of them: then any program with another schema begins anew."""
_LONGEST = 63
"""PostgreSQL has no longer names of columns and tables, so no server has."""
_WHOLE = ""
"""In place of a column: the whole table is not known."""
_ANY = ""
"""In place of a table: there were too many names. The version of the replica's schema stands beside it."""
_NOTE = "INSERT OR IGNORE INTO not_known (entity, name) VALUES (?, ?)"

Columns = Mapping[str, Sequence[str]]
"""By table, the names of the columns with which its rows came."""


def note(connection: sqlite3.Connection, tables: EntityTables, columns: Columns) -> None:
    """Note what of these is not known. Where everything is, nothing is asked of the database."""
    found = [pair for table, names in columns.items() for pair in _not_known(tables, table, names)]
    if not found or connection.execute("SELECT 1 FROM not_known WHERE entity = ?", (_ANY,)).fetchone():
        return
    connection.executemany(_NOTE, found[: MOST + 1])
    ((count,),) = connection.execute("SELECT count(*) FROM not_known")
    if count > MOST:
        forget(connection)
        connection.execute(_NOTE, (_ANY, _schema_of(connection)))


def is_learned(connection: Statements, tables: EntityTables) -> bool:
    """Whether this program knows something of what was noted."""
    noted = connection.execute("SELECT entity, name FROM not_known").fetchall()
    return any(_is_known(connection, tables, table, name) for table, name in noted)


def forget(connection: sqlite3.Connection) -> None:
    """Forget all notes: the rows are gone, or come anew, and with them what is not known of them then."""
    connection.execute("DELETE FROM not_known")


def _is_known(connection: Statements, tables: EntityTables, table: str, name: str) -> bool:
    if table == _ANY:
        return name != _schema_of(connection)
    entity = ENTITY_BY_TABLE.get(table)
    return entity is not None and (name == _WHOLE or name in tables[entity].columns)


def _not_known(tables: EntityTables, table: str, names: Sequence[str]) -> Iterator[tuple[str, str]]:
    entity = ENTITY_BY_TABLE.get(table)
    if entity is None:
        if _is_name(table):
            yield table, _WHOLE
    elif tuple(names) != (known := tables[entity].columns):
        yield from ((table, name) for name in names if name not in known and _is_name(name))


def _is_name(name: str) -> bool:
    """Whether a column or table of some version could be called so."""
    return len(name) <= _LONGEST and name.isascii() and name.isidentifier()


def _schema_of(connection: Statements) -> str:
    ((number,),) = connection.execute("PRAGMA user_version").fetchall()
    return str(number)
