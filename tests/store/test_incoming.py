"""A file on its way here, and the note of what is at the server."""

import hashlib
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.store.blobs import BlobStore
from agent_desktop.store.client import open_client_files
from agent_desktop.store.data_key import DataKey
from agent_desktop.store.incoming import IncomingFile
from agent_desktop.store.uploads import Uploads
from tests.store.forced import forced_in


def sha_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_a_file_is_there_once_it_is_whole_and_goes_on_after_a_restart(tmp_path: Path) -> None:
    content = b"abcdefghi"
    blobs = BlobStore(tmp_path)
    IncomingFile(blobs, sha_of(content), 9).add(content[:4])
    assert blobs.read(sha_of(content)) is None
    again = IncomingFile(BlobStore(tmp_path), sha_of(content), 9)
    assert again.offset == 4
    again.add(content[4:])
    assert again.finish()
    assert blobs.read(sha_of(content)) == content
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == [blobs.path(sha_of(content))]


def test_wrong_content_is_never_there_and_begins_anew(tmp_path: Path) -> None:
    blobs = BlobStore(tmp_path)
    file = IncomingFile(blobs, sha_of(b"right"), 5)
    file.add(b"wrong")
    assert not file.finish()
    assert file.offset == 0
    assert blobs.read(sha_of(b"right")) is None


@pytest.mark.parametrize("key", [None, DataKey(bytes(range(32)))], ids=["plain", "sealed"])
def test_no_name_is_on_the_disk_before_its_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: DataKey | None
) -> None:
    """Whatever lies under its name counts as whole and is never looked at again."""
    blobs = BlobStore(tmp_path, key)
    file = IncomingFile(blobs, sha_of(b"content"), 7)
    file.add(b"content")
    done = forced_in(tmp_path, monkeypatch)
    assert file.finish()
    folder = blobs.path(sha_of(b"content")).parent.name
    assert done == ["content", "name", *([] if sys.platform == "win32" else [folder])]


def test_an_empty_file_needs_no_piece(tmp_path: Path) -> None:
    blobs = BlobStore(tmp_path)
    assert IncomingFile(blobs, sha_of(b""), 0).finish()
    assert blobs.read(sha_of(b"")) == b""


def test_what_is_at_the_server_is_known_by_its_epoch(tmp_path: Path) -> None:
    files = open_client_files(tmp_path / "work.db", tmp_path / "replica.db")

    def here(sha256: str) -> bool:
        return True

    try:
        uploads = Uploads(files.work)
        assert uploads.missing("e1", ["a", "b"], here) == ["a", "b"]
        uploads.note("e1", "a", 1)
        uploads.note("e1", "b", 2)
        assert uploads.missing("e1", ["c", "a", "b"], here) == ["c"]
        assert uploads.missing("e2", ["a"], here) == ["a"]
        uploads.note("e2", "a", 3)
        uploads.forget(["b"])
        assert uploads.missing("e2", ["a", "b"], here) == ["b"]
        assert uploads.missing("e1", ["a", "b"], here) == ["a", "b"]
    finally:
        files.close()


@given(data=st.binary(max_size=50), cuts=st.lists(st.integers(0, 50)))
def test_pieces_of_any_length_make_the_file(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, cuts: list[int]
) -> None:
    blobs = BlobStore(tmp_path_factory.mktemp("blobs"))
    for cut in [*sorted(cut for cut in cuts if cut < len(data)), len(data)]:
        file = IncomingFile(blobs, sha_of(data), len(data))
        file.add(data[file.offset : cut])
        assert file.offset == cut
    assert IncomingFile(blobs, sha_of(data), len(data)).finish()
    assert blobs.read(sha_of(data)) == data


KEY = DataKey(bytes(32))


@given(
    size=st.integers(0, 300_000),
    cuts=st.lists(st.tuples(st.integers(1, 200_000), st.booleans()), max_size=20),
)
def test_a_sealed_file_grows_whatever_comes_and_whenever_the_program_is_started_anew(
    tmp_path_factory: pytest.TempPathFactory, size: int, cuts: list[tuple[int, bool]]
) -> None:
    folder = tmp_path_factory.mktemp("blobs")
    data = bytes(number * 7 % 251 for number in range(size))
    blobs = BlobStore(folder, KEY)
    file = IncomingFile(blobs, sha_of(data), size)
    for length, restart in [*cuts, (size, False), (size, False)]:
        if restart:
            kept = file.offset
            file = IncomingFile(BlobStore(folder, KEY), sha_of(data), size)
            assert kept - 65_536 < file.offset <= kept
        if (at := file.offset) < size:
            file.add(data[at : at + length])
            assert file.offset == min(at + length, size)
    assert file.finish()
    assert blobs.read(sha_of(data)) == data
    # A few bytes are in anything by chance.
    assert len(data) < 16 or data[:40] not in blobs.path(sha_of(data)).read_bytes()


def test_what_a_crash_left_of_a_frame_comes_again(tmp_path: Path) -> None:
    blobs, content = BlobStore(tmp_path, KEY), bytes(range(256)) * 600
    IncomingFile(blobs, sha_of(content), len(content)).add(content[:140_000])
    (part,) = (path for path in tmp_path.rglob(".part-*"))
    part.write_bytes(part.read_bytes()[:-30])
    file = IncomingFile(blobs, sha_of(content), len(content))
    assert file.offset == 65_536
    file.add(content[65_536:])
    assert file.finish()
    assert blobs.read(sha_of(content)) == content


def test_a_wrong_sealed_file_is_never_there(tmp_path: Path) -> None:
    blobs = BlobStore(tmp_path, KEY)
    file = IncomingFile(blobs, sha_of(b"right"), 5)
    file.add(b"wrong")
    assert not file.finish()
    assert (file.offset, blobs.read(sha_of(b"right"))) == (0, None)
