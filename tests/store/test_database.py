"""One file: writers take turns, readers see commits, and what the disk does is told in words."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from agent_desktop.domain.errors import StoreError
from agent_desktop.store.database import Database, Durability


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "data.db", Durability.FULL)
    with database.write() as connection:
        connection.execute("CREATE TABLE t (a)")
    yield database
    database.close()


def values(database: Database) -> list[Any]:
    return [row[0] for row in database.query("SELECT a FROM t ORDER BY a")]


class Oops(Exception):
    """Something goes wrong in the middle."""


def insert(database: Database, value: int, *, fail: bool = False) -> None:
    with database.write() as connection:
        connection.execute("INSERT INTO t VALUES (?)", (value,))
        if fail:
            raise Oops


def test_what_fails_is_rolled_back(database: Database) -> None:
    insert(database, 1)
    with pytest.raises(Oops):
        insert(database, 2, fail=True)
    insert(database, 3)
    assert values(database) == [1, 3]


def test_an_inner_transaction_is_part_of_the_outer(database: Database) -> None:
    def outer() -> None:
        with database.write():
            insert(database, 1)
            with database.write():
                insert(database, 2)
            assert values(database) == []  # readers see commits only
            raise Oops

    with pytest.raises(Oops):
        outer()
    assert values(database) == []


def test_readers_see_commits_and_snapshots_see_one(database: Database) -> None:
    insert(database, 1)
    with database.snapshot() as connection:
        before = connection.execute("SELECT count(*) FROM t").fetchone()[0]
        insert(database, 2)
        assert connection.execute("SELECT count(*) FROM t").fetchone()[0] == before == 1
    assert values(database) == [1, 2]


def test_writers_take_turns(database: Database) -> None:
    with database.write() as connection:
        connection.execute("INSERT INTO t VALUES (0)")

    def count_up() -> None:
        for _ in range(50):
            with database.write() as connection:
                number = connection.execute("SELECT a FROM t").fetchone()[0]
                connection.execute("UPDATE t SET a = ?", ((number or 0) + 1,))

    threads = [threading.Thread(target=count_up) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert values(database) == [200]


def test_long_queries_come_in_chunks_and_leave_nothing_open(database: Database) -> None:
    with database.write() as connection:
        connection.execute("WITH RECURSIVE n(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM n WHERE x < 5000)"
                                   " INSERT INTO t SELECT x FROM n")  # fmt: skip
    chunks = list(database.chunks("SELECT a FROM t ORDER BY a"))
    assert [row[0] for chunk in chunks for row in chunk] == list(range(1, 5001))
    assert len(chunks) > 1
    first = next(iter(database.chunks("SELECT a FROM t ORDER BY a")))
    assert first[0] == (1,)
    insert(database, 0)
    assert database.query("PRAGMA wal_checkpoint(TRUNCATE)") == [(0, 0, 0)]  # no reader holds the log back


@pytest.mark.parametrize(("durability", "level"), [(Durability.FULL, 2), (Durability.NORMAL, 1)])
def test_every_connection_has_the_durability_of_its_file(
    tmp_path: Path, durability: Durability, level: int
) -> None:
    database = Database(tmp_path / f"{durability}.db", durability)
    with database.write() as writer, database.read() as reader:
        for connection in (writer, reader):
            assert connection.execute("PRAGMA synchronous").fetchone()[0] == level
            assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    database.close()


def test_a_file_that_another_program_writes_to_is_waited_for_and_then_said_to_be_in_use(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent_desktop.store.database.BUSY_MILLISECONDS", 20)
    with closing(sqlite3.connect(database.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        impatient = Database(database.path, Durability.FULL)
        with pytest.raises(StoreError) as busy:
            insert(impatient, 1)
        assert busy.value.sentence == "data.db is in use by another program. Close it and try again."
        other.execute("ROLLBACK")
        insert(impatient, 1)
        impatient.close()
    assert values(database) == [1]


def test_a_read_only_file_is_said_to_be_one_and_can_be_read(
    tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    insert(database, 1)
    connect = sqlite3.connect

    def read_only(path: Path, **options: Any) -> sqlite3.Connection:
        return connect(f"file:{path}?mode=ro", uri=True, **options)

    with monkeypatch.context() as patched:
        patched.setattr(sqlite3, "connect", read_only)
        locked = Database(database.path, Durability.FULL)
        assert values(locked) == [1]
        with pytest.raises(StoreError) as refused:
            insert(locked, 2)
        locked.close()
    assert refused.value.sentence == (
        "The folder of data.db is read-only, so nothing can be stored. Check its permissions."
    )
    assert values(database) == [1]


def test_a_folder_that_is_gone_is_said_to_be(tmp_path: Path) -> None:
    database = Database(tmp_path / "gone" / "data.db", Durability.FULL)
    with pytest.raises(StoreError) as refused:
        database.query("SELECT 1")
    assert refused.value.sentence.startswith("data.db cannot be opened.")
    database.close()


def test_damage_leaves_a_mark_for_the_next_start(tmp_path: Path) -> None:
    path = tmp_path / "data.db"
    path.write_bytes(b"This was never a database, whatever its name says." * 40)
    database = Database(path, Durability.FULL)
    assert not database.damage_mark.exists()
    with pytest.raises(StoreError, match="not a database"):
        database.query("SELECT 1")
    assert database.damage_mark.exists()
    database.close()
