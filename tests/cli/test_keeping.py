"""A profile and its key: encrypted once it can be, opened with its key alone, and never lost for want of it."""

import io
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import TextIO

import pytest

from agent_desktop.__main__ import main
from agent_desktop.cli.desk import Person, open_desk, set_up
from agent_desktop.cli.keeping import Keeper
from agent_desktop.context import Desk
from agent_desktop.domain.clock import ManualClock
from agent_desktop.domain.errors import InputError
from agent_desktop.domain.ids import TimeOrderedIds
from agent_desktop.domain.key_trouble import KeyProblem, KeyTrouble
from agent_desktop.profile import Profile
from agent_desktop.store import crypto
from agent_desktop.store.crypto import is_plain
from agent_desktop.store.data_key import DataKey
from agent_desktop.store.key_file import KeyFile, KeyNote, Protection
from sync.client.early import Early
from tests.fakes import START
from tests.services.test_vault import PHRASE, WEAK, MemoryShelf
from tests.telling_lock import TellingLock
from tests.windows_files import files_as_on_windows

CLOCK = ManualClock(START)
IDS = TimeOrderedIds(CLOCK)
MAYA = Person(name="Maya Keller", company="Northwind Kettles", email="maya@northwind.example")


@pytest.fixture
def profile(tmp_path: Path) -> Profile:
    return Profile(tmp_path / "profile")


@pytest.fixture
def shelf() -> MemoryShelf:
    return MemoryShelf()


@pytest.fixture
def keeper_of(profile: Profile, shelf: MemoryShelf) -> Callable[[], Keeper]:
    return lambda: Keeper(profile, lambda: shelf, asks=True, cost=WEAK, clock=CLOCK)


KeeperOf = Callable[[], Keeper]


def opened(profile: Profile, keeper: Keeper) -> Desk:
    return open_desk(profile, CLOCK, IDS, background=False, keeper=keeper)


def works(profile: Profile, keeper: Keeper) -> None:
    with closing(opened(profile, keeper)) as desk:
        desk.sync.exchange()
        assert desk.directory.me.name == "Maya Keller"


def all_encrypted(profile: Profile) -> bool:
    stored = b"".join(path.read_bytes() for path in profile.folder.rglob("*") if path.is_file())
    return b"Maya Keller" not in stored and b"SQLite format" not in stored


def stored(profile: Profile) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in profile.folder.glob("*.*") if path.suffix != ".lock"}


def trouble_of(work: Callable[[], object]) -> KeyTrouble:
    with pytest.raises(KeyProblem) as problem:
        work()
    return problem.value.trouble


def test_a_new_profile_is_encrypted_from_its_first_byte(profile: Profile, keeper_of: KeeperOf) -> None:
    keeper = keeper_of()
    set_up(profile, MAYA, CLOCK, IDS, keeper)
    assert all_encrypted(profile)
    works(profile, keeper)
    works(profile, keeper_of())
    assert all_encrypted(profile)


def test_a_profile_of_before_is_encrypted_at_its_next_start(profile: Profile, keeper_of: KeeperOf) -> None:
    set_up(profile, MAYA, CLOCK, IDS)
    with closing(open_desk(profile, CLOCK, IDS, background=False)) as desk:
        sha256 = desk.blobs.put(b"Maya Keller's photo")
    assert not all_encrypted(profile)
    keeper, said = keeper_of(), list[str]()
    keeper.progress = said.append
    with closing(opened(profile, keeper)) as desk:
        assert desk.is_encrypted
        assert desk.blobs.read(sha256) == b"Maya Keller's photo"
        desk.seal_files(lambda: True)
    assert said == ["Encrypting replica.db", "Encrypting server.db", "Encrypting work.db"]
    assert all_encrypted(profile)
    works(profile, keeper_of())


def test_what_commands_open_stays_as_it_is_until_a_person_was_asked(profile: Profile) -> None:
    set_up(profile, MAYA, CLOCK, IDS)
    with closing(open_desk(profile, CLOCK, IDS, background=False)) as desk:
        assert not desk.is_encrypted
    assert KeyFile(profile.folder).read() is None


