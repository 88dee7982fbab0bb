"""A replica of the first version, brought up to this one, is as a new one."""

import sqlite3
from contextlib import closing
from pathlib import Path

from agent_desktop.store.client import open_client_files

FIRST = ("DROP TRIGGER message_text_update", "DROP TABLE draft_copy", "PRAGMA user_version = 1")
"""What takes a new file back to the first version."""


def definitions(path: Path) -> set[tuple[str, str]]:
    with closing(sqlite3.connect(path)) as connection:
        names = connection.execute(
            "SELECT type, name FROM sqlite_master WHERE name NOT LIKE '%_text_%'"
        ).fetchall()
        columns = {
            (f"{name}.{row[1]}", " ".join(map(str, row[2:])))
            for kind, name in names
            if kind == "table"
            for row in connection.execute("SELECT * FROM pragma_table_info(?)", (name,))
        }
        return set(names) | columns


def test_the_first_replica_becomes_as_a_new_one(tmp_path: Path) -> None:
    for folder in ("new", "old"):
        (tmp_path / folder).mkdir()
        open_client_files(tmp_path / folder / "work.db", tmp_path / folder / "replica.db").close()
    old = tmp_path / "old" / "replica.db"
    with closing(sqlite3.connect(old)) as connection:
        for statement in FIRST:
            connection.execute(statement)
    assert definitions(old) != definitions(tmp_path / "new" / "replica.db")
    open_client_files(tmp_path / "old" / "work.db", old).close()
    assert definitions(old) == definitions(tmp_path / "new" / "replica.db")
    assert (tmp_path / "old" / "replica.before-1.db").exists()
