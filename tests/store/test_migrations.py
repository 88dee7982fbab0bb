"""A replica of the first version, brought up to this one, is as a new one."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from agent_desktop.store.client import open_client_files
from agent_desktop.store.small_text import INDEXES

OF_LISTS = (
    "conversation_due",
    "conversation_assignee",
    "conversation_channel",
    "conversation_merged",
)
"""Made anew when conversations could be merged."""


def _as_first() -> Iterator[str]:
    """What takes a new file back to the first version."""
    yield "DROP TRIGGER message_text_update"
    yield "DROP TRIGGER message_text_delete"
    yield "DROP TABLE message_text"
    yield "CREATE VIRTUAL TABLE message_text USING fts5(text, content='message', content_rowid='pk')"
    yield "CREATE TRIGGER message_text_delete AFTER DELETE ON message BEGIN SELECT 1; END"
    yield "DROP TABLE draft_copy"
    yield "DROP TABLE custom_role"
    yield "DROP TABLE policy"
    yield "DROP TABLE remote_picture"
    yield "DROP TABLE not_known"
    yield "DROP TABLE former"
    yield "DROP INDEX customer_erased"
    for index in OF_LISTS:
        yield f"DROP INDEX {index}"
    for column in (
        "conversation.merged_into",
        "conversation.merged_at",
        "conversation.suggested_id",
        "conversation.follow_up_of",
        "message.reply_to",
        "message.authentication",
        "message.forwarded",
        "message.sender",
        "message.mail_kind",
        "channel.reopening",
        "channel.reopen_days",
        "channel.auto_reply",
        "team.private",
        "channel.private",
        "channel.member_ids",
        "operation_result.group_id",
        "user.custom_role_id",
        "user.grants",
        "customer.erased_at",
    ):
        table, _, name = column.partition(".")
        yield f"ALTER TABLE {table} DROP COLUMN {name}"
    yield "DROP TABLE unmerged_text"
    for name in ("message_text", *(index.name for index in INDEXES)):
        yield f"DROP TABLE {name}_words"
    for index in INDEXES:
        for what in ("insert", "update", "delete"):
            yield f"DROP TRIGGER {index.name}_{what}"
            yield f"CREATE TRIGGER {index.name}_{what} AFTER {what} ON {index.table} BEGIN SELECT 1; END"
    yield "DROP TABLE small_text"
    yield "PRAGMA user_version = 1"


def definitions(path: Path) -> set[tuple[str, str]]:
    with closing(sqlite3.connect(path)) as connection:
        names = connection.execute(
            "SELECT type, name FROM sqlite_master"
            " WHERE name NOT LIKE '%_text_%' OR name LIKE '%_text_words' OR type = 'trigger'"
        ).fetchall()
        columns = {
            (f"{name}.{row[1]}", f"{row[2]} {row[3]}")
            for kind, name in names
            if kind == "table"
            for row in connection.execute("SELECT * FROM pragma_table_info(?)", (name,))
        }
        return set(names) | columns


def trigger_texts(path: Path) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name"
        ).fetchall()


def test_the_first_replica_becomes_as_a_new_one(tmp_path: Path) -> None:
    for folder in ("new", "old"):
        (tmp_path / folder).mkdir()
        open_client_files(tmp_path / folder / "work.db", tmp_path / folder / "replica.db").close()
    old = tmp_path / "old" / "replica.db"
    with closing(sqlite3.connect(old)) as connection:
        for statement in _as_first():
            connection.execute(statement)
    assert definitions(old) != definitions(tmp_path / "new" / "replica.db")
    open_client_files(tmp_path / "old" / "work.db", old).close()
    assert definitions(old) == definitions(tmp_path / "new" / "replica.db")
    assert trigger_texts(old) == trigger_texts(tmp_path / "new" / "replica.db")
    assert (tmp_path / "old" / "replica.before-1.db").exists()
