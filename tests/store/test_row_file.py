"""Rows as a small file: what goes in comes out, and nothing but plain tables is taken for one."""

import sqlite3
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.store.row_file import is_row_file, row_file, rows_in

values = st.none() | st.integers(-(2**63), 2**63 - 1) | st.text(st.characters(exclude_categories=["Cs"]))
tables = st.integers(1, 4).flatmap(
    lambda width: st.tuples(
        st.just([f"column_{number}" for number in range(width)]),
        st.lists(st.lists(values, min_size=width, max_size=width).map(tuple), max_size=20),
    )
)


@given(st.dictionaries(st.sampled_from(["message", "customer", "user"]), tables, min_size=1))
def test_what_goes_in_comes_out(rows: dict[str, tuple[list[str], list[tuple[object, ...]]]]) -> None:
    content = row_file(rows)
    assert is_row_file(content)
    assert rows_in(content) == rows


def test_of_no_tables_there_is_none() -> None:
    assert row_file({}) == b""


def made(*statements: str) -> bytes:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)
        return connection.serialize()


SMALL = row_file({"message": (["id", "text"], [(str(number), "Hello" * 50) for number in range(100)])})


@pytest.mark.parametrize(
    "content",
    [
        b"x",
        b"SQLite format 3\0",
        SMALL[:-1],
        SMALL[: len(SMALL) // 2],
        SMALL[:4096] + bytes(4096) + SMALL[8192:],
        made('CREATE TABLE "message" ("id")', 'CREATE VIEW "customer" AS SELECT * FROM message'),
        made('CREATE TABLE "message" ("id")', "CREATE TRIGGER t AFTER INSERT ON message BEGIN SELECT 1; END"),
        made("CREATE VIRTUAL TABLE message USING fts5(id)"),
        made('CREATE TABLE "message" ("id", "text" AS (upper("id")))'),
        made('CREATE TABLE "message" ("id" CHECK (length("id") < 9))'),
        made('CREATE TABLE "message" ("id")', 'CREATE INDEX "i" ON "message" ("id")'),
    ],
    ids="nothing head cut half blank view trigger virtual generated check index".split(),
)
def test_what_is_no_plain_file_of_rows_is_not_taken_for_one(content: bytes) -> None:
    assert not is_row_file(content)
