"""One SQLite file: a single writer, many readers, and errors of the disk told in words."""

import sqlite3
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from enum import StrEnum
from pathlib import Path
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

from agent_desktop.domain.errors import StoreError
from agent_desktop.store.crypto import connect, driver_errors
from agent_desktop.store.data_key import DataKey

BUSY_MILLISECONDS = 10_000
CACHE_KIBIBYTES = 8_192
"""The first screens of all views of a million conversations, and what the newest messages of a search need."""
CHUNK = 2_000
_KEPT = 6
"""So many connections that nobody uses stay open."""
_WARM = 2
"""So many of these keep their cache: the one that was used last is used next."""

Value: TypeAlias = str | int | None
"""What is bound to a statement."""
C = TypeVar("C")


class Found(Protocol):
    """The rows that a statement found."""

    def fetchone(self) -> Any:
        """The next row, or None."""
        ...

    def fetchall(self) -> list[Any]:
        """All rows that are left."""
        ...

    def __iter__(self) -> Iterator[Any]: ...

    def close(self) -> None:
        """No further row is read."""
        ...

    @property
    def rowcount(self) -> int:
        """How many rows the statement changed."""
        ...


class Statements(Protocol):
    """What runs ready texts, in which `?` marks a value: a connection of the standard library, or one like it."""

    def execute(self, sql: str, values: Sequence[Any] = ..., /) -> Found:
        """Run a statement."""
        ...

    def executemany(self, sql: str, values: Sequence[Sequence[Any]], /) -> Found:
        """Run a statement for each of many values."""
        ...

    @property
    def in_transaction(self) -> bool:
        """Whether there is something to roll back."""
        ...


class Durability(StrEnum):
    """What a power cut may cost.

    FULL: nothing acknowledged. NORMAL: the last commits, for files that can be fetched again.
    """

    FULL = "FULL"
    NORMAL = "NORMAL"


class SqliteFile(ABC, Generic[C]):
    """A SQLite file in WAL mode, used by connections of type C.

    Writes are serialised by a lock and run under BEGIN IMMEDIATE; reads see the last commit and never wait.
    With a key everything in it is encrypted.
    """

    errors: tuple[type[Exception], ...] = (UnicodeDecodeError,)
    """What using a connection may raise beside what drivers do; SQLite quotes what is damaged as it is."""
    cache_kibibytes = CACHE_KIBIBYTES
    """How much of the file each connection that is in use keeps in memory."""

    def __init__(self, path: Path, durability: Durability, key: DataKey | None = None) -> None:
        self.path = path
        self.durability = durability
        self.key = key
        self._write_lock = threading.RLock()
        self._writer: C | None = None
        self._depth = 0

    @abstractmethod
    def _take(self) -> C:
        """A connection for one thread, opened if none is free."""

    @abstractmethod
    def _give_back(self, connection: C) -> None:
        """The connection is free again."""

    @abstractmethod
    def _driver(self, connection: C) -> sqlite3.Connection:
        """The connection of the standard library below."""

    @abstractmethod
    def _close_free(self) -> None:
        """Close the connections that are free."""

    def _connect(self) -> sqlite3.Connection:
        connection = connect(self.path, self.key)
        try:
            connection.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute(f"PRAGMA synchronous = {self.durability.value}")
            if self.durability is Durability.FULL:
                # On macOS alone FULL leaves the last commits in the cache of the disk.
                connection.execute("PRAGMA fullfsync = ON")
            connection.execute(f"PRAGMA cache_size = -{self.cache_kibibytes}")
            connection.execute("PRAGMA temp_store = MEMORY")
            # What is deleted on request must not be readable from pages that are free.
            connection.execute("PRAGMA secure_delete = ON")
        except BaseException:
            # Also for what no driver raises: on Windows a damaged file that is still open could not be replaced.
            connection.close()
            raise
        return connection

    @contextmanager
    def read(self) -> Iterator[C]:
        """A connection for queries. Each statement sees the last commit."""
        with self._told_in_words():
            connection = self._take()
            try:
                yield connection
            finally:
                self._give_back(connection)

    def query(self, sql: str, values: Sequence[Value] = ()) -> list[tuple[Any, ...]]:
        """The rows of one query as plain tuples."""
        with self.read() as connection:
            return self._driver(connection).execute(sql, values).fetchall()

    def chunks(self, sql: str, values: Sequence[Value] = ()) -> Iterator[list[tuple[Any, ...]]]:
        """The rows of one long query, some thousands at a time, so that other threads get their turn."""
        with self.read() as connection:
            found = self._driver(connection).execute(sql, values)
            try:
                while chunk := found.fetchmany(CHUNK):
                    yield chunk
            finally:
                found.close()  # who stops in between must not leave a statement open on a connection of others

    @contextmanager
    def snapshot(self) -> Iterator[C]:
        """A connection for queries that all see the same commit."""
        with self.read() as connection:
            driver = self._driver(connection)
            driver.execute("BEGIN")
            try:
                yield connection
            finally:
                driver.execute("COMMIT")

    @contextmanager
    def write(self) -> Iterator[C]:
        """The one writing transaction: committed at the end, rolled back when an exception passes.

        Entered again by the same thread it joins the transaction that is open.
        """
        with self._write_lock, self._told_in_words():
            if self._writer is None:
                self._writer = self._take()
            connection, driver = self._writer, self._driver(self._writer)
            if self._depth == 0:
                driver.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield connection
            except BaseException:
                self._depth -= 1
                if self._depth == 0:
                    self._roll_back(driver)
                raise
            self._depth -= 1
            if self._depth == 0:
                try:
                    driver.execute("COMMIT")
                except BaseException:
                    self._roll_back(driver)
                    raise

    def forget_deleted(self) -> None:
        """Empty the journal, which still holds pages as they were before something was deleted for good.

        Whoever reads just now keeps it; it is emptied another time then.
        """
        with self.read() as connection:
            self._driver(connection).execute("PRAGMA wal_checkpoint(TRUNCATE)")

    @staticmethod
    def _roll_back(driver: sqlite3.Connection) -> None:
        if driver.in_transaction:
            driver.execute("ROLLBACK")

    @contextmanager
    def _told_in_words(self) -> Iterator[None]:
        try:
            yield
        except driver_errors(*self.errors) as error:
            if isinstance(error, UnicodeDecodeError):
                raise self.damaged(f"{self.path}: text that is none") from error
            driver_error = _driver_error(error)
            if not isinstance(driver_error, driver_errors()):
                raise
            if is_damage(driver_error):
                self._note_damage()
            raise store_error(self.path, driver_error) from error

    def damaged(self, detail: str) -> StoreError:
        """The error for a row that is not what the program wrote; the next start knows of the damage."""
        self._note_damage()
        return StoreError(_SENTENCES[sqlite3.SQLITE_CORRUPT].format(name=self.path.name), detail)

    def _note_damage(self) -> None:
        with suppress(OSError):
            self.damage_mark.touch()

    @property
    def damage_mark(self) -> Path:
        """A file that is there once damage was met, so that the next start knows of what it might not meet at once."""
        return self.path.with_name(f"{self.path.name}.damaged")

    def close(self) -> None:
        """Close every connection; the WAL is written back by the last one."""
        with self._write_lock:
            if self._writer is not None:
                self._give_back(self._writer)
                self._writer = None
            self._close_free()


