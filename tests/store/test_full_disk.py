"""A full disk, at every place that writes: an error in words, nothing acknowledged lost, and on it goes with room."""

import errno
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from agent_desktop.cli.desk import open_desk
from agent_desktop.context import Desk
from agent_desktop.domain.errors import StoreError
from agent_desktop.domain.ids import Id
from agent_desktop.domain.message import Message
from agent_desktop.domain.operations.message import AddNote
from agent_desktop.domain.result import OperationResult
from agent_desktop.services.drafts import Draft, DraftKind
from agent_desktop.services.settings import THEME, WINDOWS
from agent_desktop.store import full_text
from agent_desktop.store.blobs import BlobStore
from agent_desktop.store.database import Database, Durability, SqliteFile
from agent_desktop.store.rows import SqlRows
from sync.client.engine import SyncEngine
from sync.client.local import LocalTransport
from sync.server.backend import Backend
from sync.server.database import SqliteServerDatabase
from tests.desk_fixture import Office
from tests.fakes import START
from tests.ui.desks import DeskWorld

ExpectLog = Callable[[str], None]
ENDLESS = 1_073_741_823
LONG = "Nothing compresses here. " * 400


def work_of(desk: Desk) -> Database:
    return desk.replica.outbox._database


def server_of(desk: Desk) -> SqliteServerDatabase:
    assert isinstance(desk.sync, SyncEngine)
    transport = desk.sync._transport
    assert isinstance(transport, LocalTransport)
    backend = transport._backend
    assert isinstance(backend, Backend)
    assert isinstance(backend.store.database, SqliteServerDatabase)
    return backend.store.database


@contextmanager
def full(database: SqliteFile[Any]) -> Iterator[None]:
    """The file cannot grow any more."""
    with database.write() as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")
    try:
        yield
    finally:
        with database.write() as connection:
            connection.execute(f"PRAGMA max_page_count = {ENDLESS}")


@pytest.fixture
def conversation_id(office: Office) -> Id:
    return office.world.customer_writes("Karl Lund", "Refund", "Where is it?")


def note(office: Office, conversation_id: Id, text: str = LONG) -> AddNote:
    return AddNote(conversation_id=conversation_id, message_id=office.world.ids.new(), text=text)


def notes(desk: Desk, conversation_id: Id) -> set[Id]:
    with desk.replica.database.read() as connection:
        rows = SqlRows(connection, desk.replica.schema.tables).query(Message, conversation_id=conversation_id)
    return {row.id for row in rows if row.kind.value == "note"}


def reopened(office: Office) -> DeskWorld:
    """The same profile after a restart."""
    office.desk.close()
    office.world.desk = open_desk(office.world.profile, office.clock, office.world.ids, background=False)
    return office.world


def test_no_room_in_the_outbox_means_that_nothing_was_done(office: Office, conversation_id: Id) -> None:
    desk, done = office.desk, set()
    with full(work_of(desk)):
        for _ in range(500):
            payload = note(office, conversation_id)
            try:
                desk.apply(payload)
            except StoreError as error:
                sentence = error.sentence
                break
            done.add(payload.message_id)
        else:
            pytest.fail("the disk never was full")
        assert sentence.startswith("The disk is full")
        assert notes(desk, conversation_id) == done
        with pytest.raises(StoreError):
            desk.apply(note(office, conversation_id))
        desk.conversations.timeline(conversation_id)  # reading goes on
    assert notes(reopened(office).desk, conversation_id) == done
    office.desk.apply(payload := note(office, conversation_id))
    office.desk.sync.exchange()
    assert notes(office.desk, conversation_id) == done | {payload.message_id}
    assert office.pending() == []


