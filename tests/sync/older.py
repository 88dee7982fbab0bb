"""A program of before: it does not know a table and two columns, which its files get when it is upgraded."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from typing import Any

import pytest

from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.entities import ENTITY_BY_TABLE
from agent_desktop.domain.knowledge import Macro
from agent_desktop.domain.message import Message
from agent_desktop.domain.operations import decode_payload, kind_of
from agent_desktop.domain.operations.knowledge import DeleteMacro, SaveMacro
from agent_desktop.domain.records import Record, plan_of, to_plain
from agent_desktop.domain.rows import Entity
from agent_desktop.store import mapping
from agent_desktop.store.mapping import EntityMapping, EntityTables
from agent_desktop.store.schema import ReplicaSchema
from tests.fakes import DictRows

COLUMNS = {
    (Conversation.table, "message_count"): "INTEGER NOT NULL DEFAULT 0",
    (Message.table, "authentication"): "TEXT NOT NULL DEFAULT ''",
}
"""What it does not know, beside the table of macros; and how its upgrade adds them. No operation decides by them."""
UNKNOWN_KINDS = (SaveMacro, DeleteMacro)
"""What nobody can do with it."""


class OlderTables(EntityTables):
    """The tables that an older program knows. Whoever makes one makes it as that program."""

    def all(self) -> tuple[EntityMapping[Any], ...]:
        return tuple(known for known in super().all() if known.entity is not Macro)


def older_schema() -> ReplicaSchema:
    """The rows that it knows."""

    def less(entity: type) -> object:
        return [plan for plan in plan_of(entity) if (getattr(entity, "table", ""), plan.name) not in COLUMNS]

    schema = ReplicaSchema()
    schema.tables = OlderTables()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mapping, "plan_of", less)
        schema.tables.all()
    return schema


@contextmanager
def running() -> Iterator[None]:
    """What runs meanwhile at the client is the older program."""
    known = dict(ENTITY_BY_TABLE)
    ENTITY_BY_TABLE.pop(Macro.table, None)  # it may be running already
    try:
        yield
    finally:
        ENTITY_BY_TABLE.update(known)


class OlderFile:
    """What its replica lacks, to be taken from a new one and to be added by the upgrade."""

    def __init__(self, new: sqlite3.Connection) -> None:
        found = new.execute("SELECT sql FROM sqlite_master WHERE tbl_name = 'macro' AND sql != ''")
        self._made = [sql for (sql,) in found]
        ((self._version,),) = new.execute("PRAGMA user_version")

    def make_of(self, new: sqlite3.Connection) -> None:
        """Take from an empty replica what the older program has no place for."""
        new.execute("DROP TABLE macro")
        for table, column in COLUMNS:
            new.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
        new.execute(f"PRAGMA user_version = {self._version - 1}")

    def is_older(self, replica: sqlite3.Connection) -> bool:
        """Whether it was not upgraded yet."""
        ((version,),) = replica.execute("PRAGMA user_version")
        return bool(version < self._version)

    def migrate(self, replica: sqlite3.Connection) -> None:
        """What the migration of a newer program does."""
        for sql in self._made:
            replica.execute(sql)
        for (table, column), kind in COLUMNS.items():
            replica.execute(f"ALTER TABLE {table} ADD COLUMN {column} {kind}")
        replica.execute(f"PRAGMA user_version = {self._version}")


def known_row(row: Entity | None) -> Entity | None:
    """What the older program has of a row."""
    match row:
        case Conversation(message_count=count) if count:
            return replace(row, message_count=0)
        case Message(authentication=result) if result:
            return replace(row, authentication="")
        case Macro():
            return None
        case _:
            return row


def known_rows(rows: DictRows) -> DictRows:
    """What the older program has of these rows."""
    return DictRows(*(known for known in map(known_row, rows) if known is not None))


def older_text(payload: Record) -> str | None:
    """How the version before the current one of an operation says the same; None where it could not.

    A field that has its default may be one that version did not have.
    """
    kind = kind_of(payload)
    if kind.version == 1:
        return None
    defaults = {item.name: item.default for item in fields(kind.payload)}
    said = {
        name: value for name, value in to_plain(payload).items() if getattr(payload, name) != defaults[name]
    }
    text = json.dumps(said, ensure_ascii=False)
    return text if decode_payload(kind.name, kind.version - 1, text) == payload else None
