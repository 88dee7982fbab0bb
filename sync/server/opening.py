"""Opens the database of a workspace by its address."""

import ipaddress
import os
from pathlib import Path

from agent_desktop.domain.errors import InputError
from agent_desktop.store.upgrade import prepare
from sync.server.database import ServerDatabase, SqliteServerDatabase
from sync.server.schema import ServerSchema

_NO_ADDRESS = "The database must be given as sqlite:///FILE or postgresql://USER@HOST/NAME."
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
    raise InputError(_NO_ADDRESS)


def check_line(address: str) -> None:
    """See to it that whoever has the database on another machine has said how the line there is protected.

    The driver would take a line without TLS, or to anybody, and say nothing. Raises InputError.
    """
    from psycopg import ProgrammingError
    from psycopg.conninfo import conninfo_to_dict

    try:
        said = conninfo_to_dict(address.replace("postgresql+psycopg://", "postgresql://", 1))
    except ProgrammingError as error:
        raise InputError(_NO_ADDRESS) from error  # its text may quote a password
    if said.get("sslmode") or os.environ.get("PGSSLMODE"):
        return
    hosts = str(said.get("hostaddr") or said.get("host") or os.environ.get("PGHOST") or "").split(",")
    away = [host for host in hosts if not _is_here(host)]
    if away:
        raise InputError(
            f"The database is on another machine ({away[0]}), and its address does not say how the line there is"
            " protected. End it with ?sslmode=verify-full; with ?sslmode=disable only where nobody lies between."
            " Nothing was started."
        )


def _is_here(host: str) -> bool:
    """Whether a host is this machine: by its name, its addresses, or a socket in a folder."""
    if not host or host == "localhost" or host.startswith(("/", "@")):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _open_postgres(address: str, schema: ServerSchema, connections: int) -> ServerDatabase:
    # A server in the desktop program, and one on SQLite, do without it.
    try:
        from sync.server.postgres import PostgresDatabase
        from sync.server.postgres_schema import prepare_postgres
    except ImportError as error:
        raise InputError(
            "PostgreSQL needs the server's packages: install agent-desktop[server].", str(error)
        ) from error
    check_line(address)
    database = PostgresDatabase(address, connections)
    try:
        prepare_postgres(database, schema)
    except BaseException:
        database.close()
        raise
    return database
