"""Copies a workspace into one SQLite file, from any database, and back into any.

A copy is one snapshot: it is whole whatever is written meanwhile. A restored workspace has a new epoch, by which
clients know that they are ahead and hand over again what the copy does not have.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent_desktop.domain.clock import Clock, to_microseconds
from agent_desktop.domain.errors import InputError, StoreError
from agent_desktop.domain.ids import IdSource
from agent_desktop.store.database import Durability, Statements
from agent_desktop.store.disk import sync_file, sync_folder
from agent_desktop.store.upgrade import prepare
from sync.server.database import ANY_VERSION, ServerDatabase, SqliteServerDatabase
from sync.server.definitions import server_metadata
from sync.server.many import Target, is_postgres, store_all
from sync.server.schema import ServerSchema

if TYPE_CHECKING:
    from sqlalchemy import Table

_CHUNK = 5_000
_ASK = "UPDATE outbound SET state = 'sending', lease_until = 0 WHERE state IN ('queued', 'trying') AND not_before <= ?"


def back_up(database: ServerDatabase, schema: ServerSchema, file: Path) -> int:
    """Write everything into a new file; how many rows. Raises InputError when the file is there already."""
    if file.exists():
        raise InputError(f"{file} is there already and was left as it is. Give the backup another name.")
    partial = file.with_name(f"{file.name}.partial")
    partial.unlink(missing_ok=True)
    try:
        # Hashes of passwords and everything that customers wrote: for nobody else on the machine.
        partial.touch(mode=0o600)
        rows = _copy_out(database, schema, partial)
        sync_file(partial)
        partial.rename(file)
        sync_folder(file.absolute().parent)
    except OSError as error:
        raise StoreError(
            f"The backup could not be written to {file}. Check the free space and permissions there.",
            str(error),
        ) from error
    finally:
        for left in file.parent.glob(f"{partial.name}*"):
            left.unlink()
    return rows


def _copy_out(database: ServerDatabase, schema: ServerSchema, file: Path) -> int:
    target = SqliteServerDatabase(file, Durability.NORMAL)
    try:
        prepare(target, schema.version())
        with database.snapshot() as source, target.write() as connection:
            return _copy(server_metadata().sorted_tables, source, connection)
    finally:
        target.close()


def restore(database: ServerDatabase, schema: ServerSchema, clock: Clock, ids: IdSource, file: Path) -> int:
    """Fill an empty database from a backup and give it a new epoch; how many rows.

    Raises InputError when the file is no backup or the database has a workspace already: nothing is overwritten.
    """
    if not file.is_file():
        raise InputError(f"There is no file {file}.")
    source = SqliteServerDatabase(file, Durability.NORMAL)
    try:
        _check_is_backup(source, file)
        prepare(source, schema.version())
        with source.snapshot() as connection, database.write() as target:
            if target.execute("SELECT 1 FROM head").fetchone() is not None:
                raise InputError(
                    "This database has a workspace already and was left as it is. Restore into an empty one."
                )
            database.begin_version(target, ANY_VERSION)
            rows = _copy(server_metadata().sorted_tables, connection, target)
            target.execute("UPDATE head SET epoch = ?", (ids.new(),))
            # What was due meanwhile may have been sent: it is asked about before anything leaves again.
            target.execute(_ASK, (to_microseconds(clock.now()),))
            _continue_keys(schema, target)
            return rows
    finally:
        source.close()


def new_epoch(database: ServerDatabase, schema: ServerSchema, ids: IdSource) -> str:
    """Make every client compare its own with what is here, as after a restore; the epoch."""
    epoch = ids.new()
    with database.write() as connection:
        connection.execute("UPDATE head SET epoch = ?", (epoch,))
    return epoch


def _check_is_backup(source: SqliteServerDatabase, file: Path) -> None:
    found = source.query("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'head'")
    if not found or not source.query("SELECT 1 FROM head"):
        raise InputError(f"{file} is no backup of a workspace.")


def _copy(tables: "Iterable[Table]", source: Statements, target: Statements) -> int:
    copied = 0
    for table in tables:
        into = Target(table.name, tuple(column.name for column in table.columns))
        for rows in _chunks(into, [column.name for column in table.primary_key.columns], source):
            store_all(target, into, rows)
            copied += len(rows)
    return copied


def _chunks(table: Target, keys: Sequence[str], source: Statements) -> Iterator[list[tuple[Any, ...]]]:
    """All rows by their keys: each chunk goes on behind the last row of the one before."""
    places = [table.columns.index(key) for key in keys]
    names, key = (", ".join(f'"{name}"' for name in some) for some in (table.columns, keys))
    chunk, end = f'SELECT {names} FROM "{table.table}"', f"ORDER BY {key} LIMIT {_CHUNK}"  # noqa: S608 - names
    rows = source.execute(f"{chunk} {end}").fetchall()
    behind = f"{chunk} WHERE ({key}) > ({', '.join('?' * len(keys))}) {end}"
    while rows:
        yield rows
        rows = source.execute(behind, [rows[-1][place] for place in places]).fetchall()


def _continue_keys(schema: ServerSchema, target: Statements) -> None:
    """PostgreSQL counts keys apart from the rows: go on behind the highest."""
    if not is_postgres(target):
        return
    for table in (f'"{mapping.entity.table}"' for mapping in schema.tables.all()):
        (highest,) = target.execute(f"SELECT max(pk) FROM {table}").fetchone()  # noqa: S608 - names
        if highest is not None:
            target.execute("SELECT setval(pg_get_serial_sequence(?, 'pk'), ?)", (table, highest))
