"""Files of other versions: older ones are migrated after a backup, newer ones are left as they are."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, Text

from agent_desktop.domain.errors import StoreError
from agent_desktop.store.database import Database, Durability
from agent_desktop.store.upgrade import SchemaVersion, prepare

ADD_COLOUR = """
from alembic import op
from sqlalchemy import Column, Text

def upgrade():
    op.add_column("thing", Column("colour", Text, server_default="red"))
"""
RENAME = """
from alembic import op

def upgrade():
    with op.batch_alter_table("thing") as batch:
        batch.alter_column("name", new_column_name="title")
"""
FAIL = """
from alembic import op

def upgrade():
    op.execute("UPDATE thing SET name = 'half done'")
    op.execute("DROP TABLE thing")
    op.execute("SELECT * FROM nothing_of_this_name")
"""


@pytest.fixture
def first(tmp_path: Path) -> SchemaVersion:
    """The first version of a schema, with an empty folder of migrations."""
    metadata = MetaData()
    Table("thing", metadata, Column("id", Integer, primary_key=True), Column("name", Text))
    (tmp_path / "migrations").mkdir()
    return SchemaVersion(
        lambda: metadata,
        1,
        1,
        tmp_path / "migrations",
        lambda: ("CREATE VIEW names AS SELECT name FROM thing",),
    )


@pytest.fixture
def path(tmp_path: Path, first: SchemaVersion) -> Path:
    """A file of the first version with a row in it."""
    path = tmp_path / "data.db"
    database = Database(path, Durability.FULL)
    prepare(database, first)
    with database.write() as connection:
        connection.execute("INSERT INTO thing VALUES (1, 'lamp')")
    database.close()
    return path


def step(schema: SchemaVersion, number: int, source: str) -> SchemaVersion:
    """The schema one version on, by this migration."""
    (schema.migrations / f"{number:04}_step.py").write_text(source)
    return schema._replace(number=number)


def open_with(path: Path, schema: SchemaVersion) -> None:
    database = Database(path, Durability.FULL)
    try:
        prepare(database, schema)
    finally:
        database.close()


def rows(path: Path, sql: str = "SELECT * FROM thing") -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql).fetchall()


def test_a_new_file_is_made_with_its_version(path: Path, first: SchemaVersion) -> None:
    assert rows(path, "PRAGMA user_version") == [(1,)]
    assert rows(path, "SELECT name FROM names") == [("lamp",)]
    before = path.read_bytes()
    open_with(path, first)
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.glob("*.db*")] == ["data.db"]


def test_an_older_file_is_migrated_after_a_backup(path: Path, first: SchemaVersion) -> None:
    second = step(first, 2, ADD_COLOUR)
    open_with(path, second)
    assert rows(path) == [(1, "lamp", "red")]
    assert rows(path, "PRAGMA user_version") == [(2,)]
    backup = path.with_name("data.before-1.db")
    assert rows(backup) == [(1, "lamp")]
    assert rows(backup, "PRAGMA user_version") == [(1,)]
    assert list(path.parent.glob("*.partial")) == []


def test_several_versions_are_caught_up_at_once(path: Path, first: SchemaVersion) -> None:
    third = step(step(first, 2, ADD_COLOUR), 3, RENAME)
    open_with(path, third)
    assert rows(path, "SELECT title, colour FROM thing") == [("lamp", "red")]
    assert rows(path, "PRAGMA user_version") == [(3,)]
    assert path.with_name("data.before-1.db").exists()


def test_a_migration_that_fails_leaves_the_old_file(path: Path, first: SchemaVersion) -> None:
    third = step(step(first, 2, ADD_COLOUR), 3, FAIL)
    with pytest.raises(StoreError, match="left as it was") as failed:
        open_with(path, third)
    assert "nothing_of_this_name" in failed.value.detail
    assert rows(path) == [(1, "lamp")]
    assert rows(path, "PRAGMA user_version") == [(1,)]
    open_with(path, first)
    (first.migrations / "0003_step.py").write_text(RENAME)
    open_with(path, third)
    assert rows(path, "SELECT title FROM thing") == [("lamp",)]


def test_a_missing_migration_is_told_before_anything_is_done(path: Path, first: SchemaVersion) -> None:
    step(first, 2, ADD_COLOUR)
    with pytest.raises(StoreError, match="Install it again"):
        open_with(path, first._replace(number=3))
    assert list(path.parent.glob("*before*")) == []
    assert rows(path) == [(1, "lamp")]
    assert rows(path, "PRAGMA user_version") == [(1,)]


def test_a_newer_file_is_refused_and_left_as_it_is(path: Path, first: SchemaVersion) -> None:
    open_with(path, step(first, 2, ADD_COLOUR)._replace(oldest_compatible=2))
    before = path.read_bytes()
    with pytest.raises(StoreError) as refused:
        open_with(path, first)
    assert refused.value.sentence == (
        "data.db was made by a newer version of Agent Desktop and was left as it is."
        " Update Agent Desktop to open it."
    )
    assert path.read_bytes() == before


def test_a_newer_file_that_says_it_is_compatible_is_used(path: Path, first: SchemaVersion) -> None:
    open_with(path, step(first, 2, ADD_COLOUR)._replace(oldest_compatible=1))
    open_with(path, first)
    assert rows(path, "PRAGMA user_version") == [(2,)]
    assert rows(path) == [(1, "lamp", "red")]


def test_a_newer_program_goes_on_where_an_older_one_wrote(path: Path, first: SchemaVersion) -> None:
    second = step(first, 2, ADD_COLOUR)._replace(oldest_compatible=1)
    open_with(path, second)
    database = Database(path, Durability.FULL)
    prepare(database, first)
    with database.write() as connection:
        connection.execute("INSERT INTO thing (id, name) VALUES (2, 'table')")
    database.close()
    open_with(path, second)
    assert rows(path) == [(1, "lamp", "red"), (2, "table", "red")]


def test_no_room_for_the_backup_means_no_migration(
    path: Path, first: SchemaVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = step(first, 2, ADD_COLOUR)
    (path.with_name("data.before-1.partial")).mkdir()  # what cannot be written to
    with pytest.raises((StoreError, OSError)):
        open_with(path, second)
    assert rows(path) == [(1, "lamp")]
    assert rows(path, "PRAGMA user_version") == [(1,)]
