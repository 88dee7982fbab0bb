"""A damaged work file: whatever of it can be read is there at the next start, and never a traceback."""

import logging
import random
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from datetime import timedelta
from pathlib import Path

import pytest

from agent_desktop.domain.errors import StoreError
from agent_desktop.domain.ids import Id
from agent_desktop.domain.operations.base import Operation
from agent_desktop.domain.operations.message import AddNote
from agent_desktop.store import client, salvage
from agent_desktop.store.client import ClientFiles, open_client_files, saved_work
from agent_desktop.store.drafts import Draft, DraftKind, Drafts
from agent_desktop.store.outbox import Outbox
from agent_desktop.store.pages import rows_of_pages
from agent_desktop.store.settings import SettingStore
from tests.factories import an_id
from tests.fakes import START
from tests.store.forced import forced_in

ExpectLog = Callable[[str], None]
OPERATIONS, DRAFTS = 150, 40
LONG = "Where is my kettle? " * 400
"""Longer than a page."""
IDENTITY = {"profile.user_id": an_id("user"), "profile.client_id": an_id("client"), "profile.kind": "team"}


def operation(number: int) -> Operation:
    text = LONG if number % 30 == 0 else f"note {number} " * 12
    payload = AddNote(conversation_id=an_id("c"), message_id=an_id(f"note-{number}"), text=text)
    return Operation(id=an_id(f"operation-{number}"), payload=payload, created_at=START, seen=number)


