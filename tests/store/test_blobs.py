"""Files by their content: there in whole or not at all, once, under names that nothing from outside can bend."""

import hashlib
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.domain.errors import StoreError
from agent_desktop.store.blobs import BlobStore
from agent_desktop.store.data_key import DataKey
from tests.store.forced import forced_in

KEY = DataKey(bytes(range(32)))


@pytest.fixture(params=[None, KEY], ids=["plain", "sealed"])
def blobs(tmp_path: Path, request: pytest.FixtureRequest) -> BlobStore:
    return BlobStore(tmp_path / "blobs", request.param)


def files(folder: Path) -> list[Path]:
    return [file for file in folder.rglob("*") if file.is_file()]


def test_content_comes_back_under_its_hash(blobs: BlobStore, tmp_path: Path) -> None:
    for content in (b"", b"a", bytes(range(256)) * 5_000):
        sha256 = blobs.put(content)
        assert sha256 == hashlib.sha256(content).hexdigest()
        assert blobs.read(sha256) == content
        assert blobs.put(content) == sha256
    assert len(files(tmp_path)) == 3


def test_a_file_is_copied_so_that_it_may_go(blobs: BlobStore, tmp_path: Path) -> None:
    source = tmp_path / "photo.png"
    source.write_bytes(b"pixels")
    sha256, size = blobs.take_file(source)
    source.unlink()
    assert (blobs.read(sha256), size) == (b"pixels", 6)


def test_a_file_that_cannot_be_read_is_named(blobs: BlobStore, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"gone\.pdf could not be read"):
        blobs.take_file(tmp_path / "gone.pdf")
    (tmp_path / "folder.pdf").mkdir()
    with pytest.raises(StoreError, match=r"folder\.pdf could not be read"):
        blobs.take_file(tmp_path / "folder.pdf")


def test_what_is_not_here_is_none(blobs: BlobStore) -> None:
    assert blobs.read("0" * 64) is None


@given(st.text(max_size=70) | st.sampled_from(["../" * 20 + "etc/passwd", "A" * 64, "0" * 63, "0" * 65, ""]))
def test_only_a_hash_is_a_name(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    blobs = BlobStore(Path("nowhere"))
    if len(name) == 64 and set(name) <= set("0123456789abcdef"):
        return
    with pytest.raises(ValueError, match="SHA-256"):
        blobs.path(name)
    assert not blobs.has(name)
    assert blobs.read(name) is None


class Interrupted(BaseException):
    """The program is told to stop."""


def test_what_is_broken_off_leaves_nothing(
    blobs: BlobStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(self: Path, target: Path) -> None:
        raise Interrupted

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", interrupted)
        with pytest.raises(Interrupted):
            blobs.put(b"content")
    assert files(tmp_path) == []
    assert blobs.read(blobs.put(b"content")) == b"content"


def test_content_and_name_are_forced_to_the_disk_in_this_order(
    blobs: BlobStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = forced_in(tmp_path / "blobs", monkeypatch)
    path = blobs.path(blobs.put(b"content"))
    assert done == ["content", "name", *([] if sys.platform == "win32" else [path.parent.name, "."])]


def test_many_may_store_the_same_at_once(blobs: BlobStore, tmp_path: Path) -> None:
    content = b"x" * 100_000
    threads = [threading.Thread(target=blobs.put, args=(content,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(files(tmp_path)) == 1
    assert blobs.read(hashlib.sha256(content).hexdigest()) == content
