"""One program per profile, however the one before has ended."""

import errno
import fcntl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from agent_desktop.cli.desk import open_desk
from agent_desktop.domain.errors import AppError, InUse, StoreError
from agent_desktop.profile import Profile
from agent_desktop.store.lock import ProfileLock
from tests.desk_fixture import Office
from tests.project.tree import ROOT

TAKE = """
import sys
from pathlib import Path
from agent_desktop.domain.errors import StoreError
from agent_desktop.store.lock import ProfileLock
lock = ProfileLock(Path(sys.argv[1]))
sys.stdin.readline()
try:
    lock.take()
except StoreError as error:
    print(error.sentence, flush=True)
else:
    print("taken", flush=True)
    sys.stdin.readline()
"""
IN_USE = "Agent Desktop is already open with this profile. Use that window, or close it first."


@contextmanager
def program(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another program that takes the lock when it is told to, and holds it until it is told again."""
    process = subprocess.Popen(
        [sys.executable, "-c", TAKE, str(path)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        yield process
        process.kill()


def tell(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def answer(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_of_several_programs_one_gets_the_profile(tmp_path: Path) -> None:
    path = tmp_path / "profile.lock"
    with program(path) as a, program(path) as b, program(path) as c, program(path) as d:
        programs = [a, b, c, d]
        for process in programs:
            tell(process)
        answers = [answer(process) for process in programs]
    assert sorted(answers) == [*[IN_USE] * 3, "taken"]


def test_a_killed_program_leaves_no_lock(tmp_path: Path) -> None:
    path = tmp_path / "profile.lock"
    lock = ProfileLock(path)
    with program(path) as process:
        tell(process)
        assert answer(process) == "taken"
        with pytest.raises(StoreError, match="already open"):
            lock.take()
        process.kill()
        process.wait()
        lock.take()
    lock.release()
    lock.release()
    lock.take()
    lock.release()


def test_a_second_desk_is_refused_and_disturbs_nothing(office: Office) -> None:
    with pytest.raises(AppError) as refused:
        open_desk(office.world.profile, background=False)
    assert refused.value.sentence == IN_USE
    office.world.customer_writes("Karl Lund", "Refund")
    office.desk.close()
    office.world.desk = open_desk(office.world.profile, background=False)
    assert office.desk.inbox.total() == 1


def test_a_profile_that_could_not_be_opened_can_be_opened_in_the_same_program(office: Office) -> None:
    profile = office.world.profile
    office.desk.close()
    good = profile.work_db.read_bytes()
    profile.work_db.write_bytes(b"no database at all")
    for _ in range(2):
        with pytest.raises(StoreError, match="not a database"):
            open_desk(profile, background=False)
    profile.work_db.write_bytes(good)
    office.world.desk = open_desk(profile, background=False)


def test_a_folder_that_cannot_be_written_is_said_in_words(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("not a folder")
    with pytest.raises(StoreError, match="cannot be written"):
        ProfileLock(Profile(file).lock).take()


def test_a_disk_without_locks_is_not_taken_for_another_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(handle: int, how: int) -> None:
        raise OSError(errno.ENOTSUP, "Operation not supported")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(StoreError, match="a folder on this computer") as refused:
        ProfileLock(tmp_path / "profile.lock").take()
    assert not isinstance(refused.value, InUse)
