"""Pictures that were fetched for messages: known by their address, and forgotten with their customer."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent_desktop.store.blobs import BlobStore
from agent_desktop.store.client import ClientFiles, open_client_files
from agent_desktop.store.purging import Purger
from agent_desktop.store.remote_pictures import RemotePictureNotes
from agent_desktop.store.rows import SqlRows
from tests.factories import make_conversation, make_customer, make_message
from tests.fakes import START

URL, OTHER = "https://a.example/1.png", "https://a.example/2.png"


@pytest.fixture
def files(tmp_path: Path) -> Iterator[ClientFiles]:
    files = open_client_files(tmp_path / "work.db", tmp_path / "replica.db")
    yield files
    files.close()


def test_a_picture_is_known_by_its_message_and_address(files: ClientFiles) -> None:
    notes = RemotePictureNotes(files.replica)
    notes.note("m1", URL, "aa" * 32)
    notes.note("m1", URL, "bb" * 32)
    notes.note("m2", OTHER, "aa" * 32)
    assert notes.of("m1", [URL, OTHER]) == {URL: "bb" * 32}
    assert notes.of("m2", [URL]) == {}
    assert not any(URL in str(row) for row in files.replica.query("SELECT * FROM remote_picture"))


def test_what_another_message_shows_too_stays(files: ClientFiles) -> None:
    notes = RemotePictureNotes(files.replica)
    for message_id, sha256 in (("m1", "aa" * 32), ("m1b", "bb" * 32), ("m2", "aa" * 32)):
        notes.note(message_id, URL, sha256)
    assert notes.forget({"m1", "m1b"}) == {"bb" * 32}
    assert notes.of("m1", [URL]) == {}
    assert notes.of("m2", [URL]) == {URL: "aa" * 32}


@pytest.mark.parametrize("sweeping", [True, False])
def test_pictures_go_with_their_customer(files: ClientFiles, tmp_path: Path, sweeping: bool) -> None:
    blobs, notes = BlobStore(tmp_path / "blobs"), RemotePictureNotes(files.replica)
    with files.replica.write() as connection:
        rows = SqlRows(connection, files.replica_schema.tables)
        rows.put(make_customer(erased_at=START))
        rows.put(make_conversation())
        rows.put(make_message())
    theirs, others = blobs.put(b"theirs"), blobs.put(b"others")
    notes.note(make_message().id, URL, theirs)
    notes.note("another", URL, others)
    purger = Purger(files, blobs) if sweeping else Purger(files, pictures=blobs)
    assert purger.run()
    assert (blobs.has(theirs), blobs.has(others)) == (False, True)
    assert notes.of(make_message().id, [URL]) == {}
