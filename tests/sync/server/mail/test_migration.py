"""The tables of mail are the same in a new server and in one that was brought up to them; imported mails are known."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from agent_desktop.store.upgrade import prepare
from sync.server.database import SqliteServerDatabase
from sync.server.mail.references import reference_number
from sync.server.opening import open_database
from tests.factories import make_conversation
from tests.sync.files import TEMPLATES

TABLES = ("inbound", "mail_reference")
INDEXES = ("conversation_follow_up",)
COLUMNS = (
    "message.reply_to",
    "message.authentication",
    "channel.reopening",
    "channel.reopen_days",
    "channel.auto_reply",
)


def _as_before() -> Iterator[str]:
    """What takes a new database back to the version before, with an imported mail in it."""
    yield from (f"DROP TABLE {table}" for table in TABLES)
    yield from (f"DROP INDEX {index}" for index in INDEXES)
    for column in COLUMNS:
        table, _, name = column.partition(".")
        yield f"ALTER TABLE {table} DROP COLUMN {name}"
    yield (
        "INSERT INTO message (id, ver, scope, conversation_id, kind, direction, created_at, author_name, subject, text,"
        ' quoted, "to", cc, bcc, attachment_count, delivery, delivery_detail, automatic, mentioned_ids, external_id)'
        f" VALUES ('m', 1, 'i', '{make_conversation().id}', 'reply', 'in', 0, '', '', '', '', '[]', '[]', '[]', 0,"
        " 'none', '', 0, '[]', '1@a')"
    )


def _drop_later(names: set[str]) -> Iterator[str]:
    """Columns of messages that came with versions behind this one have defaults that a row of before needs not give."""
    yield from (f"ALTER TABLE message DROP COLUMN {name}" for name in sorted(names))


def test_a_file_of_before_becomes_as_a_new_one(tmp_path: Path) -> None:
    for name in ("new.db", "old.db"):
        TEMPLATES.server(tmp_path / name).close()
    with closing(sqlite3.connect(tmp_path / "old.db", isolation_level=None)) as connection:
        later = _later(
            {row[0] for row in connection.execute("SELECT name FROM pragma_table_info('message')")}
        )
        for statement in (*_drop_later(later), *_as_before()):
            connection.execute(statement)
        connection.execute("PRAGMA user_version = 14")
    database = SqliteServerDatabase(tmp_path / "old.db")
    prepare(database, TEMPLATES.server_schema.version()._replace(number=15))
    with database.read() as connection:
        found = connection.execute("SELECT number, message_id FROM mail_reference").fetchall()
    assert [tuple(row) for row in found] == [(reference_number("1@a"), "m")]
    database.close()
    assert _definitions(tmp_path / "old.db") == _definitions(tmp_path / "new.db")


def _later(columns: set[str]) -> set[str]:
    return columns & {"forwarded", "sender", "mail_kind"}


def _definitions(path: Path) -> set[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        found: set[tuple[object, ...]] = {
            (table, *row[1:4])
            for table in TABLES
            for row in connection.execute("SELECT * FROM pragma_table_info(?)", (table,))
        }
        sql = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND (tbl_name IN (?, ?) OR name = ?)"
        return found | set(connection.execute(sql, (*TABLES, *INDEXES)))


@pytest.mark.peer
def test_the_same_in_postgresql(postgres: str, monkeypatch: pytest.MonkeyPatch) -> None:
    TEMPLATES.postgres(postgres).close()
    url = postgres.replace("postgresql+psycopg://", "postgresql://", 1)
    with psycopg.connect(url, autocommit=True) as connection:
        before = _in_postgres(connection)
        connection.execute("SELECT set_config('agent_desktop.version', 'any', false)")
        columns = connection.execute(
            "SELECT column_name FROM information_schema.columns"
            " WHERE table_schema = current_schema() AND table_name = 'message'"
        )
        later = _later({row[0] for row in columns})
        for statement in (*_drop_later(later), *_as_before()):
            connection.execute(statement.encode())
        connection.execute("UPDATE schema_version SET number = 14")
    fifteenth = TEMPLATES.server_schema.version()._replace(number=15)
    monkeypatch.setattr(TEMPLATES.server_schema, "version", lambda: fifteenth)
    open_database(postgres, TEMPLATES.server_schema).close()
    with psycopg.connect(url) as connection:
        assert _in_postgres(connection) == before
        found = connection.execute("SELECT number, message_id FROM mail_reference").fetchall()
    assert found == [(reference_number("1@a"), "m")]


def _in_postgres(connection: psycopg.Connection[tuple[object, ...]]) -> set[tuple[object, ...]]:
    columns = connection.execute(
        "SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns"
        " WHERE table_schema = current_schema() AND table_name = ANY(%s)",
        ([*TABLES],),
    )
    indexes = connection.execute(
        "SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = current_schema()"
        " AND (tablename = ANY(%s) OR indexname = ANY(%s))",
        ([*TABLES], [*INDEXES]),
    )
    return {*columns.fetchall(), *indexes.fetchall()}
