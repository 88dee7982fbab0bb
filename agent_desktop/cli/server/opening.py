"""Which database a command works on, and how it is opened."""

import argparse
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from agent_desktop.domain.access import SYSTEM_ID
from agent_desktop.domain.audit import AuditAction, Detail
from agent_desktop.domain.clock import Clock, SystemClock
from agent_desktop.domain.errors import InputError
from agent_desktop.domain.ids import IdSource, TimeOrderedIds
from agent_desktop.domain.workspace import Workspace
from agent_desktop.store.blobs import BlobStore
from agent_desktop.store.rows import SqlRows
from sync.server.backend import Backend
from sync.server.database import ServerDatabase
from sync.server.opening import open_database
from sync.server.schema import ServerSchema

VARIABLE = "AGENT_DESKTOP_DATABASE"
FILES_VARIABLE = "AGENT_DESKTOP_BLOBS"


@dataclass(frozen=True, slots=True)
class Opened:
    """A database that is open, and what goes with it."""

    database: ServerDatabase
    schema: ServerSchema
    backend: Backend
    clock: Clock
    ids: IdSource

    def tell(self, action: AuditAction, **details: Detail) -> None:
        """Write into the audit log what whoever runs the server did."""
        with self.database.write() as sql:
            self.backend.store.audit.record(sql, self.clock.now(), SYSTEM_ID, None, action, None, details)


def add_database(parser: argparse.ArgumentParser) -> None:
    """The option that every command has. An address with a password in it is better given by the variable."""
    parser.add_argument(
        "--database",
        metavar="URL",
        default=os.environ.get(VARIABLE),
        help=f"sqlite:///FILE or postgresql://USER@HOST/NAME (or set {VARIABLE})",
    )


def add_files(parser: argparse.ArgumentParser) -> None:
    """The option of commands that work with files."""
    parser.add_argument(
        "--blobs",
        type=Path,
        metavar="DIR",
        default=os.environ.get(FILES_VARIABLE),
        help=f"the folder of attachments (or set {FILES_VARIABLE})",
    )


@contextmanager
def opened(options: argparse.Namespace, connections: int = 4, shelf: Path | None = None) -> Iterator[Opened]:
    """Open the database, made or migrated where that is needed, and close it at the end. `shelf`: where files are.

    Raises InputError when none was given, StoreError when it cannot be used.
    """
    if not options.database:
        raise InputError(f"Say which database: --database URL, or set {VARIABLE}.")
    clock = SystemClock()
    ids, schema = TimeOrderedIds(clock), ServerSchema()
    database = open_database(options.database, schema, connections)
    try:
        files = BlobStore(shelf) if shelf is not None else None
        yield Opened(database, schema, Backend(database, schema, clock, ids, shelf=files), clock, ids)
    finally:
        database.close()


def workspace_of(opened: Opened) -> Workspace:
    """The workspace of the database. Raises InputError when there is none."""
    with opened.database.read() as connection:
        found = SqlRows(connection, opened.schema.tables).query(Workspace)
    if not found:
        raise InputError(
            "There is no workspace here yet: make one with `agent-desktop-server workspace create --name NAME`."
        )
    return found[0]
