"""Loads very many rows into an empty file: without indexes and triggers, which are made afterwards."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from agent_desktop.domain.rows import Entity
from agent_desktop.store import full_text, small_text
from agent_desktop.store.database import Statements
from agent_desktop.store.mapping import EntityTables

Encoded = dict[type[Entity], list[tuple[Any, ...]]]
"""Plain values of rows by entity, in the order of the mapping's columns."""

INDEX_AT_ONCE = 200_000
"""Up to this many messages are indexed while loading; of more, the rest is indexed in the background."""


def encode(tables: EntityTables, rows: Iterable[Entity]) -> Encoded:
    """The plain values of rows, by entity."""
    encoded: Encoded = {}
    for row in rows:
        entity = type(row)
        encoded.setdefault(entity, []).append(tables[entity].values(row))
    return encoded


def insert(connection: Statements, tables: EntityTables, encoded: Encoded) -> None:
    """Insert rows that are not there yet."""
    for entity, values in encoded.items():
        connection.executemany(tables[entity].insert_sql, values)


@contextmanager
def without_indexes(connection: Statements) -> Iterator[None]:
    """Drop indexes and triggers, and make them again at the end."""
    kept = connection.execute(
        "SELECT type, name, sql FROM sqlite_master WHERE type IN ('index', 'trigger') AND sql IS NOT NULL"
        " ORDER BY type"
    ).fetchall()
    for kind, name, _ in kept:
        connection.execute(f'DROP {kind} "{name}"')
    yield
    for _, _, sql in kept:
        connection.execute(sql)


def index_replica(connection: Statements) -> None:
    """Fill what triggers keep otherwise: tags and mentions, and the full-text index."""
    for facet, column in (("tag", "tags"), ("mention", "mentioned_ids")):
        connection.execute(
            f"INSERT OR IGNORE INTO conversation_facet SELECT '{facet}:' || value, conversation.pk"  # noqa: S608 - names
            f" FROM conversation, json_each(conversation.{column}) WHERE {column} != '[]'"
        )
    small_text.rebuild(connection)
    blocks = INDEX_AT_ONCE // full_text.BLOCK
    while blocks and full_text.index_block(connection):
        blocks -= 1
