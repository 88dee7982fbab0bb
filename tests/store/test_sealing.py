"""Sealed files: read in any part, and never as something that was not written."""

import hashlib
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.store.blobs import BlobStore
from agent_desktop.store.data_key import DataKey
from agent_desktop.store.sealing import FRAME, HEAD, NotSealed, SealedFile, length_of, sealed

ExpectLog = Callable[[str], None]
KEY = DataKey(bytes(range(32)))
CONTENT = bytes(number * 7 % 251 for number in range(3 * FRAME + 1_000))


def whole(content: bytes) -> bytes:
    return b"".join(sealed(KEY, content))


def unsealed(stored: bytes, begin: int = 0, end: int | None = None, key: DataKey = KEY) -> bytes:
    file = io.BytesIO(stored)
    return b"".join(SealedFile.of(key, file).read(file, begin, end))


@pytest.mark.parametrize("size", [0, 1, FRAME - 1, FRAME, FRAME + 1, 3 * FRAME])
def test_every_size_comes_back(size: int) -> None:
    stored = whole(CONTENT[:size])
    assert len(stored) == length_of(size)
    assert unsealed(stored) == CONTENT[:size]


@given(begin=st.integers(0, len(CONTENT)), length=st.integers(0, len(CONTENT)))
def test_any_part_is_read(begin: int, length: int) -> None:
    assert unsealed(STORED, begin, begin + length) == CONTENT[begin : begin + length]


STORED = whole(CONTENT)


@given(at=st.integers(0, length_of(len(CONTENT)) * 8 - 1))
def test_every_wrong_bit_is_noticed(at: int) -> None:
    damaged = bytearray(STORED)
    damaged[at // 8] ^= 1 << at % 8
    with pytest.raises(NotSealed):
        unsealed(bytes(damaged))


def test_what_is_cut_exchanged_or_of_another_key_is_noticed() -> None:
    size = FRAME + 16
    frames = [STORED[HEAD + n * size : HEAD + (n + 1) * size] for n in range(4)]
    head = STORED[:HEAD]
    for wrong in (
        head + frames[1] + frames[0] + frames[2] + frames[3],
        head + frames[0] + frames[1] + frames[2],
        STORED[:-1],
        head,
        STORED[: HEAD - 1],
        b"",
        whole(CONTENT)[:HEAD] + STORED[HEAD:],
    ):
        with pytest.raises(NotSealed):
            unsealed(wrong)
    with pytest.raises(NotSealed):
        unsealed(STORED, key=DataKey.new())


def test_neither_content_nor_hash_lies_open(tmp_path: Path) -> None:
    content = b"sentinel of a customer " * 5_000
    for key, found in ((None, True), (KEY, False)):
        folder = tmp_path / str(found)
        sha256 = BlobStore(folder, key).put(content)
        names = "".join(path.as_posix() for path in folder.rglob("*")).replace("/", "")
        stored = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
        assert (sha256 in names, b"sentinel" in stored) == (found, found)


def test_files_of_before_are_read_and_sealed_one_by_one(tmp_path: Path) -> None:
    before = BlobStore(tmp_path)
    names = [before.put(b"file of before %d" % number) for number in range(5)]
    blobs = BlobStore(tmp_path, KEY)
    new = blobs.put(b"a new one")
    assert all(blobs.has(name) for name in [*names, new])
    assert blobs.read(names[3]) == b"file of before 3"
    left = blobs.seal_plain_files()
    assert next(left) == 4
    assert blobs.read(names[3]) == b"file of before 3"  # broken off here: nothing is missing
    assert list(blobs.seal_plain_files()) == [3, 2, 1, 0]
    assert list(blobs.seal_plain_files()) == []
    assert [blobs.read(name) for name in names] == [b"file of before %d" % number for number in range(5)]
    stored = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"before" not in stored
    assert not any(before.has(name) for name in names)


def test_a_damaged_file_is_put_aside_and_can_be_stored_again(tmp_path: Path, expect_log: ExpectLog) -> None:
    expect_log("a file was damaged")
    blobs = BlobStore(tmp_path, KEY)
    sha256 = blobs.put(CONTENT)
    damaged = bytearray(blobs.path(sha256).read_bytes())
    damaged[FRAME + 400] ^= 1
    blobs.path(sha256).write_bytes(damaged)
    assert blobs.read(sha256) is None
    assert not blobs.has(sha256)
    assert hashlib.sha256(CONTENT).hexdigest() == blobs.put(CONTENT)
    assert blobs.read(sha256) == CONTENT
    assert [path.read_bytes() for path in tmp_path.rglob("*.damaged")] == [bytes(damaged)]
    assert list(blobs.seal_plain_files()) == []
