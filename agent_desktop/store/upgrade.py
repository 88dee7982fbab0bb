"""Schema versions: new files are made at once, older ones are migrated after a backup, newer ones are refused.

`PRAGMA user_version` is the version of the schema, `PRAGMA application_id` the oldest version of the program's
schema that may still use the file.
"""

from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from agent_desktop.domain.errors import StoreError
from agent_desktop.store.crypto import driver_errors
from agent_desktop.store.database import SqliteFile
from agent_desktop.store.disk import replace, sync_file, sync_folder

if TYPE_CHECKING:
    from sqlalchemy import Connection, MetaData

    from agent_desktop.store.core import CoreDatabase


class SchemaVersion(NamedTuple):
    """What this program makes and understands of one file.

    `oldest_compatible` is the oldest schema version whose program may still open files of `number`.
    `metadata` gives the tables of a new file, `extra_ddl` what else is made. `migrations` is a folder of Alembic steps
    named by their number, such as 0002_add_colour.py.
    """

    metadata: "Callable[[], MetaData]"
    number: int
    oldest_compatible: int
    migrations: Path
    extra_ddl: Callable[[], Sequence[str]] = tuple


def prepare(database: SqliteFile[Any], schema: SchemaVersion) -> None:
    """Make the file usable by this program. Raises StoreError when it comes from a newer one."""
    ((number,),) = database.query("PRAGMA user_version")
    ((oldest,),) = database.query("PRAGMA application_id")
    if number == 0:
        _create(database, schema)
        return
    steps = steps_from(database.path.name, schema, number, oldest)
    if not steps:
        return
    back_up(database, number)
    # Most starts make and migrate nothing, and are not to wait for SQLAlchemy.
    from sqlalchemy.exc import SQLAlchemyError

    try:
        with closing(_core_of(database)) as core, core.write() as connection:
            _migrate(connection, schema, steps)
    except driver_errors(SQLAlchemyError) as error:
        raise StoreError(
            f"{database.path.name} could not be brought up to this version and was left as it was."
            " Please report it; the version of Agent Desktop before this one still opens it.",
            f"{database.path}: {error}",
        ) from error


def steps_from(name: str, schema: SchemaVersion, number: int, oldest: int) -> list[Callable[[], None]]:
    """What brings a schema up to this program's, in order. Raises StoreError when it comes from a newer one."""
    if number <= schema.number:
        return _steps(schema.migrations, number, schema.number) if number < schema.number else []
    if oldest > schema.number:
        raise StoreError(
            f"{name} was made by a newer version of Agent Desktop and was left as it is."
            " Update Agent Desktop to open it.",
            f"schema {number}, needs at least {oldest}, this program has {schema.number}",
        )
    return []


def run_steps(connection: "Connection", steps: Sequence[Callable[[], None]]) -> None:
    """Carry out migrations, which find the connection by Alembic's `op`."""
    # Alembic costs more to import than all of SQLAlchemy, and is needed at an upgrade only.
    from alembic.migration import MigrationContext
    from alembic.operations import Operations

    context = MigrationContext.configure(connection, opts={"as_sql": False})
    with Operations.context(context):
        for step in steps:
            step()


def _create(database: SqliteFile[Any], schema: SchemaVersion) -> None:
    with closing(_core_of(database)) as core, core.write() as connection:
        schema.metadata().create_all(connection)
        for statement in schema.extra_ddl():
            connection.exec_driver_sql(statement)
        _stamp(connection, schema)


def _core_of(database: SqliteFile[Any]) -> "CoreDatabase":
    from agent_desktop.store.core import CoreDatabase

    return CoreDatabase(database.path, database.durability, database.key)


def back_up(database: SqliteFile[Any], number: int) -> Path:
    """Copy the file beside itself before it is migrated; the newest backup of a version replaces an older one."""
    target = database.path.with_name(f"{database.path.stem}.before-{number}.db")
    partial = target.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    database.query("VACUUM INTO ?", (str(partial),))
    sync_file(partial)
    replace(partial, target)
    sync_folder(target.parent)
    return target


def _stamp(connection: "Connection", schema: SchemaVersion) -> None:
    connection.exec_driver_sql(f"PRAGMA user_version = {schema.number}")
    connection.exec_driver_sql(f"PRAGMA application_id = {schema.oldest_compatible}")


def _migrate(connection: "Connection", schema: SchemaVersion, steps: Sequence[Callable[[], None]]) -> None:
    # A table that is made anew and renamed must not be looked for by views and triggers in between.
    connection.exec_driver_sql("PRAGMA legacy_alter_table = ON")
    try:
        run_steps(connection, steps)
        _stamp(connection, schema)
    finally:
        connection.exec_driver_sql("PRAGMA legacy_alter_table = OFF")


def _steps(folder: Path, after: int, upto: int) -> list[Callable[[], None]]:
    from alembic.util import load_python_file

    by_number = {int(path.name[:4]): path for path in folder.glob("[0-9][0-9][0-9][0-9]_*.py")}
    missing = [number for number in range(after + 1, upto + 1) if number not in by_number]
    if missing:
        raise StoreError(
            "This installation of Agent Desktop is incomplete: a migration is missing. Install it again;"
            " your data was left as it is.",
            f"missing steps {missing} in {folder}",
        )
    return [
        load_python_file(str(folder), by_number[number].name).upgrade for number in range(after + 1, upto + 1)
    ]
