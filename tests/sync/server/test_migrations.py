"""The file of a server of an older version becomes as a new one, and whoever was signed in stays so."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from agent_desktop.domain.clock import SystemClock
from agent_desktop.domain.ids import TimeOrderedIds
from agent_desktop.store.upgrade import prepare
from sync.protocol.messages import TokenAnswer
from sync.server.database import SqliteServerDatabase
from sync.server.opening import open_database
from sync.server.sign_in.accounts import Accounts
from sync.server.sign_in.sign_ins import digest
from tests.factories import ANNA
from tests.sync.files import TEMPLATES
from tests.sync.server.team import CHEAP

OLD_TOKEN = "ad_Y2hlcnJpZXMgYW5kIHN1bW1lciByYWluIG9uIHRoZSByb29m"
TABLES = (
    "sign_in",
    "token",
    "authorization_code",
    "second_factor",
    "recovery_code",
    "company_account",
    "sign_in_rule",
)


def _as_before_tokens_were_renewed(now: int) -> Iterator[str]:
    """What takes a new file back to the seventh version, with a device that is signed in."""
    yield from (f"DROP TABLE {table}" for table in TABLES)
    yield "DROP TABLE device"
    yield (
        "CREATE TABLE device (device_id TEXT NOT NULL, user_id TEXT NOT NULL, name TEXT NOT NULL,"
        " token_sha256 TEXT NOT NULL, created_at INTEGER NOT NULL, seen_at INTEGER NOT NULL, revoked_at INTEGER,"
        " PRIMARY KEY (device_id), UNIQUE (token_sha256))"
    )
    yield "CREATE INDEX ix_device_user_id ON device (user_id)"
    yield (
        f"INSERT INTO device VALUES ('d1', '{ANNA.id}', 'laptop', '{digest(OLD_TOKEN)}', {now}, {now}, NULL),"
        f" ('d2', '{ANNA.id}', 'lost', '{digest('ad_lost')}', {now}, {now}, {now})"
    )
    yield "PRAGMA user_version = 7"


def definitions(path: Path) -> set[tuple[object, ...]]:
    """Columns and indexes of the tables of accounts."""
    found: set[tuple[object, ...]] = set()
    with closing(sqlite3.connect(path)) as connection:
        for name in (*TABLES, "device", "account"):
            for row in connection.execute("SELECT * FROM pragma_table_info(?)", (name,)):
                found.add((name, *row[1:4]))
            for row in connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL",
                (name,),
            ):
                found.add((name, *row))
    return found


def test_a_token_of_the_last_release_is_good_until_it_is_exchanged(tmp_path: Path) -> None:
    TEMPLATES.server(tmp_path / "new.db").close()
    TEMPLATES.server(tmp_path / "old.db").close()
    clock = SystemClock()
    with closing(sqlite3.connect(tmp_path / "old.db", isolation_level=None)) as connection:
        for statement in _as_before_tokens_were_renewed(int(clock.now().timestamp() * 1e6)):
            connection.execute(statement)
    assert definitions(tmp_path / "old.db") != definitions(tmp_path / "new.db")

    database = SqliteServerDatabase(tmp_path / "old.db")
    prepare(database, TEMPLATES.server_schema.version()._replace(number=8))
    assert definitions(tmp_path / "old.db") == definitions(tmp_path / "new.db")
    accounts = Accounts(database, TEMPLATES.server_schema, clock, TimeOrderedIds(clock), CHEAP)
    session = accounts.session(OLD_TOKEN)
    assert session is not None
    assert (session.user_id, session.device_id) == (ANNA.id, "d1")
    assert accounts.session("ad_lost") is None

    renewed = accounts.renew(OLD_TOKEN, "", None)
    assert isinstance(renewed, TokenAnswer)
    assert renewed.device_id == "d1"
    assert accounts.session(renewed.access_token) == session
    assert accounts.session(OLD_TOKEN) is None, "it was exchanged"
    assert accounts.renew(OLD_TOKEN, "", None) == renewed, "whoever did not get the answer asks again"
    database.close()


@pytest.mark.peer
def test_the_same_in_postgresql(postgres: str, monkeypatch: pytest.MonkeyPatch) -> None:
    TEMPLATES.postgres(postgres).close()
    clock = SystemClock()
    url = postgres.replace("postgresql+psycopg://", "postgresql://", 1)
    with psycopg.connect(url, autocommit=True) as connection:
        before = _columns(connection)
        for statement in _as_before_tokens_were_renewed(int(clock.now().timestamp() * 1e6)):
            if "PRAGMA" not in statement:
                connection.execute(statement.replace("INTEGER", "BIGINT"))
        connection.execute("UPDATE schema_version SET number = 7")
    eighth = TEMPLATES.server_schema.version()._replace(number=8)
    monkeypatch.setattr(TEMPLATES.server_schema, "version", lambda: eighth)
    database = open_database(postgres, TEMPLATES.server_schema)
    accounts = Accounts(database, TEMPLATES.server_schema, clock, TimeOrderedIds(clock), CHEAP)
    assert isinstance(accounts.renew(OLD_TOKEN, "", None), TokenAnswer)
    database.close()
    with psycopg.connect(url) as connection:
        assert _columns(connection) == before


def _columns(connection: psycopg.Connection[tuple[object, ...]]) -> set[tuple[object, ...]]:
    found = connection.execute(
        "SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns"
        " WHERE table_schema = current_schema() AND table_name = ANY(%s)",
        ([*TABLES, "device"],),
    )
    indexes = connection.execute(
        "SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = current_schema() AND tablename = ANY(%s)",
        ([*TABLES, "device"],),
    )
    return {*found.fetchall(), *indexes.fetchall()}
