"""Opens the database of a workspace by its address."""

from pathlib import Path

from agent_desktop.domain.errors import InputError
from agent_desktop.store.upgrade import prepare
from sync.server.database import ServerDatabase, SqliteServerDatabase
from sync.server.schema import ServerSchema

POSTGRES, SQLITE = ("postgresql://", "postgres://", "postgresql+psycopg://"), "sqlite:///"


def open_database(address: str, schema: ServerSchema, connections: int = 10) -> ServerDatabase:
    """The database at `sqlite:///file.db` or `postgresql://user@host/name`, with its tables as this program needs them.

    `connections` is how many of them PostgreSQL is asked for at most. Raises StoreError when it cannot be used, and
    InputError when nobody knows such an address.
    """
    if address.startswith(SQLITE):
        file = SqliteServerDatabase(Path(address.removeprefix(SQLITE)))
        try:
            prepare(file, schema.version())
        except BaseException:
            file.close()
            raise
        return file
    if address.startswith(POSTGRES):
        return _open_postgres(address, schema, connections)
    raise InputError("The database must be given as sqlite:///FILE or postgresql://USER@HOST/NAME.")


def _open_postgres(address: str, schema: ServerSchema, connections: int) -> ServerDatabase:
    # A server in the desktop program, and one on SQLite, do without it.
    try:
        from sync.server.postgres import PostgresDatabase
        from sync.server.postgres_schema import prepare_postgres
    except ImportError as error:
        raise InputError(
            "PostgreSQL needs the server's packages: install agent-desktop[server].", str(error)
        ) from error
    database = PostgresDatabase(address, connections)
    try:
        prepare_postgres(database, schema)
    except BaseException:
        database.close()
        raise
    return database
