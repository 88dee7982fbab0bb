"""Rows of an older or newer server: columns that are not known are left out, those that are missing take defaults."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.errors import StoreError
from agent_desktop.store.client import ClientFiles, open_client_files
from agent_desktop.store.replica import Delta, Replica
from agent_desktop.store.row_file import row_file
from agent_desktop.store.rows import SqlRows
from tests.factories import an_id, make_conversation

SINCE_FIRST = "tags"
"""A column with a default: it could have come with a later version."""


@pytest.fixture
def files(tmp_path: Path) -> Iterator[ClientFiles]:
    files = open_client_files(tmp_path / "work.db", tmp_path / "replica.db")
    yield files
    files.close()


def received(
    files: ClientFiles, rows: list[dict[str, Any]], *, in_a_file: bool = False
) -> list[Conversation]:
    """What is stored of these rows of one table."""
    replica = Replica(files.replica, files.replica_schema, files.outbox, an_id("user"))
    columns = list(rows[0])
    table = {Conversation.table: (columns, [list(row.values()) for row in rows])}
    content = {"row_file": row_file(table)} if in_a_file else {"rows": table}
    replica.receive(Delta(epoch="e", cursor=1, ack=0, **content))
    with files.replica.read() as connection:
        return SqlRows(connection, files.replica_schema.tables).query(Conversation)


def plain(files: ClientFiles, count: int) -> tuple[list[Conversation], list[dict[str, Any]]]:
    mapping = files.replica_schema.tables[Conversation]
    rows = [
        replace(make_conversation(), id=an_id(f"c{number}"), number=number, ver=1)
        for number in range(1, count + 1)
    ]
    return rows, [mapping.parameters(row) for row in rows]


WAYS = pytest.mark.parametrize(
    ("count", "in_a_file"), [(1, False), (Replica.bulk + 1, False), (3, True)], ids=["one", "many", "file"]
)


@WAYS
def test_a_newer_servers_columns_are_left_out(files: ClientFiles, count: int, in_a_file: bool) -> None:
    rows, values = plain(files, count)
    newer = [{"colour": "red", **row} for row in values]
    assert sorted(received(files, newer, in_a_file=in_a_file), key=lambda row: row.number or 0) == rows


@WAYS
def test_an_older_servers_rows_get_the_defaults(files: ClientFiles, count: int, in_a_file: bool) -> None:
    rows, values = plain(files, count)
    older = [{name: value for name, value in row.items() if name != SINCE_FIRST} for row in values]
    assert sorted(received(files, older, in_a_file=in_a_file), key=lambda row: row.number or 0) == [
        replace(row, tags=()) for row in rows
    ]


@pytest.mark.parametrize("in_a_file", [False, True])
def test_what_has_no_default_is_not_made_up(files: ClientFiles, in_a_file: bool) -> None:
    _, (row,) = plain(files, 1)
    del row["customer_id"]
    with pytest.raises(StoreError) as caught:
        received(files, [row], in_a_file=in_a_file)
    assert "too old" in caught.value.sentence
    assert "customer_id" in caught.value.detail


def noted(files: ClientFiles) -> list[tuple[str, str]]:
    return files.replica.query("SELECT entity, name FROM not_known ORDER BY entity, name")


@WAYS
def test_what_is_left_out_is_noted_by_name(files: ClientFiles, count: int, in_a_file: bool) -> None:
    _, values = plain(files, count)
    received(files, values, in_a_file=in_a_file)
    assert noted(files) == []
    received(files, [{"colour": "red", **row} for row in values], in_a_file=in_a_file)
    assert noted(files) == [("conversation", "colour")]


def test_a_table_is_noted_and_forgotten_when_everything_goes(files: ClientFiles) -> None:
    replica = Replica(files.replica, files.replica_schema, files.outbox, an_id("user"))
    replica.receive(Delta(epoch="e", cursor=1, ack=0, rows={"planet": (("id",), (("x",),))}))
    assert noted(files) == [("planet", "")]
    replica.receive(Delta(epoch="f", cursor=0, ack=0, anew=True))
    assert noted(files) == []


def test_whoever_sends_names_without_end_fills_nothing(files: ClientFiles) -> None:
    _, (row,) = plain(files, 1)
    received(files, [row | {"": 0, "no name": 0, "x" * 64: 0}])
    assert noted(files) == []
    for first in (0, 60, 120):
        received(files, [row | {f"c{number}": 0 for number in range(first, first + 60)}])
    assert len(noted(files)) == 1
    replica = Replica(files.replica, files.replica_schema, files.outbox, an_id("user"))
    replica.fetch_learned("[]")
    assert replica.state().scan is None, "this is the program that sent for them"
    with files.replica.write() as connection:
        connection.execute("PRAGMA user_version = 1000")
    replica.fetch_learned("[]")
    assert (replica.state().scan, noted(files)) == ("[]", [])
