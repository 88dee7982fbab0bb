"""The folder of files: what several requests do at once, what a power cut leaves, and a disk that is full."""

import hashlib
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import NamedTuple

import pytest

from agent_desktop.domain.channels import LARGEST_FILE
from agent_desktop.services.importing import conversations
from agent_desktop.services.importing.mbox import LARGEST_MAIL
from agent_desktop.store.disk import keep_once
from sync.channels.mail import imap
from sync.server import blobs
from sync.server.blobs import RESERVE, Uploads
from sync.server.limits import Limits
from sync.server.refusals import Refusal
from tests.factories import ANNA, BEN
from tests.store.forced import forced_in

CONTENT = Random(5).randbytes(3_000)
SHA = hashlib.sha256(CONTENT).hexdigest()
SIZE = len(CONTENT)


@pytest.fixture
def uploads(tmp_path: Path) -> Uploads:
    return Uploads(tmp_path, 10_000)


def test_what_may_be_attached_or_imported_is_taken() -> None:
    """What is not waits for ever with its operation, and nobody would be told."""
    taken = Limits().blob
    assert max(LARGEST_FILE, LARGEST_MAIL, imap.LARGEST_MAIL, conversations.LARGEST_FILE) <= taken


def arrive(uploads: Uploads, sender: str = ANNA.id) -> None:
    """All pieces come, and nothing is done with them yet."""
    assert uploads.begin(sender, SHA, SIZE).offset == 0
    for offset in range(0, SIZE, 1_000):
        state = uploads.append(sender, SHA, offset, CONTENT[offset : offset + 1_000])
        assert state is not None
        assert state.offset == offset + 1_000


def finish(uploads: Uploads, sender: str = ANNA.id) -> None:
    uploads.verify(sender, SHA, SIZE)
    uploads.keep(sender, SHA, SIZE)


def code_of(call: Callable[[], object]) -> str:
    with pytest.raises(Refusal) as refused:
        call()
    return refused.value.problem.code


def test_no_name_is_on_the_disk_before_its_content(
    uploads: Uploads, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrive(uploads)
    done = forced_in(tmp_path, monkeypatch)
    finish(uploads)
    assert done == ["content", "name", *([] if sys.platform == "win32" else [SHA[:2], "."])]


def test_two_requests_may_finish_one_upload(uploads: Uploads, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever comes second finds the file whole, wherever the first is just then."""
    arrive(uploads)
    uploads.verify(ANNA.id, SHA, SIZE)

    def overtaken(part: Path, path: Path) -> None:
        keep_once(part, path)
        raise FileNotFoundError

    monkeypatch.setattr(blobs, "keep_once", overtaken)
    uploads.keep(ANNA.id, SHA, SIZE)
    assert uploads.read(SHA) == CONTENT
    finish(uploads)
    assert uploads.append(ANNA.id, SHA, 0, CONTENT[:1_000]) is None


def test_what_was_given_up_is_finished_by_nobody(uploads: Uploads) -> None:
    assert code_of(lambda: uploads.verify(ANNA.id, SHA, SIZE)) == "not_found"
    assert code_of(lambda: uploads.keep(ANNA.id, SHA, SIZE)) == "not_found"


def test_what_is_here_is_not_replaced_by_who_sends_it_too(uploads: Uploads, tmp_path: Path) -> None:
    arrive(uploads)
    arrive(uploads, BEN.id)
    finish(uploads)
    before = uploads.path(SHA).stat()
    finish(uploads, BEN.id)
    assert (before.st_ino, before.st_mtime_ns) == (
        uploads.path(SHA).stat().st_ino,
        uploads.path(SHA).stat().st_mtime_ns,
    )
    assert list((tmp_path / ".uploads").iterdir()) == []


def test_an_older_piece_that_comes_again_takes_nothing_back(uploads: Uploads) -> None:
    uploads.begin(ANNA.id, SHA, SIZE)
    uploads.append(ANNA.id, SHA, 0, CONTENT[:2_000])
    state = uploads.append(ANNA.id, SHA, 0, CONTENT[:1_000])
    assert state is not None
    assert state.offset == 2_000
    uploads.append(ANNA.id, SHA, 2_000, CONTENT[2_000:])
    finish(uploads)


def test_the_size_that_was_announced_last_counts(uploads: Uploads) -> None:
    uploads.begin(ANNA.id, SHA, 10)
    uploads.append(ANNA.id, SHA, 0, b"x")
    arrive(uploads)
    finish(uploads)
    assert uploads.read(SHA) == CONTENT


def test_a_file_has_one_size(uploads: Uploads) -> None:
    arrive(uploads)
    finish(uploads)
    assert uploads.whole(SHA, SIZE).offset == SIZE
    assert code_of(lambda: uploads.whole(SHA, SIZE + 1)) == "invalid"


def test_some_of_the_disk_is_left_free(uploads: Uploads, monkeypatch: pytest.MonkeyPatch) -> None:
    class Usage(NamedTuple):
        free: int

    monkeypatch.setattr(shutil, "disk_usage", lambda folder: Usage(RESERVE + SIZE - 1))
    assert code_of(lambda: uploads.begin(ANNA.id, SHA, SIZE)) == "no_room"
    assert uploads.append(ANNA.id, SHA, 0, CONTENT) is None
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: Usage(RESERVE + SIZE))
    assert uploads.begin(ANNA.id, SHA, SIZE).offset == 0
