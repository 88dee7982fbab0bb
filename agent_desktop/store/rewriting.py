"""What it takes to write a database of a profile anew, under another key, beside itself."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from agent_desktop.store.crypto import connect, unread_pages
from agent_desktop.store.data_key import DataKey

JOURNALS = ("-wal", "-shm", "-journal")
_NOT_NOW = (5, 6, 10, 13, 14)
"""SQLite's numbers for a file that is in use, and for a disk that is full or fails."""


class Unreadable(Exception):
    """SQLite cannot read everything in a file."""


def is_for_now(error: BaseException) -> bool:
    """Whether the disk or another program is to blame, and not the file."""
    return (getattr(error, "sqlite_errorcode", 0) & 0xFF) in _NOT_NOW


def remove_database(path: Path) -> None:
    """Remove a file that was not finished, with its journals."""
    for suffix in ("", *JOURNALS):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def write_back(path: Path, key: DataKey | None) -> None:
    """Have no journal beside the file: everything is in it. Raises Unreadable, and the driver's errors."""
    with closing(connect(path, key)) as connection:
        connection.execute("PRAGMA busy_timeout = 2000")
        ((mode,),) = connection.execute("PRAGMA journal_mode = DELETE")
        if mode != "delete":
            raise Unreadable("the journal cannot be written back")
        if connection.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
            raise Unreadable("it is damaged")


def compare(path: Path, before: DataKey | None, new: Path, key: DataKey) -> None:
    """Whether the new file holds what the old one does. Raises Unreadable."""
    with closing(connect(path, before)) as old, closing(connect(new, key)) as sealed:
        if unread_pages(sealed):
            raise Unreadable("the new file is not whole")
        for table in _tables(old):
            count = f'SELECT count(*) FROM "{table}"'  # noqa: S608 - a name from the file's own schema
            if old.execute(count).fetchone() != sealed.execute(count).fetchone():
                raise Unreadable(f"{table} has other rows in the new file")


def _tables(connection: sqlite3.Connection) -> Iterator[str]:
    for name, sql in connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'"):
        if not name.startswith("sqlite_") and not (sql or "").upper().startswith("CREATE VIRTUAL"):
            yield str(name)