@contextmanager
def full_at_the_last_moment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The replica has no room for the last write of a transaction, when the outbox has committed already."""

    def no_room(connection: object) -> None:
        raise StoreError("The disk is full.", "replica.db: database or disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(full_text, "index_new", no_room)
        yield


def test_no_room_in_the_replica_means_that_nothing_was_done(office: Office, conversation_id: Id) -> None:
    desk, done = office.desk, set()
    with full(desk.replica.database):
        for _ in range(40):
            payload = note(office, conversation_id)
            with suppress(StoreError):
                desk.apply(payload)
                done.add(payload.message_id)
        assert len(done) < 40
        assert notes(desk, conversation_id) == done
    assert {operation.payload.message_id for operation in office.pending()} == done  # type: ignore[attr-defined]  # notes all


def test_what_is_in_the_outbox_stands_though_the_replica_could_not_take_it(
    office: Office, conversation_id: Id, expect_log: ExpectLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    expect_log("in the outbox but not visible yet")
    payload = note(office, conversation_id)
    with full_at_the_last_moment(monkeypatch):
        office.desk.apply(payload)
    assert notes(office.desk, conversation_id) == set()
    assert notes(reopened(office).desk, conversation_id) == {payload.message_id}
    office.desk.sync.exchange()
    assert notes(office.desk, conversation_id) == {payload.message_id}
    assert office.pending() == []
    assert office.on_server(Message, payload.message_id).text == LONG


def test_a_start_without_room_shows_what_there_is(
    office: Office, conversation_id: Id, expect_log: ExpectLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    expect_log("in the outbox but not visible yet")
    payload = note(office, conversation_id)
    with full_at_the_last_moment(monkeypatch):
        office.desk.apply(payload)
        assert notes(reopened(office).desk, conversation_id) == set()
        assert office.desk.conversations.timeline(conversation_id).items
    office.desk.sync.exchange()
    assert notes(office.desk, conversation_id) == {payload.message_id}


def test_what_could_not_be_shown_is_shown_by_the_next_exchange(
    office: Office, conversation_id: Id, expect_log: ExpectLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    expect_log("in the outbox but not visible yet")
    first, second = note(office, conversation_id), note(office, conversation_id)
    with full_at_the_last_moment(monkeypatch):
        office.desk.apply(first)
    office.desk.apply(second)
    office.desk.sync.exchange()
    assert notes(office.desk, conversation_id) == {first.message_id, second.message_id}
    assert office.pending() == []


def test_no_room_for_a_draft_keeps_the_one_before(office: Office, conversation_id: Id) -> None:
    desk = office.desk
    kept = None
    with full(work_of(desk)):
        for length in range(1, 2_000):
            draft = Draft(
                conversation_id=conversation_id, kind=DraftKind.REPLY, text=LONG * length, updated_at=START
            )
            try:
                desk.drafts.save(draft)
            except StoreError as error:
                sentence = error.sentence
                break
            kept = draft
        else:
            pytest.fail("the disk never was full")
        assert sentence.startswith("The disk is full")
        assert desk.drafts.get(conversation_id, DraftKind.REPLY) == kept
    assert reopened(office).desk.drafts.get(conversation_id, DraftKind.REPLY) == kept


def test_no_room_for_a_setting_keeps_the_one_before(office: Office) -> None:
    desk = office.desk
    desk.settings.set(THEME, "dark")
    with full(work_of(desk)), pytest.raises(StoreError):
        desk.settings.set(WINDOWS, {"window": LONG * 100})
    assert reopened(office).desk.settings.get(THEME) == "dark"


def test_no_room_for_what_comes_from_the_server_leaves_the_replica_exact(
    office: Office, conversation_id: Id
) -> None:
    desk = office.desk
    for _ in range(40):
        office.server.backend.store.commit([note(office, conversation_id)])
    before = desk.replica.state()
    with full(desk.replica.database):
        with pytest.raises(StoreError, match="The disk is full"):
            desk.sync.exchange()
        assert desk.replica.state() == before
        assert notes(desk, conversation_id) == set()
    desk.sync.exchange()
    assert len(notes(desk, conversation_id)) == 40
    assert desk.replica.digest() == office.server.backend.feed.digest(desk.user_id).tables


def test_a_full_server_judges_nobody(office: Office, conversation_id: Id) -> None:
    desk = office.desk
    for _ in range(30):
        desk.apply(note(office, conversation_id))
    waiting = office.pending()
    with full(server_of(desk)):
        for _ in range(3):
            with pytest.raises(StoreError, match="The disk is full"):
                desk.sync.exchange()
        assert office.pending() == waiting
    desk.sync.exchange()
    assert office.pending() == []
    assert len(notes(desk, conversation_id)) == 30
    with office.server.database.read() as connection:
        assert SqlRows(connection, office.server.backend.store.schema.tables).query(OperationResult) == []


def test_no_room_for_the_index_is_an_error_of_the_disk(office: Office, conversation_id: Id) -> None:
    desk = office.desk
    desk.sync.exchange()
    for _ in range(600):
        office.server.backend.store.commit(
            [note(office, conversation_id, f"word{office.world.ids.new()} " * 60)]
        )
    desk.sync.exchange()
    with full(desk.replica.database), pytest.raises(StoreError, match="The disk is full"):
        desk.replica.index_block()
    while desk.replica.index_block():
        pass
    assert desk.search.search("word*").covers == ""


def test_no_room_for_a_file_leaves_nothing_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blobs = BlobStore(tmp_path / "blobs")
    sha256 = blobs.put(b"there before")

    def no_room(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", no_room)
        with pytest.raises(StoreError, match="could not be stored"):
            blobs.put(b"too much")
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == [blobs.path(sha256)]
    assert blobs.read(blobs.put(b"too much")) == b"too much"


def fill(database: Database) -> None:
    with database.write() as connection:
        for _ in range(200):
            connection.execute("INSERT INTO t VALUES (randomblob(4000))")


def test_the_error_of_a_transaction_that_sqlite_ended_is_told_in_words(tmp_path: Path) -> None:
    database = Database(tmp_path / "x.db", Durability.FULL)
    with database.write() as connection:
        connection.execute("CREATE TABLE t (a)")
    with full(database), pytest.raises(StoreError):
        fill(database)
    assert database.query("SELECT count(*) FROM t") == [(0,)]
    with database.write() as connection:
        connection.execute("INSERT INTO t VALUES (1)")
    assert database.query("SELECT count(*) FROM t") == [(1,)]
    database.close()


def test_a_defect_is_not_told_as_an_error_of_the_disk(tmp_path: Path) -> None:
    database = Database(tmp_path / "x.db", Durability.FULL)
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        database.query("SELECT * FROM absent")
    database.close()
