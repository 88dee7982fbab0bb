"""Very many files that wait, as after an import: the work grows with them and no faster, and it is said seldom."""

import threading
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from agent_desktop.domain.files import files_in
from sync.client import files as client_files
from sync.client.files import Uploader
from tests.store.statements import Statements, recorded
from tests.sync.client.test_files import Laptop, Shelf


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def asked() -> Iterator[Statements]:
    """What is asked of the file in which operations wait."""
    with recorded("work.db") as asked:
        yield asked


@pytest.fixture
def laptop(
    tmp_path: Path, shelf: Shelf, asked: Statements, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Laptop]:
    monkeypatch.setattr(client_files, "PIECE", 4)
    laptop = Laptop(tmp_path, shelf)
    yield laptop
    laptop.files.close()


def said(laptop: Laptop, shelf: Shelf, contents: list[bytes], seconds_a_piece: float) -> list[list[int]]:
    """How much of each was at the server whenever the thread said that files were sent."""
    now, told, done = 0.0, list[list[int]](), threading.Event()
    laptop.attaches_many(contents)

    def later() -> None:
        nonlocal now
        now += seconds_a_piece

    def sent() -> None:
        told.append([len(part) for part in shelf.parts.values()])
        if told[-1] == list(map(len, contents)):
            done.set()

    shelf.meanwhile = later
    uploader = Uploader(laptop.exchange, sent, Random(3), lambda: now)
    uploader.start()
    try:
        assert done.wait(20)
    finally:
        uploader.stop()
    return told


def test_what_many_operations_wait_for_is_not_looked_for_anew_with_each_file(
    laptop: Laptop, shelf: Shelf, asked: Statements, monkeypatch: pytest.MonkeyPatch
) -> None:
    many, read, has = 200, list[str](), laptop.blobs.has
    looked_for: list[str] = []

    def reading(payload: str) -> list[str]:
        read.append(payload)
        return files_in(payload)

    def looking(sha256: str) -> bool:
        looked_for.append(sha256)
        return has(sha256)

    monkeypatch.setattr(client_files, "files_in", reading)
    monkeypatch.setattr(client_files, "AT_ONCE", 40)
    monkeypatch.setattr(laptop.blobs, "has", looking)
    laptop.attaches_many([str(number).encode() for number in range(many)])
    asked.queries.clear()
    assert len(laptop.parked()) == many
    while laptop.exchange.send_next():
        pass
    assert laptop.parked() == frozenset()
    assert len(shelf.parts) == many
    assert len(read) == many
    assert len(looked_for) <= 3 * many
    assert len(asked.queries) <= many // 5


def test_it_is_said_at_once_that_files_were_sent_and_not_with_each_of_many(
    laptop: Laptop, shelf: Shelf
) -> None:
    assert said(laptop, shelf, [b"1", b"2", b"3", b"4", b"5"], seconds_a_piece=0.0) == [[1], [1, 1, 1, 1, 1]]


def test_what_is_sent_does_not_wait_for_a_large_file_behind_it(laptop: Laptop, shelf: Shelf) -> None:
    found = said(laptop, shelf, [b"1", b"2", b"0123456789ab"], seconds_a_piece=0.4)
    assert found == [[1], [1, 1, 8], [1, 1, 12]]
