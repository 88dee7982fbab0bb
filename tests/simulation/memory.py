"""Databases in memory that a test may end at any commit, copy, and set back: files of a computer that crashes."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from agent_desktop.store.database import Database, Durability
from sync.server.database import SqliteServerDatabase

_FORMAT = slice(18, 20)
"""Where the header of a file says whether it has a write-ahead log, which a database in memory cannot have."""

AtCommit = Callable[[bool], None]
"""Called before (False) and after (True) each commit; what it raises ends the program there."""


def image_of(content: bytes) -> bytes:
    """The content of a file as a database in memory can take it."""
    changed = bytearray(content)
    changed[_FORMAT] = b"\x01\x01"
    return bytes(changed)


def opened(image: bytes) -> sqlite3.Connection:
    """A database in memory with this content."""
    connection = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
    connection.deserialize(image)
    return connection


class _InMemory(Database):
    """One connection, and nothing survives but what `image` gives."""

    at_commit: AtCommit
    only: sqlite3.Connection

    def _take(self) -> sqlite3.Connection:
        return self.only

    def _give_back(self, connection: sqlite3.Connection) -> None:
        pass

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """The writing transaction, between two points where the program may end."""
        with super().write() as connection:
            yield connection
            if self._depth == 1:
                self.at_commit(False)
        if self._depth == 0:
            self.at_commit(True)

    def image(self) -> bytes:
        """What is committed."""
        assert not self.only.in_transaction
        return self.only.serialize()

    def close(self) -> None:
        """Forget everything."""
        self.only.close()


class MemoryDatabase(_InMemory):
    """A file of a client."""

    def __init__(self, name: str, image: bytes, at_commit: AtCommit) -> None:
        super().__init__(Path(name), Durability.FULL)
        self.at_commit, self.only = at_commit, opened(image)


class MemoryServerDatabase(_InMemory, SqliteServerDatabase):
    """The file of a server."""

    def __init__(self, image: bytes, at_commit: AtCommit) -> None:
        super().__init__(Path("server.db"), Durability.FULL)
        self.at_commit, self.only = at_commit, opened(image)
