"""Backups: a copy of every table, from and into either database, and nothing leaves twice because of one."""

import os
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from agent_desktop.domain.clock import ManualClock, to_microseconds
from agent_desktop.domain.errors import InputError
from agent_desktop.domain.ids import TimeOrderedIds
from agent_desktop.domain.operations.conversation import ChangeTags
from sync.server.backend import Backend
from sync.server.backup import back_up, new_epoch, restore
from sync.server.database import ServerDatabase, SqliteServerDatabase
from sync.server.definitions import server_metadata
from sync.server.opening import open_database
from sync.server.verify import verify
from tests.factories import ANNA, make_conversation
from tests.fakes import START
from tests.sync.files import TEMPLATES

SCHEMA = TEMPLATES.server_schema


class Shelf:
    """A clock, ids and a database."""

    def __init__(self, database: ServerDatabase) -> None:
        self.clock = ManualClock(START)
        self.ids = TimeOrderedIds(self.clock)
        self.database = database

    def backend(self, database: ServerDatabase) -> Backend:
        return Backend(database, SCHEMA, self.clock, self.ids)

    def commit(self, tag: str) -> None:
        change = ChangeTags(conversation_id=make_conversation().id, add=(tag,))
        self.backend(self.database).store.commit([change])

    def restored(self, file: Path, target: ServerDatabase) -> ServerDatabase:
        restore(target, SCHEMA, self.clock, self.ids, file)
        return target


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.peer)])
def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shelf]:
    if request.param == "sqlite":
        shelf = Shelf(TEMPLATES.server(tmp_path / "server.db"))
    else:
        shelf = Shelf(TEMPLATES.postgres(request.getfixturevalue("postgres")))
    yield shelf
    shelf.database.close()


def empty(path: Path) -> ServerDatabase:
    return open_database(f"sqlite:///{path}", SCHEMA)


def rows_of(database: ServerDatabase) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table, but for what a restore sets anew."""
    found = {}
    with database.read() as connection:
        for table in server_metadata().sorted_tables:
            columns = ", ".join(f'"{column.name}"' for column in table.columns if column.name != "epoch")
            rows = connection.execute(f'SELECT {columns} FROM "{table.name}"').fetchall()
            found[table.name] = sorted(rows, key=str)
    return found


def test_everything_comes_back_under_a_new_epoch(shelf: Shelf, tmp_path: Path) -> None:
    shelf.commit("before")
    rows = back_up(shelf.database, SCHEMA, tmp_path / "backup.db")
    before = rows_of(shelf.database)
    assert rows == sum(map(len, before.values()))
    shelf.commit("after")
    restored = shelf.restored(tmp_path / "backup.db", empty(tmp_path / "other.db"))
    assert rows_of(restored) == before
    assert [check.wrong for check in verify(restored, SCHEMA, None)] == [()] * 7
    old, new = shelf.backend(shelf.database), shelf.backend(restored)
    assert new.hello().epoch != old.hello().epoch
    assert new.pull(ANNA.id, "laptop", old.hello().epoch, 1).resync
    new.store.commit([ChangeTags(conversation_id=make_conversation().id, add=("goes-on",))])
    assert [check.wrong for check in verify(restored, SCHEMA, None)] == [()] * 7
    restored.close()


def test_a_backup_restores_into_the_kind_it_came_from(shelf: Shelf, tmp_path: Path) -> None:
    """And rows that are written afterwards take keys that are free."""
    back_up(shelf.database, SCHEMA, tmp_path / "backup.db")
    with shelf.database.write() as connection:
        shelf.database.begin_version(connection, "any")
        for table in reversed(server_metadata().sorted_tables):
            connection.execute(f'DELETE FROM "{table.name}"')
    restore(shelf.database, SCHEMA, shelf.clock, shelf.ids, tmp_path / "backup.db")
    shelf.commit("goes-on")
    assert [check.wrong for check in verify(shelf.database, SCHEMA, None)] == [()] * 7


def test_what_may_have_left_is_asked_about_first(shelf: Shelf, tmp_path: Path) -> None:
    now = to_microseconds(shelf.clock.now())
    hour = 3_600_000_000
    waiting = {"due": now - hour, "soon": now + hour // 2, "later": now + 5 * hour}
    rows = [(message_id, "queued", not_before, 0) for message_id, not_before in waiting.items()]
    with shelf.database.write() as connection:
        connection.executemany(
            "INSERT INTO outbound (message_id, conversation_id, state, not_before, attempts, lease_until)"
            " VALUES (?, 'c', ?, ?, ?, 0)",
            [*rows, ("sent", "sent", now, 1)],
        )
    back_up(shelf.database, SCHEMA, tmp_path / "backup.db")
    shelf.clock.advance(timedelta(hours=1))
    restored = shelf.restored(tmp_path / "backup.db", empty(tmp_path / "other.db"))
    with restored.read() as connection:
        states = dict(connection.execute("SELECT message_id, state FROM outbound").fetchall())
    assert states == {"due": "sending", "soon": "sending", "later": "queued", "sent": "sent"}
    restored.close()


def test_a_workspace_is_never_overwritten(shelf: Shelf, tmp_path: Path) -> None:
    back_up(shelf.database, SCHEMA, tmp_path / "backup.db")
    with pytest.raises(InputError):
        restore(shelf.database, SCHEMA, shelf.clock, shelf.ids, tmp_path / "backup.db")
    with pytest.raises(InputError):
        back_up(shelf.database, SCHEMA, tmp_path / "backup.db")


def test_a_backup_is_for_whoever_made_it_alone(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        with closing(TEMPLATES.server(tmp_path / "server.db")) as database:
            back_up(database, SCHEMA, tmp_path / "backup.db")
    finally:
        os.umask(before)
    assert sys.platform == "win32" or (tmp_path / "backup.db").stat().st_mode & 0o077 == 0


def test_a_new_epoch_sends_every_client_back_to_compare(shelf: Shelf) -> None:
    backend = shelf.backend(shelf.database)
    before = backend.hello()
    epoch = new_epoch(shelf.database, SCHEMA, shelf.ids)
    assert (backend.hello().epoch, backend.hello().head) == (epoch, before.head)
    assert backend.pull(ANNA.id, "laptop", before.epoch, before.head).resync


def test_an_unfinished_backup_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database = TEMPLATES.server(tmp_path / "server.db")

    def full(*arguments: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("sync.server.backup._copy", full)
    with pytest.raises(Exception, match="could not be written"):
        back_up(database, SCHEMA, tmp_path / "backup.db")
    assert isinstance(database, SqliteServerDatabase)
    assert not list(tmp_path.glob("backup*"))
    database.close()
