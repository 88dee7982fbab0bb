"""Copies a workspace into one SQLite file, from any database, and back into any.

A copy is one snapshot: it is whole whatever is written meanwhile. A restored workspace has a new epoch, by which
clients know that they are ahead and hand over again what the copy does not have.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, func, insert, select, text, update

from agent_desktop.domain.clock import Clock, to_microseconds
from agent_desktop.domain.errors import InputError, StoreError
from agent_desktop.domain.ids import IdSource
from agent_desktop.store.database import Durability, statements_of
from agent_desktop.store.disk import sync_file, sync_folder
from agent_desktop.store.upgrade import prepare
from sync.server.database import ANY_VERSION, ServerDatabase, SqliteServerDatabase
from sync.server.schema import ServerSchema

_CHUNK = 5_000


def back_up(database: ServerDatabase, schema: ServerSchema, file: Path) -> int:
    """Write everything into a new file; how many rows. Raises InputError when the file is there already."""
    if file.exists():
        raise InputError(f"{file} is there already and was left as it is. Give the backup another name.")
    partial = file.with_name(f"{file.name}.partial")
    partial.unlink(missing_ok=True)
    try:
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
            return _copy(schema.metadata.sorted_tables, source, connection)
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
            if target.execute(select(schema.head.c.epoch)).first() is not None:
                raise InputError(
                    "This database has a workspace already and was left as it is. Restore into an empty one."
                )
            database.begin_version(statements_of(target), ANY_VERSION)
            rows = _copy(schema.metadata.sorted_tables, connection, target)
            target.execute(update(schema.head).values(epoch=ids.new()))
            # What was due meanwhile may have been sent: it is asked about before anything leaves again.
            outbound = schema.outbound.c
            target.execute(
                update(schema.outbound)
                .where(outbound.state == "queued", outbound.not_before <= to_microseconds(clock.now()))
                .values(state="sending", lease_until=0)
            )
            _continue_keys(schema, target)
            return rows
    finally:
        source.close()


def new_epoch(database: ServerDatabase, schema: ServerSchema, ids: IdSource) -> str:
    """Make every client compare its own with what is here, as after a restore; the epoch."""
    epoch = ids.new()
    with database.write() as connection:
        connection.execute(update(schema.head).values(epoch=epoch))
    return epoch


def _check_is_backup(source: SqliteServerDatabase, file: Path) -> None:
    found = source.query("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'head'")
    if not found or not source.query("SELECT 1 FROM head"):
        raise InputError(f"{file} is no backup of a workspace.")


def _copy(tables: Iterable[Table], source: Connection, target: Connection) -> int:
    copied = 0
    for table in tables:
        for rows in _chunks(table, source):
            target.execute(insert(table), rows)
            copied += len(rows)
    return copied


def _chunks(table: Table, source: Connection) -> Iterator[list[dict[str, Any]]]:
    key = list(table.primary_key.columns)
    found = source.execution_options(yield_per=_CHUNK).execute(select(table).order_by(*key))
    for rows in found.mappings().partitions(_CHUNK):
        yield [dict(row) for row in rows]


def _continue_keys(schema: ServerSchema, target: Connection) -> None:
    """PostgreSQL counts keys apart from the rows: go on behind the highest."""
    if target.dialect.name != "postgresql":
        return
    for mapping in schema.tables.all():
        highest = target.execute(select(func.max(mapping.table.c.pk))).scalar()
        if highest is not None:
            sequence = text("SELECT setval(pg_get_serial_sequence(:name, 'pk'), :highest)")
            target.execute(sequence, {"name": f'"{mapping.entity.table}"', "highest": highest})
