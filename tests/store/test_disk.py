"""What was acknowledged is on the disk, on each system in its own way."""

import errno
import fcntl
import os
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

from agent_desktop.store.database import Database, Durability
from agent_desktop.store.disk import keep_once, replace, sync_file, sync_folder

FULL_FSYNC = 51
"""`F_FULLFSYNC` of macOS."""


@pytest.fixture
def macos(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(fcntl, "F_FULLFSYNC", FULL_FSYNC, raising=False)


@pytest.mark.parametrize("is_known", [True, False])
def test_macos_empties_the_cache_of_the_disk_where_that_knows_the_order(
    macos: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_known: bool
) -> None:
    ordered: list[int] = []
    forced: list[int] = []

    def order(handle: int, number: int) -> None:
        ordered.append(number)
        if not is_known:
            raise OSError(errno.ENOTSUP, "not this disk")

    monkeypatch.setattr(fcntl, "fcntl", order)
    monkeypatch.setattr(os, "fsync", forced.append)
    (tmp_path / "file").write_bytes(b"content")
    sync_file(tmp_path / "file")
    assert ordered == [FULL_FSYNC]
    assert bool(forced) is not is_known


@pytest.mark.parametrize(("durability", "full"), [(Durability.FULL, 1), (Durability.NORMAL, 0)])
def test_sqlite_does_the_same_for_what_exists_nowhere_else(
    tmp_path: Path, durability: Durability, full: int
) -> None:
    with closing(Database(tmp_path / "file.db", durability)) as database:
        assert database.query("PRAGMA fullfsync") == [(full,)]


def test_a_disk_that_syncs_no_folders_is_used_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = [errno.EINVAL, errno.ENOTSUP, errno.EIO]

    def refuse(handle: int) -> None:
        raise OSError(answers.pop(0), "refused")

    monkeypatch.setattr(os, "fsync", refuse)
    sync_folder(tmp_path)
    sync_folder(tmp_path)
    with pytest.raises(OSError, match="refused"):
        sync_folder(tmp_path)


def test_who_looks_at_a_file_for_a_moment_does_not_keep_windows_from_replacing_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new, old = tmp_path / "new", tmp_path / "old"
    new.write_bytes(b"new")
    old.write_bytes(b"old")
    scanner = old.open("rb")
    waits: list[float | None] = []

    def look_away(event: threading.Event, seconds: float | None = None) -> bool:
        waits.append(seconds)
        if len(waits) == 2:
            scanner.close()
        return False

    monkeypatch.setattr(threading.Event, "wait", look_away)
    monkeypatch.setattr(sys, "platform", "win32")
    replace(new, old)
    assert old.read_bytes() == b"new"
    assert len(waits) == 2


def test_what_is_there_already_and_being_read_stays(tmp_path: Path) -> None:
    new, old = tmp_path / "new", tmp_path / "old"
    new.write_bytes(b"the same")
    old.write_bytes(b"the same")
    with old.open("rb") as reader:
        keep_once(new, old)
        assert reader.read() == b"the same"
    assert not new.exists()
    new.write_bytes(b"another")
    with new.open("rb"), pytest.raises(PermissionError):
        keep_once(new, tmp_path / "nothing is here")
    assert new.exists()
