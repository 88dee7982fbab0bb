"""A workspace in PostgreSQL, for teams: any number of processes serve it side by side.

Writers go one after another because each locks the one row of `head` first; readers never wait. A trigger on every
replicated table refuses what does not go through a transaction that has taken its version.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import psycopg
from psycopg.abc import Buffer
from psycopg.adapt import Dumper
from psycopg.pq import TransactionStatus
from psycopg.types.numeric import Int8Dumper
from sqlalchemy import Connection, create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.pool import PoolProxiedConnection, QueuePool

from agent_desktop.domain.errors import StoreError
from agent_desktop.store.database import Statements
from sync.server.database import Peers
from sync.server.many import AMONG
from sync.server.postgres_peers import PostgresPeers

_log = logging.getLogger("agent_desktop.server")

_SETTINGS = (
    "SET statement_timeout = '60s'; SET lock_timeout = '15s'; SET idle_in_transaction_session_timeout = '60s'"
)
"""A process that hangs must not hold up the others for ever."""
_WRITE = "BEGIN ISOLATION LEVEL READ COMMITTED; SELECT 1 FROM head FOR UPDATE"
_SNAPSHOT = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_DEFINE = "BEGIN; SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0"
_POOL_SECONDS = 15.0
_WITH_TEXT = (
    "customer",
    "identity",
    "conversation",
    "message",
    "attachment",
    "draft_copy",
    "operation_result",
    "operation",
)
"""The tables in which customers are."""
# A server that serves answers with a sentence of its own, and goes on: these are read where a command has ended.
_GONE = (
    "The database of the server cannot be reached, so this has ended. Nothing was lost. Start it again once the"
    " database is there; a service manager that restarts the server does so by itself."
)
_BUSY = "The database of the server has more to do than it can. Nothing was lost; try again in a moment."
_SENTENCES = {
    "08": _GONE,
    "57": _GONE,
    "58": "The disk of the database could not store or read. Look at its log; what was stored before is kept.",
    "53": _BUSY,
    "40": _BUSY,
    "53100": "The disk of the database is full, so the change was not stored. Free some space, then try again.",
    "55P03": _BUSY,
    "57014": _BUSY,
    "25006": "The database of the server is read-only, so nothing can be stored. Connect to the primary one.",
}
"""By the codes of PostgreSQL, or by their first two characters."""


class _FlagDumper(Dumper):
    """A bool as the number that its column holds."""

    oid = psycopg.adapters.types["int8"].oid

    def dump(self, obj: bool) -> Buffer | None:
        return b"1" if obj else b"0"


@lru_cache(maxsize=2_048)
def _marked(sql: str) -> str:
    return sql.replace("%", "%%").replace(AMONG, "= ANY(%s)").replace("?", "%s")


class PostgresStatements(psycopg.Connection[tuple[Any, ...]]):
    """A connection that takes ready SQL texts, with `?` for values, as that of SQLite does."""

    is_postgres = True

    def execute(self, query: Any, params: Any = None, **options: Any) -> psycopg.Cursor[tuple[Any, ...]]:
        """Run one statement."""
        if params and isinstance(query, str):
            return super().execute(_marked(query), params, **options)
        return super().execute(query, **options)

    def executemany(self, sql: str, values: Any) -> psycopg.Cursor[tuple[Any, ...]]:
        """Run one statement for many values."""
        cursor = self.cursor()
        cursor.executemany(_marked(sql), values)
        return cursor

    @property
    def in_transaction(self) -> bool:
        """Whether there is something to roll back."""
        return self.info.transaction_status in (TransactionStatus.INTRANS, TransactionStatus.INERROR)


class PostgresDatabase:
    """A pool of connections to one database, or one schema of it (`?options=-csearch_path%3Dname`)."""

    def __init__(self, url: str, connections: int = 10) -> None:
        self.url = url.replace("postgresql+psycopg://", "postgresql://", 1)
        self._engine = create_engine(
            "postgresql+psycopg://",
            creator=self._connect,
            poolclass=QueuePool,
            pool_size=connections,
            max_overflow=0,
            pool_timeout=_POOL_SECONDS,
            isolation_level="AUTOCOMMIT",
            use_native_hstore=False,
        )
        self._peers = PostgresPeers(self.url)
        self.peers: Peers = self._peers

    def _connect(self) -> PostgresStatements:
        connection = PostgresStatements.connect(self.url, autocommit=True)
        connection.execute(_SETTINGS)
        # One type for every number: a statement is prepared once for each combination of types.
        connection.adapters.register_dumper(int, Int8Dumper)
        connection.adapters.register_dumper(bool, _FlagDumper)
        return connection

    @contextmanager
    def read(self) -> Iterator[Statements]:
        """A connection for queries. Each statement sees the last commit."""
        with self._told_in_words(), self._taken(self._engine.raw_connection()) as statements:
            yield statements

    @contextmanager
    def snapshot(self) -> Iterator[Statements]:
        """A connection for queries that all see the same commit."""
        with self._told_in_words(), self._transaction(_SNAPSHOT) as statements:
            yield statements

    @contextmanager
    def write(self) -> Iterator[Statements]:
        """The one writing transaction of the workspace: committed at the end, rolled back when an exception passes."""
        with self._told_in_words(), self._transaction(_WRITE) as statements:
            yield statements

    @contextmanager
    def define(self) -> Iterator[Connection]:
        """A transaction that makes or changes tables, which may take long."""
        with self._told_in_words(), self._engine.connect() as connection:
            statements = _below(connection.connection)
            statements.execute(_DEFINE)
            with _ended(statements):
                yield connection

    def begin_version(self, connection: Statements, version: str) -> None:
        """From here on the trigger lets rows of this version through, and no others."""
        connection.execute("SELECT set_config('agent_desktop.version', ?, true)", (version,))

    def forget_deleted(self) -> None:
        """Have the database overwrite rows that were deleted or replaced."""
        with self.read() as connection:
            connection.execute(f"VACUUM {', '.join(_WITH_TEXT)}")

    def is_environment(self, error: BaseException) -> bool:
        """Whether the disk, the network or the load is to blame."""
        return isinstance(error, StoreError) or _sentence_of(error) is not None

    def close(self) -> None:
        """Close every connection and stop to listen."""
        self._peers.close()
        self._engine.dispose()

    @contextmanager
    def _taken(self, pooled: PoolProxiedConnection) -> Iterator[PostgresStatements]:
        statements = _below(pooled)
        try:
            yield statements
        finally:
            if statements.closed:
                self._forget(pooled)
            pooled.close()

    def _forget(self, pooled: PoolProxiedConnection) -> None:
        """A connection broke: those that wait in the pool were made to the same server, which may be gone."""
        pooled.invalidate()
        self._engine.dispose()

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[PostgresStatements]:
        with self._taken(self._begun(begin)) as statements, _ended(statements):
            yield statements

    def _begun(self, begin: str) -> PoolProxiedConnection:
        """A connection in a new transaction. One that broke while nobody used it is replaced: nothing was lost."""
        pooled = self._engine.raw_connection()
        statements = _below(pooled)
        try:
            statements.execute(begin)
        except psycopg.OperationalError:
            broken = statements.closed
            if broken:
                self._forget(pooled)
            elif statements.in_transaction:
                statements.execute("ROLLBACK")
            pooled.close()
            if not broken:
                raise
            pooled = self._engine.raw_connection()
            _below(pooled).execute(begin)
        return pooled

    @contextmanager
    def _told_in_words(self) -> Iterator[None]:
        try:
            yield
        except PoolTimeoutError as error:
            raise StoreError(_BUSY, "no connection is free") from error
        except (psycopg.Error, DBAPIError) as error:
            sentence = _sentence_of(error)
            if sentence is None:
                raise
            raise StoreError(sentence, _detail(error)) from error


def _below(pooled: PoolProxiedConnection) -> PostgresStatements:
    statements = pooled.driver_connection
    assert isinstance(statements, PostgresStatements)
    return statements


@contextmanager
def _ended(statements: PostgresStatements) -> Iterator[None]:
    """Commit the transaction that is open, or roll it back when an exception passes."""
    try:
        yield
        ended = statements.execute("COMMIT")
    except BaseException:
        if statements.in_transaction:
            statements.execute("ROLLBACK")
        raise
    if ended.statusmessage != "COMMIT":  # so says PostgreSQL when an error inside was passed over
        raise RuntimeError("the transaction had failed before its end")


def _driver_error(error: BaseException) -> BaseException:
    return getattr(error, "orig", None) or error


def _sentence_of(error: BaseException) -> str | None:
    error = _driver_error(error)
    if not isinstance(error, psycopg.Error):
        return None
    if error.sqlstate is None:
        return _GONE if isinstance(error, (psycopg.OperationalError, psycopg.InterfaceError)) else None
    return _SENTENCES.get(error.sqlstate) or _SENTENCES.get(error.sqlstate[:2])


def _detail(error: BaseException) -> str:
    """What PostgreSQL said, without the line in which it quotes values."""
    error = _driver_error(error)
    return f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
