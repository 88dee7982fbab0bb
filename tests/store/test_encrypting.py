"""A profile of before is encrypted in place: killed at any step, nothing is lost and nothing stays readable."""

import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from agent_desktop.domain.errors import StoreError
from agent_desktop.store import encrypting
from agent_desktop.store.client import open_client_files
from agent_desktop.store.crypto import connect, is_plain
from agent_desktop.store.data_key import DataKey
from agent_desktop.store.encrypting import encrypt_databases, is_plain_in_part
from tests.store.flips import Content, content, fill

ExpectLog = Callable[[str], None]
KEY = DataKey(bytes(range(32)))
SENTINEL = b"your kettle"


def silent(words: str) -> None:
    pass


def paths(folder: Path) -> list[Path]:
    return [folder / "replica.db", folder / "work.db"]


def encrypt(folder: Path) -> None:
    encrypt_databases(paths(folder), KEY, silent, replaceable=folder / "replica.db")


def stored(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    tmp_path.joinpath("profile").mkdir()
    return tmp_path / "profile"


@pytest.fixture
def true(folder: Path) -> Content:
    return fill(folder, None)


def found(folder: Path) -> Content:
    with closing(open_client_files(*reversed(paths(folder)), KEY)) as files:
        return content(files)


def test_everything_is_there_and_nothing_can_be_read(folder: Path, true: Content) -> None:
    (folder / "work.before-2.db").write_bytes((folder / "work.db").read_bytes())
    (folder / "work.damaged-1.txt").write_bytes(SENTINEL)
    assert SENTINEL in stored(folder)
    assert is_plain_in_part(paths(folder))
    said: list[str] = []
    encrypt_databases(paths(folder), KEY, said.append)
    assert said[:2] == ["Encrypting replica.db", "Encrypting work.db"]
    assert not is_plain_in_part(paths(folder))
    assert SENTINEL not in stored(folder)
    assert found(folder) == true
    encrypt(folder)
    assert found(folder) == true


def test_what_the_journal_holds_comes_along(folder: Path, true: Content) -> None:
    with closing(open_client_files(*reversed(paths(folder)))) as files:
        with files.work.write() as connection:
            connection.execute("UPDATE setting SET value = '\"later\"'")
        left = {path.name: path.read_bytes() for path in folder.iterdir()}
    for name, content_of_file in left.items():  # as a crash leaves them
        (folder / name).write_bytes(content_of_file)
    (folder / "work.db-shm").unlink(missing_ok=True)
    encrypt(folder)
    assert set(found(folder)[2].values()) == {"later"}
    assert found(folder)[:2] == true[:2]


class Killed(BaseException):
    """The process ends here."""


STEPS = (
    (encrypting, "export"),
    (encrypting, "sync_file"),
    (encrypting, "sync_folder"),
    (encrypting, "overwrite_and_remove"),
    (encrypting, "compare"),
    (os, "link"),
    (Path, "replace"),
    (Path, "unlink"),
)


@contextmanager
def killed_at(step: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """The process ends before its step of this number, or right after it."""
    taken = [0]

    def watched(work: Callable[..., object]) -> Callable[..., object]:
        def run(*arguments: object, **named: object) -> object:
            taken[0] += 1
            if taken[0] == step:
                raise Killed
            result = work(*arguments, **named)
            taken[0] += 1
            if taken[0] == step:
                raise Killed
            return result

        return run

    with monkeypatch.context() as patched:
        for owner, name in STEPS:
            patched.setattr(owner, name, watched(getattr(owner, name)))
        yield taken


def test_killed_at_every_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    template = tmp_path / "template"
    template.mkdir()
    for path in paths(template):
        with closing(connect(path, None)) as connection:
            connection.execute("CREATE TABLE t (a)")
            connection.execute("INSERT INTO t VALUES (?)", (SENTINEL.decode(),))
    step = 0
    while True:
        step += 1
        folder = tmp_path / str(step)
        folder.mkdir()
        for path in template.iterdir():
            (folder / path.name).write_bytes(path.read_bytes())
        with killed_at(step, monkeypatch) as taken:
            try:
                encrypt(folder)
            except Killed:
                ended = True
            else:
                ended = taken[0] >= step
        encrypt(folder)
        for path in paths(folder):
            with closing(connect(path, KEY)) as connection:
                assert connection.execute("SELECT a FROM t").fetchall() == [(SENTINEL.decode(),)]
        assert SENTINEL not in stored(folder)
        if not ended:
            break
    assert step > 25  # and not because nothing was counted


def test_a_full_disk_leaves_the_plain_file(
    folder: Path, true: Content, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(encrypting, "sync_file", full)
        with pytest.raises(StoreError, match="left as it is"):
            encrypt(folder)
    assert is_plain(folder / "work.db")
    encrypt(folder)
    assert found(folder) == true


def test_a_file_in_use_is_left_as_it_is(folder: Path, true: Content) -> None:
    with closing(connect(folder / "replica.db", None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="could not be encrypted now"):
            encrypt(folder)
    assert is_plain(folder / "replica.db")


@pytest.mark.parametrize("name", ["work.db", "server.db"])
def test_what_exists_nowhere_else_is_left_where_it_is_damaged(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"SQLite format 3\0" + b"\xff" * 9_000)
    before = path.read_bytes()
    with pytest.raises(StoreError, match="damaged, so it could not be encrypted"):
        encrypt_databases([path], KEY, silent, replaceable=tmp_path / "replica.db")
    assert path.read_bytes() == before


def test_a_damaged_replica_is_sealed_and_fetched_again(
    folder: Path, true: Content, expect_log: ExpectLog
) -> None:
    expect_log("a database that is damaged was not encrypted")
    damaged = bytearray((folder / "replica.db").read_bytes())
    damaged[4096 * 3 : 4096 * 9] = b"\xff" * 4096 * 6
    (folder / "replica.db").write_bytes(damaged)
    encrypt(folder)
    assert found(folder) == true
    assert (folder / "replica.db.sealed").exists()
