"""The full-text index (SQLite FTS5, external content) and how it is kept.

Messages are indexed in a contiguous range of keys: what is new at once, what came in bulk afterwards in blocks,
newest first, because indexing while loading costs ten times more. Small columns are indexed by `small_text`, and
`index_parts` puts the parts together that blocks leave.
"""

from dataclasses import dataclass

from agent_desktop.store import index_parts
from agent_desktop.store.database import Statements
from agent_desktop.store.small_text import (
    INDEXES,
    WORDS,
    forget_small,
    index_small_block,
    small_text_ddl,
    words_of,
)

BLOCK = 1_500
"""Messages indexed in one step of the background work: a user's action never waits longer than for one step."""
AT_ONCE = 500
"""New messages up to this number are indexed in the transaction that adds them."""

FEW = 10
"""Of so many messages the words are taken out as they go: in a large index each takes 50 ms, a hundred times as long as
one that is marked.
"""

INDEXED = frozenset({"message", *(index.table for index in INDEXES)})
"""The tables that have an index."""

_MESSAGE_COLUMNS = "text, subject, author_name, sender"


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many messages the index holds, of how many. Keys that were removed count as messages."""

    indexed: int
    total: int


_CONTENT = f"content='message', content_rowid='pk', {WORDS}"
_OLD = ", ".join(f"old.{name}" for name in _MESSAGE_COLUMNS.split(", "))
_NEW = ", ".join(f"new.{name}" for name in _MESSAGE_COLUMNS.split(", "))
_REMOVE = (
    f"INSERT INTO message_text(message_text, rowid, {_MESSAGE_COLUMNS}) VALUES ('delete', old.pk, {_OLD});"  # noqa: S608 - names from code
)
_ADD = f"INSERT INTO message_text(rowid, {_MESSAGE_COLUMNS}) VALUES (new.pk, {_NEW});"  # noqa: S608 - names from code
_INDEXED = "EXISTS (SELECT 1 FROM message_text_range WHERE old.pk BETWEEN low AND high)"
_UPDATE_TRIGGER = (
    f"CREATE TRIGGER message_text_update AFTER UPDATE OF {_MESSAGE_COLUMNS} ON message"
    f" WHEN ({_OLD}) IS NOT ({_NEW}) AND {_INDEXED} BEGIN {_REMOVE} {_ADD} END"
)
"""What is written here and what the server makes of it may differ, such as when its author was renamed meanwhile."""


def full_text_ddl() -> tuple[str, ...]:
    """The statements that make the index tables and triggers."""
    statements = [
        "CREATE TABLE message_text_range (only INTEGER PRIMARY KEY CHECK (only = 1), low INTEGER, high INTEGER)",
        "INSERT INTO message_text_range VALUES (1, NULL, NULL)",
        *message_text_ddl(),
        index_parts.merging_ddl(),
    ]
    return (*statements, *small_text_ddl())


def message_text_ddl() -> tuple[str, ...]:
    """The statements that make the index of messages, empty, and its triggers."""
    return (
        f"CREATE VIRTUAL TABLE message_text USING fts5({_MESSAGE_COLUMNS}, {_CONTENT})",
        words_of("message_text"),
        f"CREATE TRIGGER message_text_delete AFTER DELETE ON message WHEN {_INDEXED} BEGIN {_REMOVE} END",
        _UPDATE_TRIGGER,
    )


def begin_anew(connection: Statements) -> None:
    """Index nothing until blocks are: everything is about to be removed, and much to be loaded."""
    connection.execute("INSERT INTO message_text(message_text) VALUES ('delete-all')")
    connection.execute("UPDATE message_text_range SET low = NULL, high = NULL")
    forget_small(connection)
    index_parts.forget_blocks(connection)


def forget_deleted(connection: Statements, *, wholly: bool) -> None:
    """Take the words of what is deleted from now on out of the indexes wholly, or mark them, which is a hundred times
    faster: these stay where they are until that part of the index is written anew.
    """
    for index in ("message_text", *(index.name for index in INDEXES)):
        connection.execute(f"INSERT INTO {index}({index}, rank) VALUES ('secure-delete', ?)", (int(wholly),))  # noqa: S608 - names from code


def index_new(connection: Statements) -> bool:
    """Index the messages above the indexed range when they are few; True when nothing new is left."""
    low, high = _range(connection)
    newest = connection.execute("SELECT max(pk) FROM message").fetchone()[0]
    if newest is None or (high is not None and newest <= high):
        return True
    if low is None or high is None:
        low = connection.execute("SELECT min(pk) FROM message").fetchone()[0] or 0
        high = low - 1
    if newest - high > AT_ONCE:
        return False
    _index(connection, high + 1, newest)
    _set_range(connection, low, newest)
    return True


def index_block(connection: Statements) -> bool:
    """Index one block of what is missing, of messages the newest first; True when more is left."""
    if index_small_block(connection):
        return True
    low, high = _range(connection)
    newest = connection.execute("SELECT max(pk) FROM message").fetchone()[0]
    if newest is None:
        return False
    if high is None or low is None:
        low, high = newest + 1, newest
    if newest > high:
        upto = min(newest, high + BLOCK)
        _index(connection, high + 1, upto)
        index_parts.note_block(connection, "message_text", upto - high)
        _set_range(connection, low, upto)
        return True
    start = connection.execute(
        "SELECT min(pk) FROM (SELECT pk FROM message WHERE pk < ? ORDER BY pk DESC LIMIT ?)", (low, BLOCK)
    ).fetchone()[0]
    if start is None:
        return False
    _index(connection, start, low - 1)
    index_parts.note_block(connection, "message_text", low - start)
    _set_range(connection, start, high)
    return True


def merge_step(connection: Statements) -> bool:
    """Merge a piece of what blocks left in parts, where that was much; True when more may be left."""
    tables = {"message_text": "message", **{index.name: index.table for index in INDEXES}}
    return any(index_parts.merge_step(connection, index, table) for index, table in tables.items())


def coverage(connection: Statements) -> Coverage:
    """How much of the messages can be found, told from the first and the last key: counting takes too long."""
    low, high = _range(connection)
    first, last = connection.execute(
        "SELECT (SELECT min(pk) FROM message), (SELECT max(pk) FROM message)"
    ).fetchone()
    if first is None:
        return Coverage(0, 0)
    total = last - first + 1
    if low is None or high is None:
        return Coverage(0, total)
    return Coverage(max(0, min(high, last) - max(low, first) + 1), total)


def _range(connection: Statements) -> tuple[int | None, int | None]:
    low, high = connection.execute("SELECT low, high FROM message_text_range").fetchone()
    return low, high


def _set_range(connection: Statements, low: int | None, high: int) -> None:
    connection.execute("UPDATE message_text_range SET low = ?, high = ?", (low, high))


def _index(connection: Statements, first: int, last: int) -> None:
    connection.execute(
        f"INSERT INTO message_text(rowid, {_MESSAGE_COLUMNS})"  # noqa: S608 - names from code
        f" SELECT pk, {_MESSAGE_COLUMNS} FROM message WHERE pk BETWEEN ? AND ?",
        (first, last),
    )
