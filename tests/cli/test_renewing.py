"""A profile gets a new key: killed at any step nothing is lost, and in the end nothing opens with the key of before."""

import io
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from agent_desktop.__main__ import main
from agent_desktop.cli import renewing
from agent_desktop.cli.desk import _server_key, set_up
from agent_desktop.cli.keeping import Keeper
from agent_desktop.domain.errors import StoreError
from agent_desktop.domain.key_trouble import KeyProblem, KeyTrouble
from agent_desktop.profile import Profile
from agent_desktop.services.recovery_hint import RecoveryHint
from agent_desktop.store import crypto, rekeying
from agent_desktop.store.blobs import BlobStore
from agent_desktop.store.client import open_client_files
from agent_desktop.store.crypto import connect, driver_errors
from agent_desktop.store.data_key import DataKey
from agent_desktop.store.incoming import IncomingFile
from agent_desktop.store.key_file import KeyFile, Protection
from agent_desktop.store.sealing import NotSealed, SealedFile, sealed
from sync.server.keys import ServerKey
from tests.cli.test_keeping import CLOCK, IDS, MAYA, all_encrypted, opened, works
from tests.services.test_vault import PHRASE, WEAK, MemoryShelf
from tests.windows_files import files_as_on_windows

KETTLE = b"your kettle, Maya Keller " * 9_000
NOTE = b"a note of Maya Keller"
SIZE = 200_000


@pytest.fixture
def profile(tmp_path: Path) -> Profile:
    return Profile(tmp_path / "profile")


@pytest.fixture
def shelf() -> MemoryShelf:
    return MemoryShelf()


def keeper_of(profile: Profile, shelf: MemoryShelf, passphrase: str = "") -> Keeper:
    keeper = Keeper(profile, lambda: shelf, asks=True, cost=WEAK, clock=CLOCK)
    if passphrase:
        keeper.type_passphrase(passphrase)
    return keeper


def key_of(profile: Profile, shelf: MemoryShelf) -> DataKey:
    key = keeper_of(profile, shelf).key()
    assert key is not None
    return key


def small(profile: Profile, shelf: MemoryShelf) -> DataKey:
    """A profile with two databases, a copy of one, two files, one that is on its way, and one under seal."""
    keeper = keeper_of(profile, shelf)
    keeper.decide(Protection.KEYCHAIN)
    key = keeper.key()
    assert key is not None
    for path in (profile.server_db, profile.work_db, profile.folder / "work.before-2.db"):
        with closing(connect(path, key)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT)")
            connection.execute("INSERT INTO setting VALUES ('who', ?)", (f'"Maya in {path.name}"',))
    blobs = BlobStore(profile.blobs, key)
    blobs.put(KETTLE)
    blobs.put(b"")
    IncomingFile(blobs, "a" * 64, SIZE).add(bytes(SIZE - 1))
    (profile.folder / "work.damaged-1.txt.sealed").write_bytes(b"".join(sealed(key, NOTE)))
    return key


def whole(profile: Profile, key: DataKey) -> bool:
    """Whether everything of `small` opens with this key."""
    for path in (profile.server_db, profile.work_db, profile.folder / "work.before-2.db"):
        with closing(connect(path, key)) as connection:
            found = connection.execute("SELECT value FROM setting WHERE name = 'who'").fetchone()
            assert found == (f'"Maya in {path.name}"',)
    blobs = BlobStore(profile.blobs, key)
    contents = [blobs.read(sha256) for sha256 in _hashes(KETTLE, b"")]
    with (profile.folder / "work.damaged-1.txt.sealed").open("rb") as file:
        return contents == [KETTLE, b""] and b"".join(SealedFile.of(key, file).read(file)) == NOTE


def _hashes(*contents: bytes) -> list[str]:
    from hashlib import sha256

    return [sha256(content).hexdigest() for content in contents]


def opening(profile: Profile, key: DataKey) -> list[str]:
    """The files of the profile that open with a key."""
    return [
        path.relative_to(profile.folder).as_posix()
        for path in sorted(profile.folder.rglob("*"))
        if path.is_file() and _opens(path, key)
    ]


def _opens(path: Path, key: DataKey) -> bool:
    with path.open("rb") as file:
        try:
            return bool(list(SealedFile.of(key, file).read(file))) or True
        except NotSealed:
            pass
    if not path.stat().st_size or path.suffix == ".json":
        return False
    try:
        with closing(connect(path, key)) as connection:
            return connection.execute("SELECT count(*) FROM sqlite_master").fetchone() is not None
    except driver_errors():
        return False