def test_without_a_keychain_the_person_decides(
    profile: Profile, keeper_of: KeeperOf, shelf: MemoryShelf
) -> None:
    shelf.trouble = KeyTrouble.NO_KEYCHAIN
    keeper = keeper_of()
    set_up(profile, MAYA, CLOCK, IDS, keeper)
    assert trouble_of(lambda: opened(profile, keeper)) is KeyTrouble.UNDECIDED
    assert keeper.protection is None
    keeper.decide(Protection.NONE)
    works(profile, keeper)
    works(profile, keeper_of())
    assert is_plain(profile.work_db)
    keeper = keeper_of()
    keeper.decide(Protection.PASSPHRASE, PHRASE)  # in the settings, later
    works(profile, keeper)
    assert all_encrypted(profile)
    assert trouble_of(lambda: opened(profile, keeper_of())) is KeyTrouble.PASSPHRASE


def test_a_passphrase_is_asked_for_at_each_start(
    profile: Profile, keeper_of: KeeperOf, shelf: MemoryShelf
) -> None:
    shelf.trouble = KeyTrouble.NO_KEYCHAIN
    keeper = keeper_of()
    keeper.decide(Protection.PASSPHRASE, PHRASE)
    set_up(profile, MAYA, CLOCK, IDS, keeper)
    works(profile, keeper)
    keeper = keeper_of()
    keeper.type_passphrase("something else")
    assert trouble_of(lambda: opened(profile, keeper)) is KeyTrouble.WRONG_PASSPHRASE
    keeper.type_passphrase(PHRASE)
    works(profile, keeper)


@pytest.mark.parametrize("lost", [True, False], ids=["lost", "wrong"])
def test_a_lost_key_locks_and_the_recovery_key_opens(
    profile: Profile, keeper_of: KeeperOf, shelf: MemoryShelf, lost: bool
) -> None:
    keeper = keeper_of()
    set_up(profile, MAYA, CLOCK, IDS, keeper)
    written_down = keeper.recovery_key
    (name,) = shelf.secrets
    shelf.secrets = {} if lost else {name: DataKey.new().secret.hex()}
    before = stored(profile)
    keeper = keeper_of()
    assert trouble_of(lambda: opened(profile, keeper)) is (KeyTrouble.LOST if lost else KeyTrouble.WRONG)
    assert stored(profile) == before
    for wrong in ("", "ABC", written_down[:-1], ("B" if written_down[0] == "A" else "A") + written_down[1:]):
        with pytest.raises(InputError, match="not a recovery key"):
            keeper.use_recovery_key(wrong)
    with pytest.raises(KeyProblem):
        keeper.use_recovery_key(DataKey.new().recovery_text)
    keeper.use_recovery_key(written_down.lower().replace("-", "  "))
    works(profile, keeper)
    works(profile, keeper_of())


def log_of(profile: Profile, keeper: Keeper) -> TextIO:
    """The log that a running program has open in the folder of its profile, as `run_application` hands it over."""
    profile.logs.mkdir(exist_ok=True)
    log = (profile.logs / "faults.log").open("a", encoding="utf-8")
    keeper.let_go = log.close
    return log


def test_a_wiped_profile_goes_in_whole_though_the_program_runs(
    profile: Profile, keeper_of: KeeperOf, shelf: MemoryShelf
) -> None:
    keeper = keeper_of()
    set_up(profile, MAYA, CLOCK, IDS, keeper)
    log_of(profile, keeper)
    keeper.begin_wipe("device", "")
    with files_as_on_windows():
        keeper.finish_wipe()
    assert {path.name for path in profile.folder.rglob("*")} <= {profile.lock.name}


def test_a_profile_without_its_key_is_put_aside_and_works_again_later(
    profile: Profile, keeper_of: KeeperOf, shelf: MemoryShelf
) -> None:
    set_up(profile, MAYA, CLOCK, IDS, keeper_of())
    kept = dict(shelf.secrets)
    shelf.secrets.clear()
    keeper = keeper_of()
    log = log_of(profile, keeper)
    assert trouble_of(lambda: opened(profile, keeper)) is KeyTrouble.LOST
    with files_as_on_windows():
        aside = keeper.put_aside()
    assert log.closed
    assert aside.name == f"profile.sealed-{START:%Y-%m-%d}"
    set_up(profile, MAYA, CLOCK, IDS, keeper_of())
    works(profile, keeper_of())
    shelf.secrets.update(kept)
    works(Profile(aside), Keeper(Profile(aside), lambda: shelf, asks=True, cost=WEAK))