def draft(number: int) -> Draft:
    return Draft(
        conversation_id=an_id(f"draft-{number}"),
        kind=DraftKind.REPLY,
        text=LONG if number % 10 == 0 else f"Dear customer {number}, " * 10,
        updated_at=START + timedelta(seconds=number),
    )


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A work file with much in it, written back from its journal."""
    folder = tmp_path_factory.mktemp("work")
    files = open(folder)
    outbox, drafts, settings = Outbox(files.work), Drafts(files.work), SettingStore(files.work)
    for number in range(OPERATIONS):
        outbox.append([operation(number)])
        if number < DRAFTS:
            drafts.save(draft(number))
    for name, value in IDENTITY.items():
        settings.set(name, value)
    settings.set("theme", "dark")
    files.close()
    return folder / "work.db"


@pytest.fixture
def folder(tmp_path: Path, template: Path) -> Path:
    for name in ("work.db", "replica.db"):
        (tmp_path / name).write_bytes(template.with_name(name).read_bytes())
    return tmp_path


def open(folder: Path) -> ClientFiles:  # noqa: A001 - what it does to a folder
    return open_client_files(folder / "work.db", folder / "replica.db")


def operations_of(files: ClientFiles) -> set[Id]:
    return {item.id for item in files.outbox.pending(0)}


def drafts_of(files: ClientFiles) -> dict[Id, str]:
    return {row.conversation_id: row.text for row in Drafts(files.work).of_kind(DraftKind.REPLY)}


def page_of(path: Path, table: str, *, leaf: bool = False, last: bool = False) -> tuple[int, int]:
    """Where the root of a table, or its first or last leaf, begins and ends."""
    with closing(sqlite3.connect(path)) as connection:
        root = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()[0]
        size = connection.execute("PRAGMA page_size").fetchone()[0]
    content = path.read_bytes()
    page = content[(root - 1) * size : root * size]
    first = int.from_bytes(page[12:14], "big")
    number = root
    if leaf:
        number = int.from_bytes(page[8:12] if last else page[first : first + 4], "big")
    return (number - 1) * size, number * size


def overwrite(path: Path, begin: int, end: int, byte: int = 0xFF) -> None:
    content = bytearray(path.read_bytes())
    content[begin:end] = bytes([byte]) * (end - begin)
    path.write_bytes(content)


def reopened(folder: Path) -> ClientFiles:
    """Use it until the damage is met, then start again."""
    with suppress(StoreError):
        files = open(folder)
        try:
            operations_of(files)
            drafts_of(files)
            SettingStore(files.work).all()
        finally:
            files.close()
    return open(folder)


@pytest.mark.parametrize("table", ["outbox", "draft"])
def test_rows_on_all_other_pages_are_there(folder: Path, expect_log: ExpectLog, table: str) -> None:
    expect_log("work file was damaged")
    path = folder / "work.db"
    overwrite(path, *page_of(path, table, leaf=True))
    damaged = path.read_bytes()
    with closing(reopened(folder)) as files:
        operations, drafts = operations_of(files), drafts_of(files)
        assert {name: SettingStore(files.work).get(name) for name in IDENTITY} == IDENTITY
        assert "work.damaged-1.db" in files.notice
        assert "may be missing" in files.notice
    lost = (OPERATIONS - len(operations), DRAFTS - len(drafts))
    assert lost[table == "draft"] in range(1, 40)
    assert lost[table != "draft"] == 0
    assert (folder / "work.damaged-1.db").read_bytes() == damaged
    with closing(open(folder)) as files:
        assert files.notice == ""
        assert operations_of(files) == operations


@pytest.mark.parametrize("table", ["outbox", "draft"])
def test_a_damaged_root_loses_nothing(folder: Path, expect_log: ExpectLog, table: str) -> None:
    expect_log("work file was damaged")
    path = folder / "work.db"
    overwrite(path, *page_of(path, table))
    with closing(reopened(folder)) as files:
        assert operations_of(files) == {an_id(f"operation-{number}") for number in range(OPERATIONS)}
        assert drafts_of(files) == {
            draft(number).conversation_id: draft(number).text for number in range(DRAFTS)
        }


@pytest.mark.parametrize(("begin", "end"), [(0, 100), (0, 4096), (100, 4096), (16, 18), (20, 21)])
def test_a_damaged_beginning_loses_nothing(folder: Path, expect_log: ExpectLog, begin: int, end: int) -> None:
    expect_log("work file was damaged")
    overwrite(folder / "work.db", begin, end)
    with closing(reopened(folder)) as files:
        assert len(operations_of(files)) == OPERATIONS
        assert len(drafts_of(files)) == DRAFTS
        assert {name: SettingStore(files.work).get(name) for name in IDENTITY} == IDENTITY


def test_what_is_in_the_journal_is_read_too(folder: Path, expect_log: ExpectLog) -> None:
    expect_log("work file was damaged")
    path = folder / "work.db"
    leaf = page_of(path, "draft", leaf=True)
    files = open(folder)
    files.outbox.append([operation(OPERATIONS)])
    Drafts(files.work).save(draft(DRAFTS))
    image = {name: (folder / name).read_bytes() for name in ("work.db", "work.db-wal")}
    files.close()
    for name, content in image.items():
        (folder / name).write_bytes(content)
    overwrite(path, *leaf)
    assert an_id(f"operation-{OPERATIONS}") in {value for _, row in rows_of_pages(path) for value in row}
    with closing(reopened(folder)) as files:
        assert an_id(f"operation-{OPERATIONS}") in operations_of(files)
        assert draft(DRAFTS).conversation_id in drafts_of(files)


def test_operations_keep_order_and_numbers_and_new_ones_come_after_them(
    folder: Path, expect_log: ExpectLog
) -> None:
    expect_log("work file was damaged")
    with closing(open(folder)) as files:
        files.outbox.numbered(0, files.outbox.pending(0)[:20], 1, "epoch")
        files.outbox.suspect([an_id("operation-1")])
        before = files.outbox.pending(0)
    overwrite(folder / "work.db", 0, 100)
    with closing(reopened(folder)) as files:
        assert files.outbox.pending(0) == before
        assert files.outbox.append([operation(OPERATIONS)]) > before[-1].position


def test_new_operations_come_after_those_that_were_lost(folder: Path, expect_log: ExpectLog) -> None:
    """What shows them knows by the last position that there is something new."""
    expect_log("work file was damaged")
    overwrite(folder / "work.db", *page_of(folder / "work.db", "outbox", leaf=True, last=True))
    with closing(reopened(folder)) as files:
        assert an_id(f"operation-{OPERATIONS - 1}") not in operations_of(files)
        assert files.outbox.append([operation(OPERATIONS)]) > OPERATIONS


def test_what_has_the_place_or_number_of_another_is_kept_without_it() -> None:
    def row(position: int, name: str, number: int | None) -> tuple[str | int | None, ...]:
        return (position, name, "kind", 1, "{}", 0, 0, None, number, None, None, 0, 0)

    found = [row(1, "one", 1), row(2, "two", 2), row(1, "three", 3), row(4, "four", 2), row(5, "five", None)]
    placed = salvage._placed(list(found))
    assert [(item[0], item[1], item[8]) for item in placed] == [
        (1, "one", 1),
        (2, "two", 2),
        (4, "four", None),
        (5, "five", None),
        (6, "three", 3),
    ]


def test_a_text_that_is_no_longer_what_was_written_is_kept_for_a_person(
    folder: Path, expect_log: ExpectLog
) -> None:
    expect_log("work file was damaged")
    with closing(sqlite3.connect(folder / "work.db")) as connection:
        broken = (an_id("draft-3"),)
        connection.execute("UPDATE draft SET content = 'Dear customer, {' WHERE conversation_id = ?", broken)
        connection.commit()
    with closing(reopened(folder)) as files:
        assert len(drafts_of(files)) == DRAFTS - 1
        assert "may be missing" in files.notice
    assert "Dear customer, {" in (folder / "work.damaged-1.txt").read_text("utf-8")


def test_what_was_read_is_on_the_disk_before_it_takes_the_place_of_the_damaged_file(
    folder: Path, expect_log: ExpectLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    expect_log("work file was damaged")
    overwrite(folder / "work.db", 0, 100)
    (folder / "work.saved.partial").write_bytes(b"a program that was ended while it read")
    with monkeypatch.context() as patched:
        done = forced_in(folder, patched)
        files = open(folder)
    with closing(files):
        assert len(operations_of(files)) == OPERATIONS
    folders = [] if sys.platform == "win32" else ["."]
    # The damaged file beside it, then what was read of it, which first has a name of its own.
    assert done == ["content", "content", "name", *folders, "name", *folders]


def test_a_page_without_sense_replaces_nothing(folder: Path) -> None:
    path = folder / "work.db"
    path.write_bytes(random.Random(1).randbytes(path.stat().st_size))
    bad = path.read_bytes()
    for _ in range(2):
        with pytest.raises(StoreError, match=r"work\.db"):
            open(folder)
    assert path.read_bytes() == bad
    assert list(folder.glob("work.damaged*.db")) == []


def test_a_mark_on_a_file_that_is_whole_changes_nothing(folder: Path) -> None:
    (folder / "work.db.damaged").touch()
    with closing(open(folder)) as files:
        assert files.notice == ""
        assert len(operations_of(files)) == OPERATIONS
    assert not (folder / "work.db.damaged").exists()
    assert list(folder.glob("work.damaged*")) == []


def test_a_crash_before_the_new_file_is_in_place_loses_nothing(
    folder: Path, expect_log: ExpectLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    expect_log("work file was damaged")

    def crash(path: Path) -> None:
        raise KeyboardInterrupt

    overwrite(folder / "work.db", 0, 100)
    with monkeypatch.context() as patched:
        patched.setattr(client, "put_in_place", crash)
        with pytest.raises(KeyboardInterrupt):
            open(folder)
    assert saved_work(folder / "work.db").exists()
    overwrite(folder / "work.db", 0, (folder / "work.db").stat().st_size)  # nothing can be read a second time
    with closing(open(folder)) as files:
        assert len(operations_of(files)) == OPERATIONS
    assert not saved_work(folder / "work.db").exists()


def test_the_journal_of_the_damaged_file_is_not_that_of_the_new_one(folder: Path) -> None:
    path, journal = folder / "work.db", folder / "work.db-wal"
    saved = path.read_bytes()
    with closing(open(folder)) as files:
        files.outbox.append([operation(OPERATIONS)])
        left = journal.read_bytes()
    journal.write_bytes(left)
    saved_work(path).write_bytes(saved)
    with closing(open(folder)) as files:
        assert len(operations_of(files)) == OPERATIONS


def test_no_room_for_what_is_read_leaves_the_file_as_it_is(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    overwrite(folder / "work.db", 0, 100)
    bad = (folder / "work.db").read_bytes()

    def no_room(source: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("agent_desktop.store.salvage.shutil.copy2", no_room)
        with pytest.raises(StoreError, match="no room"):
            open(folder)
    assert (folder / "work.db").read_bytes() == bad


def flips(seed: int, size: int) -> Iterator[tuple[int, int]]:
    """Bytes at random places, and long runs of them now and then."""
    chance = random.Random(seed)
    for _ in range(chance.choice((1, 3, 30, 300))):
        yield chance.randrange(size), chance.randrange(256)


@pytest.mark.parametrize("seed", [*range(30), 347])
def test_random_bytes_lose_what_they_hit_and_are_told_in_words(
    folder: Path, seed: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR, "agent_desktop.store")
    path = folder / "work.db"
    original = path.read_bytes()
    content = bytearray(original)
    for place, byte in flips(seed, len(content)):
        content[place] = byte
    path.write_bytes(content)
    size = 4096
    hit = {at // size + 1 for at in range(len(content)) if content[at] != original[at]}
    survivors = {
        row[1]
        for row in rows_on(original, size, hit)
        if len(row) >= 10 and isinstance(row[1], str) and len(row[1]) == 32
    }
    with closing(reopened(folder)) as files:
        found = operations_of(files)
        drafts_of(files)
        SettingStore(files.work).all()
        [item.operation() for item in files.outbox.pending(0)]
    assert survivors <= found


def rows_on(content: bytes, size: int, hit: set[int]) -> list[list[str | int | None]]:
    """The rows that lie wholly on pages that were not hit."""
    spoiled = bytearray(content)
    for number in hit:
        spoiled[(number - 1) * size : number * size] = bytes(size)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.db"
        path.write_bytes(bytes(spoiled))
        return [row for _, row in rows_of_pages(path) if len(row) < 5 or "\0" not in str(row[4])]