def test_everything_is_written_anew_and_nothing_opens_with_the_key_of_before(
    profile: Profile, shelf: MemoryShelf
) -> None:
    before = small(profile, shelf)
    assert len(opening(profile, before)) >= 6  # so much can be found
    window = keeper_of(profile, shelf)
    window.key()
    window.renew()
    assert window.is_renewing
    again = window.key()
    assert again is not None
    assert again.secret == before.secret, "nothing happens to files that are open"
    keeper, said = keeper_of(profile, shelf), list[str]()
    keeper.progress = said.append
    key = keeper.key()
    assert key is not None
    assert key.secret != before.secret
    assert said[:2] == ["Writing server.db anew", "Writing work.db anew"]
    assert whole(profile, key)
    assert opening(profile, before) == []
    assert list(shelf.secrets.values()) == [key.secret.hex()]
    assert before.secret.hex() not in (profile.folder / "keys.json").read_text()
    assert keeper.notice == renewing.RENEWED
    with pytest.raises(KeyProblem):
        keeper.use_recovery_key(before.recovery_text)
    again = keeper_of(profile, shelf)
    assert again.key() is not None
    assert (again.recovery_key, again.notice) == (key.recovery_text, "")


class Killed(BaseException):
    """The process ends here."""


STEPS = (
    (rekeying, "write_back"),
    (rekeying, "export"),
    (rekeying, "sync_file"),
    (rekeying, "sync_folder"),
    (renewing, "_adjust"),
    (KeyFile, "write"),
    (MemoryShelf, "put"),
    (MemoryShelf, "drop"),
    (BlobStore, "put"),
    (Path, "replace"),
    (Path, "unlink"),
)