def test_the_demo_is_readable_as_it_is_of_invented_people(profile: Profile, keeper_of: KeeperOf) -> None:
    from agent_desktop.cli.demo_profile import make_demo

    make_demo(profile, 3, 1, CLOCK, IDS)
    with closing(opened(profile, keeper_of())) as desk:
        assert not desk.is_encrypted
    assert KeyFile(profile.folder).read() is None


def test_without_the_cipher_a_new_profile_is_readable_and_an_encrypted_one_locked(
    profile: Profile, keeper_of: KeeperOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(crypto, "is_available", lambda: False)
        set_up(profile, MAYA, CLOCK, IDS, keeper_of())
        works(profile, keeper_of())
    works(profile, keeper_of())
    assert all_encrypted(profile)
    monkeypatch.setattr(crypto, "is_available", lambda: False)
    assert trouble_of(lambda: opened(profile, keeper_of())) is KeyTrouble.NO_CIPHER


def test_the_keychain_is_asked_while_the_window_is_loaded(
    profile: Profile, keeper_of: KeeperOf, shelf: MemoryShelf
) -> None:
    set_up(profile, MAYA, CLOCK, IDS, keeper_of())
    keeper = keeper_of()
    keeper.begin()
    works(profile, keeper)
    shelf.trouble = KeyTrouble.LOCKED
    keeper = keeper_of()
    keeper.begin()
    assert trouble_of(lambda: opened(profile, keeper)) is KeyTrouble.LOCKED
    shelf.trouble = None
    works(profile, keeper)  # tried again


def test_the_note_is_not_read_while_another_thread_may_write_it(
    profile: Profile, keeper_of: KeeperOf, shelf: MemoryShelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_up(profile, MAYA, CLOCK, IDS, keeper_of())
    waited, early = threading.Event(), keeper_of()
    get, wait, read = shelf.get, Early.wait, KeyFile.read
    read_beside: list[bool] = []

    def get_late(name: str, place: str = "") -> str | None:
        waited.wait(10)
        return get(name, place)

    def wait_and_say(work: Early[object]) -> None:
        waited.set()
        wait(work)

    def watched_read(file: KeyFile) -> KeyNote | None:
        if threading.current_thread() is threading.main_thread():
            read_beside.append(not waited.is_set())
            waited.set()
        return read(file)

    monkeypatch.setattr(shelf, "get", get_late)
    early.begin()
    monkeypatch.setattr(Early, "wait", wait_and_say)
    monkeypatch.setattr(KeyFile, "read", watched_read)
    works(profile, early)
    assert read_beside
    assert not any(read_beside)


def test_what_two_threads_change_in_the_note_is_both_kept(
    profile: Profile, keeper_of: KeeperOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_up(profile, MAYA, CLOCK, IDS, keeper_of())
    keeper, met, write = keeper_of(), threading.Event(), KeyFile.write
    keeper.key()
    monkeypatch.setattr(keeper, "_lock", TellingLock(met.set))
    with ThreadPoolExecutor(1) as settings:
        wished: list[Future[None]] = []

        def write_late(file: KeyFile, note: KeyNote) -> None:
            if threading.current_thread() is threading.main_thread():
                wished.append(settings.submit(keeper.renew))
                wished[0].add_done_callback(lambda _: met.set())
                assert met.wait(60)
            write(file, note)

        monkeypatch.setattr(KeyFile, "write", write_late)
        keeper.escrow("device-1", lambda secret: None)
        wished[0].result()
    note = KeyFile(profile.folder).read()
    assert note is not None
    assert note.renew
    assert note.device_id == "device-1"


def test_commands_ask_for_the_passphrase(
    profile: Profile, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    keeper = Keeper(profile, MemoryShelf, asks=True, cost=WEAK)
    keeper.decide(Protection.PASSPHRASE, PHRASE)
    set_up(profile, MAYA, CLOCK, IDS, keeper)
    assert all_encrypted(profile)
    for typed, refused in ((PHRASE, False), ("something else", True)):
        monkeypatch.setattr(sys, "stdin", io.StringIO(f"{typed}\n"))
        main(["search", "kettle", "--profile", str(profile.folder)])
        assert ("not the passphrase" in capsys.readouterr().err) is refused
