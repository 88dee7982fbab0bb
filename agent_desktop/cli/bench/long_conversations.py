"""Conversations as long as those that people complain about opening: made of messages that are there, and undone."""

import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from agent_desktop.domain.ids import Id

_COLUMNS = "SELECT name FROM pragma_table_info('message') WHERE name NOT IN ('pk')"
_STEP = 600_000_000
"""Microseconds between two of the messages that are added."""


@contextmanager
def lengthened(raw: sqlite3.Connection, ids: Sequence[Id], length: int) -> Iterator[None]:
    """Give each of these conversations `length` messages; what was added is taken away at the end.

    Their older messages are those of other conversations, so kinds and lengths are as common as they are.
    """
    added: list[str] = []
    raw.execute("BEGIN IMMEDIATE")
    names = [row[0] for row in raw.execute(_COLUMNS)]
    for number, conversation_id in enumerate(ids):
        added += _lengthen(raw, names, conversation_id, length, number * length)
    raw.execute("COMMIT")
    try:
        yield
    finally:
        raw.execute("BEGIN IMMEDIATE")
        raw.executemany("DELETE FROM message WHERE id = ?", [(row_id,) for row_id in added])
        raw.execute("COMMIT")


def _lengthen(
    raw: sqlite3.Connection, names: list[str], conversation_id: Id, length: int, skipped: int
) -> list[str]:
    own, first = raw.execute(
        "SELECT count(*), min(created_at) FROM message WHERE conversation_id = ?", (conversation_id,)
    ).fetchone()
    name = raw.execute(
        "SELECT name FROM customer WHERE id = (SELECT customer_id FROM conversation WHERE id = ?)",
        (conversation_id,),
    ).fetchone()[0]
    columns = ", ".join(f'"{column}"' for column in names)
    others = raw.execute(
        f"SELECT {columns} FROM message WHERE conversation_id <> ? ORDER BY pk LIMIT ? OFFSET ?",  # noqa: S608 - names from the table
        (conversation_id, max(0, length - own), skipped),
    ).fetchall()
    added = []
    for number, values in enumerate(others):
        row = dict(zip(names, values, strict=True))
        row["id"] = hashlib.sha256(f"{conversation_id} {number}".encode()).hexdigest()[:32]
        row["conversation_id"] = conversation_id
        row["created_at"] = first - (number + 1) * _STEP
        row["attachment_count"] = 0
        if row["direction"] == "in":
            row["author_name"] = name
        marks = ", ".join("?" * len(names))
        raw.execute(f"INSERT OR IGNORE INTO message ({columns}) VALUES ({marks})", list(row.values()))  # noqa: S608 - names from the table
        added.append(row["id"])
    return added