@contextmanager
def killed_before(step: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """The process ends before its step of this number."""
    taken = [0]

    def watched(work: Callable[..., object]) -> Callable[..., object]:
        def run(*arguments: object, **named: object) -> object:
            taken[0] += 1
            if taken[0] == step:
                raise Killed
            return work(*arguments, **named)

        return run

    with monkeypatch.context() as patched:
        for owner, name in STEPS:
            patched.setattr(owner, name, watched(getattr(owner, name)))
        yield taken


def test_killed_at_every_step(profile: Profile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The process dies here and not the machine: nothing has to be forced to the disk.
    monkeypatch.setattr(os, "fsync", lambda handle: None)
    monkeypatch.setattr(crypto, "_GUARDS", (*crypto._GUARDS, "synchronous = OFF"))
    shelf = MemoryShelf()
    before = small(profile, shelf)
    wish = keeper_of(profile, shelf)
    wish.key()
    wish.renew()
    step = 0
    renewed_at = []
    while True:
        step += 1
        here, keychain = Profile(tmp_path / str(step)), MemoryShelf()
        shutil.copytree(profile.folder, here.folder)
        keychain.secrets.update(shelf.secrets)
        with killed_before(step, monkeypatch) as taken:
            try:
                keeper_of(here, keychain).key()
            except Killed:
                ended = True
            else:
                ended = taken[0] >= step
        note = KeyFile(here.folder).read()
        assert note is not None
        renewed_at += [step] if note.former else []
        key = key_of(here, keychain)  # the next start
        assert key.secret != before.secret
        assert whole(here, key)
        assert opening(here, before) == []
        assert not list(here.folder.glob("*.new-key*"))
        assert before.secret.hex() not in keychain.secrets.values()
        shutil.rmtree(here.folder)
        if not ended:
            break
    assert step > 40  # and not because nothing was counted
    assert 10 < len(renewed_at) < step - 10, "before and after the moment from which the new key counts"


def test_what_cannot_be_prepared_leaves_everything_as_it_was(
    profile: Profile, shelf: MemoryShelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = small(profile, shelf)
    keeper = keeper_of(profile, shelf)
    keeper.key()
    keeper.renew()

    def full(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(rekeying, "sync_file", full)
        keeper = keeper_of(profile, shelf)
        key = keeper.key()
    assert key is not None
    assert key.secret == before.secret
    assert "no new key yet" in keeper.notice
    assert "Free some space" in keeper.notice
    assert whole(profile, before)
    assert not list(profile.folder.glob("*.new-key*"))
    shelf.trouble = KeyTrouble.LOCKED
    with pytest.raises(KeyProblem):
        keeper_of(profile, shelf).key()
    shelf.trouble = None
    assert whole(profile, key_of(profile, shelf)), "tried again"
    assert opening(profile, before) == []


def test_a_full_disk_halfway_waits_for_room_and_goes_on(
    profile: Profile, shelf: MemoryShelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = small(profile, shelf)
    keeper = keeper_of(profile, shelf)
    keeper.key()
    keeper.renew()

    def full(*arguments: object) -> None:
        raise StoreError("no room")

    with monkeypatch.context() as patched:
        patched.setattr(BlobStore, "put", full)
        with pytest.raises(StoreError, match="Nothing was lost: free some space"):
            keeper_of(profile, shelf).key()
    assert whole(profile, key_of(profile, shelf))
    assert opening(profile, before) == []


def test_a_note_that_was_written_once_counts(
    profile: Profile, shelf: MemoryShelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk fails between the two copies of the note: to go back would be to lose what is written from then on."""
    before = small(profile, shelf)
    keeper = keeper_of(profile, shelf)
    keeper.key()
    keeper.renew()
    written, write = [0], Path.write_text

    def fails(path: Path, *arguments: str) -> int:
        written[0] += path.name == "keys.copy.new"
        if path.name == "keys.copy.new" and written[0] == 1:
            raise OSError(5, "Input/output error")
        return write(path, *arguments)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_text", fails)
        key = key_of(profile, shelf)
    assert written[0] > 1
    assert key.secret != before.secret
    assert whole(profile, key)


def test_a_passphrase_has_to_be_right_and_opens_the_new_key(profile: Profile, shelf: MemoryShelf) -> None:
    shelf.trouble = KeyTrouble.NO_KEYCHAIN
    keeper = keeper_of(profile, shelf)
    keeper.decide(Protection.PASSPHRASE, PHRASE)
    set_up(profile, MAYA, CLOCK, IDS, keeper)
    written_down = keeper.recovery_key
    keeper.renew()
    by_recovery_key = keeper_of(profile, shelf, written_down)
    works(profile, by_recovery_key)
    assert by_recovery_key.is_renewing, "without the passphrase it cannot be wrapped"
    assert "no new key yet" in by_recovery_key.notice
    keeper = keeper_of(profile, shelf, PHRASE)
    works(profile, keeper)
    assert not keeper.is_renewing
    assert keeper.recovery_key != written_down
    works(profile, keeper_of(profile, shelf, PHRASE))
    assert all_encrypted(profile)


def test_a_workspace_on_one_computer_goes_on_with_what_its_server_sealed(
    profile: Profile, shelf: MemoryShelf
) -> None:
    keeper = keeper_of(profile, shelf)
    set_up(profile, MAYA, CLOCK, IDS, keeper)
    with closing(opened(profile, keeper)) as desk:
        RecoveryHint(desk.settings, keeper).shown()
    sealed_text = server_key(profile, shelf).seal("mailbox", b"its password")
    for _ in range(2):
        keeper = keeper_of(profile, shelf)
        keeper.key()
        keeper.renew()
        with files_as_on_windows():
            works(profile, keeper_of(profile, shelf))
        assert server_key(profile, shelf).open("mailbox", sealed_text) == b"its password"
    with closing(opened(profile, keeper_of(profile, shelf))) as desk:
        assert RecoveryHint(desk.settings, keeper_of(profile, shelf)).is_due, "of the new key"
    assert all_encrypted(profile)


def server_key(profile: Profile, shelf: MemoryShelf) -> ServerKey:
    with closing(open_client_files(profile.work_db, profile.replica_db, key_of(profile, shelf))) as files:
        return _server_key(profile, files.work)


def test_the_server_gets_the_new_key_at_the_next_contact(profile: Profile, shelf: MemoryShelf) -> None:
    small(profile, shelf)
    keeper, kept = keeper_of(profile, shelf), list[str]()
    keeper.key()
    keeper.escrow("device-1", kept.append)
    keeper.escrow("device-1", kept.append)
    keeper.renew()
    keeper.escrow("device-1", kept.append)
    assert len(kept) == 1, "the key of now is there already"
    key = key_of(profile, shelf)
    keeper = keeper_of(profile, shelf)
    keeper.key()
    keeper.escrow("device-1", kept.append)
    assert kept[1:] == [key.secret.hex()]


def test_a_wipe_leaves_neither_key(
    profile: Profile, shelf: MemoryShelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    small(profile, shelf)
    keeper = keeper_of(profile, shelf)
    keeper.key()
    keeper.renew()

    def dies(*arguments: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(BlobStore, "put", dies)
        with pytest.raises(Killed):
            keeper_of(profile, shelf).key()
    assert len(shelf.secrets) == 2
    keeper_of(profile, shelf).begin_wipe("device", "")
    assert shelf.secrets == {}
    note = KeyFile(profile.folder).read()
    assert note is not None
    assert (note.former, note.wraps, note.check) == ("", (), "")


def test_the_command_renews_and_says_so(
    profile: Profile, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    keeper = Keeper(profile, MemoryShelf, asks=True, cost=WEAK)
    keeper.decide(Protection.PASSPHRASE, PHRASE)
    set_up(profile, MAYA, CLOCK, IDS, keeper)
    for typed, code in (("something else", 1), (PHRASE, 0)):
        monkeypatch.setattr(sys, "stdin", io.StringIO(f"{typed}\n"))
        assert main(["renew", "--profile", str(profile.folder)]) == code
    said = capsys.readouterr()
    assert said.out.strip() == renewing.RENEWED
    assert "not the passphrase" in said.err
    assert main(["renew", "--profile", str(profile.folder / "nowhere")]) == 1
    assert "no profile" in capsys.readouterr().err
