"""Work files of earlier versions become what a new one is, with everything in them."""

import sqlite3
from contextlib import closing
from pathlib import Path

from agent_desktop.store.client import WORK_NUMBER, open_client_files

TABLES = "SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY name"


def columns(path: Path) -> dict[str, list[tuple[object, ...]]]:
    with closing(sqlite3.connect(path)) as connection:
        names = [name for name, _ in connection.execute(TABLES)]
        return {name: connection.execute(f"PRAGMA table_info({name})").fetchall() for name in names}


def make(folder: Path) -> Path:
    folder.mkdir()
    open_client_files(folder / "work.db", folder / "replica.db").close()
    return folder / "work.db"


def test_the_first_version_learns_all_that_was_added_since(tmp_path: Path) -> None:
    new, old = make(tmp_path / "new"), make(tmp_path / "old")
    with closing(sqlite3.connect(old)) as connection, connection:
        connection.execute("DROP TABLE upload")
        for name in ("epoch", "deaths", "together"):
            connection.execute(f"ALTER TABLE outbox DROP COLUMN {name}")
        connection.execute("INSERT INTO setting VALUES ('a', '1')")
        connection.execute("PRAGMA user_version = 1")
    open_client_files(old, old.with_name("replica.db")).close()
    assert columns(old) == columns(new)
    with closing(sqlite3.connect(old)) as connection:
        assert connection.execute("SELECT * FROM setting").fetchall() == [("a", "1")]
        assert connection.execute("PRAGMA user_version").fetchone() == (WORK_NUMBER,)