class Database(SqliteFile[sqlite3.Connection]):
    """A file that is used by the standard library alone, as the client's are: SQLAlchemy takes longer to load than
    the first list takes to show.
    """

    def __init__(self, path: Path, durability: Durability, key: DataKey | None = None) -> None:
        super().__init__(path, durability, key)
        self._free: list[sqlite3.Connection] = []
        self._free_lock = threading.Lock()

    def _take(self) -> sqlite3.Connection:
        with self._free_lock:
            if self._free:
                return self._free.pop()
        return self._connect()

    def _give_back(self, connection: sqlite3.Connection) -> None:
        with self._free_lock:
            if len(self._free) < _KEPT:
                self._free.append(connection)
                if len(self._free) > _WARM:
                    self._free[-_WARM - 1].execute("PRAGMA shrink_memory")
                return
        connection.close()

    @property
    def attaches(self) -> bool:
        """Whether `beside` can be used: SQLCipher's driver lacks what it needs."""
        return self.key is None

    @contextmanager
    def beside(self, content: bytes, name: str) -> Iterator[None]:
        """Let the transactions inside read another database, of which this is the content, under a name."""
        with self._write_lock, self._told_in_words():
            if self._writer is None:
                self._writer = self._take()
            self._writer.execute(f"ATTACH ':memory:' AS {name}")
            try:
                self._writer.deserialize(content, name=name)
                yield
            finally:
                self._writer.execute(f"DETACH {name}")

    def _driver(self, connection: sqlite3.Connection) -> sqlite3.Connection:
        return connection

    def _close_free(self) -> None:
        with self._free_lock:
            free, self._free = self._free, []
        for connection in free:
            connection.close()


def _driver_error(error: BaseException) -> BaseException:
    """What the standard library raised: SQLAlchemy wraps it."""
    return getattr(error, "orig", None) or error


_SENTENCES: dict[int, str] = {
    sqlite3.SQLITE_FULL: "The disk is full, so the change was not stored. Free some space and try again.",
    sqlite3.SQLITE_READONLY: "The folder of {name} is read-only, so nothing can be stored. Check its permissions.",
    sqlite3.SQLITE_CANTOPEN: "{name} cannot be opened. Check that its folder exists and belongs to you.",
    sqlite3.SQLITE_CORRUPT: "{name} is damaged. Start Agent Desktop again; drafts and unsent replies are kept apart.",
    sqlite3.SQLITE_NOTADB: "{name} is not a database of Agent Desktop, or it is damaged. It was left as it is.",
    sqlite3.SQLITE_BUSY: "{name} is in use by another program. Close it and try again.",
    sqlite3.SQLITE_IOERR: "The disk could not store or read {name}. Check the disk; what was stored before is kept.",
}


def store_error(path: Path, error: Exception) -> Exception:
    """The error in words when the environment is to blame; a defect of ours is returned as it is."""
    sentence = _sentence_of(error)
    return error if sentence is None else StoreError(sentence.format(name=path.name), f"{path}: {error}")


def is_damage(error: Exception) -> bool:
    """Whether the content of the file is to blame."""
    return _code(error) in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def is_environment(error: BaseException) -> bool:
    """Whether the disk or its file, and not what was asked of it, is to blame."""
    error = _driver_error(error)
    return isinstance(error, StoreError) or _sentence_of(error) is not None


def _sentence_of(error: BaseException) -> str | None:
    return _SENTENCES.get(_code(error))


def _code(error: BaseException) -> int:
    """What SQLite says is wrong; text that is none is found by the standard library alone."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        is_text = isinstance(error, driver_errors()) and str(error).startswith("Could not decode")
        return sqlite3.SQLITE_CORRUPT if is_text else sqlite3.SQLITE_OK
    return int(code) & 0xFF
