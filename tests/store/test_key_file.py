"""The note of how a key is kept, read and written by several threads."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from agent_desktop.store.key_file import KeyFile, KeyNote, Protection
from tests.telling_lock import TellingLock


def test_a_note_that_is_being_read_is_replaced_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows replaces no file that is open, and no file is here, either."""
    file, before, after = (
        KeyFile(tmp_path),
        KeyNote(Protection.NONE),
        KeyNote(Protection.NONE, server="https://s"),
    )
    file.write(before)
    is_open, may_close, read_text = threading.Event(), threading.Event(), Path.read_text

    def read_slowly(path: Path, encoding: str) -> str:
        with path.open():
            is_open.set()
            assert may_close.wait(60)
        return read_text(path, encoding)

    monkeypatch.setattr(file, "_lock", TellingLock(may_close.set))
    monkeypatch.setattr(Path, "read_text", read_slowly)
    with ThreadPoolExecutor(2) as threads:
        reading = threads.submit(file.read)
        assert is_open.wait(60)
        writing = threads.submit(file.write, after)
        writing.add_done_callback(lambda _: may_close.set())
        assert reading.result() == before
        writing.result()
    assert file.read() == after
