"""Encrypted files: nothing of them can be read without the key, and everything works with it."""

import ast
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import sqlcipher3.dbapi2

from agent_desktop.domain.errors import StoreError
from agent_desktop.store.client import open_client_files
from agent_desktop.store.core import CoreDatabase
from agent_desktop.store.crypto import connect, export, is_plain, unread_pages
from agent_desktop.store.data_key import DataKey
from agent_desktop.store.database import Database, Durability
from agent_desktop.store.upgrade import back_up
from tests.project.tree import PACKAGES, ROOT, modules

KEY = DataKey(bytes(range(32)))
SENTINEL = "kettle-sentinel-4711"


def filled(path: Path, key: DataKey | None) -> Database:
    database = Database(path, Durability.FULL, key)
    with database.write() as connection:
        connection.execute("CREATE TABLE t (a TEXT)")
        connection.execute("CREATE VIRTUAL TABLE words USING fts5 (a)")
        connection.executemany("INSERT INTO t VALUES (?)", [(f"{SENTINEL} {n}",) for n in range(500)])
        connection.execute("INSERT INTO words SELECT a FROM t")
    return database


def bytes_of(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(folder.iterdir()) if file.is_file())


def test_every_connection_is_guarded(tmp_path: Path) -> None:
    with closing(Database(tmp_path / "a.db", Durability.FULL, KEY)) as database:
        expected = {
            "journal_mode": "wal",
            "synchronous": 2,
            "secure_delete": 1,
            "temp_store": 2,
            "trusted_schema": 0,
            "cell_size_check": 1,
            "cipher_log_level": "NONE",
            "cipher_use_hmac": "1",
            "cipher_page_size": "4096",
        }
        with database.write() as writer, database.read() as reader:
            writer.execute("CREATE TABLE t (a)")
            for connection in (writer, reader):
                found = {name: connection.execute(f"PRAGMA {name}").fetchone()[0] for name in expected}
                assert found == expected
        assert database.query("PRAGMA cipher_status") == [("1",)]


@pytest.mark.parametrize("key", [None, KEY], ids=["plain", "encrypted"])
def test_no_word_lies_open(tmp_path: Path, key: DataKey | None) -> None:
    """The journal is looked at, too: nothing was written back yet."""
    database = filled(tmp_path / "a.db", key)
    assert {"a.db", "a.db-wal"} <= {file.name for file in tmp_path.iterdir()}
    found = SENTINEL.encode() in bytes_of(tmp_path)
    back_up(database, 1)
    database.close()
    found = found or SENTINEL.encode() in bytes_of(tmp_path)
    assert found is (key is None)
    with closing(Database(tmp_path / "a.before-1.db", Durability.FULL, key)) as copy:
        assert copy.query("SELECT count(*) FROM words WHERE words MATCH 'kettle'") == [(500,)]


def test_a_wrong_key_opens_nothing_and_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    filled(path, KEY).close()
    before = path.read_bytes()
    for key in (DataKey(bytes(32)), None):
        with closing(Database(path, Durability.FULL, key)) as database, pytest.raises(StoreError):
            database.query("SELECT count(*) FROM t")
    assert path.read_bytes() == before
    with closing(Database(path, Durability.FULL, KEY)) as database:
        assert database.query("SELECT count(*) FROM t") == [(500,)]


def test_errors_are_told_in_words(tmp_path: Path) -> None:
    gone = Database(tmp_path / "gone" / "a.db", Durability.FULL, KEY)
    with closing(gone), pytest.raises(StoreError, match="cannot be opened"):
        gone.query("SELECT 1")
    with closing(filled(tmp_path / "a.db", KEY)) as database, pytest.raises(sqlcipher3.dbapi2.Error):
        database.query("SELECT nothing FROM t")  # a defect of ours stays one


def test_text_that_is_none_is_damage(tmp_path: Path) -> None:
    with closing(filled(tmp_path / "a.db", KEY)) as database:
        with database.write() as connection:
            connection.execute("INSERT INTO t VALUES (cast(x'ff' AS TEXT))")
        with pytest.raises(StoreError, match="damaged"):
            database.query("SELECT a FROM t")
        assert database.damage_mark.exists()


def test_sqlalchemy_works_on_the_same_file(tmp_path: Path) -> None:
    filled(tmp_path / "a.db", KEY).close()
    with closing(CoreDatabase(tmp_path / "a.db", Durability.FULL, KEY)) as core:
        with core.write() as connection:
            connection.exec_driver_sql("INSERT INTO t VALUES (cast(x'ff' AS TEXT))")
        assert core.query("SELECT count(*) FROM t") == [(501,)]
        with pytest.raises(StoreError, match="damaged"), core.read() as connection:
            connection.exec_driver_sql("SELECT a FROM t").fetchall()


def test_the_files_of_a_profile_are_made_migrated_and_opened_with_a_key(tmp_path: Path) -> None:
    for _ in range(2):
        with closing(open_client_files(tmp_path / "work.db", tmp_path / "replica.db", KEY)) as files:
            assert not files.crashed
    assert not is_plain(tmp_path / "work.db")
    assert not is_plain(tmp_path / "replica.db")


def test_a_plain_file_is_exported_whole(tmp_path: Path) -> None:
    plain, sealed = tmp_path / "plain.db", tmp_path / "sealed.db"
    database = filled(plain, None)
    with database.write() as connection:
        connection.execute("PRAGMA user_version = 7")
        connection.execute("PRAGMA application_id = 3")
    export(plain, sealed, KEY)
    database.close()
    assert SENTINEL.encode() not in sealed.read_bytes()
    with closing(connect(sealed, KEY)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (7,)
        assert connection.execute("PRAGMA application_id").fetchone() == (3,)
        assert connection.execute("SELECT count(*) FROM words WHERE words MATCH 'kettle'").fetchone() == (
            500,
        )
        assert unread_pages(connection) == []


def test_a_key_shows_itself_nowhere() -> None:
    key = DataKey.new()
    assert key.secret.hex() not in f"{key!r}{key}{key.check}"
    assert key.derive("database") != key.derive("files") != key.secret
    assert DataKey(key.secret).check == key.check != DataKey.new().check


SEAM = ROOT / "agent_desktop" / "store" / "crypto.py"


def test_only_the_seam_speaks_to_sqlcipher_and_nobody_copies_into_a_plain_file() -> None:
    """`backup` and an export with an empty key would write everything in plain text."""
    for path in modules(*PACKAGES):
        if path == SEAM:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Attribute):
                assert node.attr != "iterdump", path
                assert not (node.attr == "backup" and isinstance(node.ctx, ast.Load)), path
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and not node.value.count("\n"):
                text = node.value.lower()
                assert "sqlcipher_export" not in text, path
                assert not text.startswith(("attach ?", "attach database")), path
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = [alias.name for alias in node.names] + [getattr(node, "module", None) or ""]
                assert not any(name.split(".")[0] == "sqlcipher3" for name in names), path
    assert sqlite3.sqlite_version_info >= (3, 37)
