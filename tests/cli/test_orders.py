"""What a server has to say to one device: the key comes back from it, a lease ends, and a lost laptop is wiped."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

import pytest

from agent_desktop.cli import wiping
from agent_desktop.cli.desk import open_desk
from agent_desktop.cli.keeping import NO_ESCROW, Keeper
from agent_desktop.cli.takeover_command import bring_over
from agent_desktop.cli.team import DeviceTokens, Login, connect
from agent_desktop.context import Desk
from agent_desktop.domain.clock import ManualClock, SystemClock, to_microseconds
from agent_desktop.domain.errors import InputError
from agent_desktop.domain.ids import Id, TimeOrderedIds
from agent_desktop.domain.key_trouble import KeyProblem, KeyTrouble
from agent_desktop.domain.operations.message import AddNote
from agent_desktop.profile import Profile
from agent_desktop.services.drafts import Draft, DraftKind
from agent_desktop.services.lease import Lease
from agent_desktop.services.vault import Vault
from agent_desktop.store import disk
from agent_desktop.store.client import open_client_files
from agent_desktop.store.key_file import KeyFile, Protection
from agent_desktop.store.settings import SettingStore
from sync.client.browser import CANCELLED
from sync.server.sign_in import managed_devices
from sync.server.workspace_rules import WorkspaceRule
from tests.fakes import START
from tests.lease import set_lease
from tests.services.test_vault import WEAK, MemoryShelf
from tests.sync.client.test_tokens import MemoryKeychain
from tests.sync.server.browser import Browser
from tests.team_server import ANNA, PASSWORD, RunningServer, team_server

CLOCK = SystemClock()
IDS = TimeOrderedIds(CLOCK)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    folder = tmp_path / "server"
    folder.mkdir()
    with team_server(folder) as server:
        yield server


class Laptop:
    """A computer whose keychain may lose things."""

    def __init__(self, folder: Path) -> None:
        self.profile = Profile(folder)
        self.shelf = MemoryShelf()
        self.keychain = MemoryKeychain()
        self.restart()

    def restart(self) -> None:
        self.keeper = Keeper(self.profile, lambda: self.shelf, asks=True, cost=WEAK)
        self.tokens = DeviceTokens(lambda: self.keychain)

    def lose_everything(self) -> None:
        self.shelf.secrets.clear()
        self.keychain.secrets.clear()
        self.restart()

    def connect(self, url: str) -> None:
        login = Login(address=url, email=ANNA, password=PASSWORD, device="Laptop")
        connect(self.profile, login, CLOCK, IDS, self.tokens, lambda words: None, keeper=self.keeper)

    @contextmanager
    def desk(self, *, background: bool = False) -> Iterator[Desk]:
        desk = open_desk(
            self.profile,
            CLOCK,
            IDS,
            tokens=lambda: self.tokens,
            background=background,
            keeper=self.keeper,
        )
        with closing(desk):
            yield desk

    def trouble(self) -> KeyTrouble:
        with pytest.raises(KeyProblem) as problem, self.desk():
            pass
        return problem.value.trouble


@pytest.fixture
def laptop(tmp_path: Path) -> Laptop:
    return Laptop(tmp_path / "laptop")


def until(condition: Callable[[], bool]) -> None:
    """Wait for what other threads do; each look gives them their turn."""
    tick = threading.Event()
    for _ in range(1_500):
        if condition():
            return
        tick.wait(0.02)
    pytest.fail("it did not come to it")


def deposited(server: RunningServer) -> bool:
    return server.count("device", "key_escrow IS NOT NULL") == 1


def deposit(server: RunningServer, laptop: Laptop) -> None:
    keeper, noted = laptop.keeper, threading.Event()

    def escrow(device_id: str, deposit: Callable[[str], None]) -> None:
        Keeper.escrow(keeper, device_id, deposit)
        noted.set()

    with patch.object(keeper, "escrow", escrow), laptop.desk(background=True) as desk:
        desk.start()
        assert noted.wait(60)
    assert deposited(server)


def note(conversation: Id, text: str) -> AddNote:
    return AddNote(conversation_id=conversation, message_id=IDS.new(), text=text)


def test_a_key_that_is_lost_comes_back_from_the_server_and_nothing_that_waits_is_lost(
    server: RunningServer, laptop: Laptop
) -> None:
    conversation = server.customer_writes("Karl", "Refund", "Where is it?")
    laptop.connect(server.url)
    deposit(server, laptop)
    server.stop()
    with laptop.desk() as desk:
        for number in range(50):
            desk.apply(note(conversation, f"written without a network {number}"))
    server.start()
    laptop.lose_everything()
    assert laptop.trouble() is KeyTrouble.LOST
    with pytest.raises(InputError, match="password"):
        laptop.keeper.sign_in(ANNA, "wrong password")
    laptop.keeper.sign_in(ANNA, PASSWORD)
    with laptop.desk() as desk:
        assert desk.account is not None
        signed_in = laptop.keeper.signed_in
        assert signed_in is not None
        desk.account.take(signed_in)  # type: ignore[attr-defined]  # a team's
        desk.sync.exchange()
    assert server.count("message", "text LIKE 'written without a network%'") == 50
    laptop.restart()
    with laptop.desk() as desk:  # and it is in the keychain again
        assert desk.is_encrypted
    assert server.devices(ANNA) == 1


def test_a_key_comes_back_by_the_browser_where_passwords_are_typed_there_alone(
    server: RunningServer, laptop: Laptop
) -> None:
    laptop.connect(server.url)
    deposit(server, laptop)
    server.accounts.rules.set(WorkspaceRule.BROWSER_ONLY, True)
    laptop.lose_everything()
    assert laptop.trouble() is KeyTrouble.LOST
    with pytest.raises(InputError, match="browser"):
        laptop.keeper.sign_in(ANNA, PASSWORD)
    sign_in_with_browser(laptop.keeper, lambda page: by_hand(server.url, page))
    with laptop.desk() as desk:
        assert desk.is_encrypted
        assert desk.directory.me.name == "Anna Berg"
    assert server.devices(ANNA) == 1, "the same device"


def test_who_stops_the_browser_changes_nothing(server: RunningServer, laptop: Laptop) -> None:
    laptop.connect(server.url)
    deposit(server, laptop)
    laptop.lose_everything()
    assert laptop.trouble() is KeyTrouble.LOST
    laptop.keeper.cancel_sign_in()  # nobody waits
    with pytest.raises(InputError) as stopped:
        sign_in_with_browser(laptop.keeper, lambda page: laptop.keeper.cancel_sign_in())
    assert stopped.value.sentence == CANCELLED
    assert laptop.trouble() is KeyTrouble.LOST


def sign_in_with_browser(keeper: Keeper, person: Callable[[str], None]) -> None:
    """Have somebody do something on the page, at their own computer's pace."""
    with ThreadPoolExecutor(1) as pool:
        keeper.sign_in_with_browser(ANNA, lambda page: pool.submit(person, page))


def by_hand(url: str, page: str) -> None:
    """Type the password into the page, and follow it back to the program."""
    with closing(Browser(url)) as browser:
        browser.get(page)
        browser.password(ANNA, PASSWORD)
        browser.get(browser.answer.headers["Location"])


def test_another_computer_gets_no_key(server: RunningServer, laptop: Laptop) -> None:
    laptop.connect(server.url)
    laptop.lose_everything()  # before the server had the key
    assert laptop.trouble() is KeyTrouble.LOST
    with pytest.raises(InputError) as none:
        laptop.keeper.sign_in(ANNA, PASSWORD)
    assert none.value.sentence == NO_ESCROW


# ----- wiping


def request_wipe(server: RunningServer) -> None:
    with server.backend.store.database.write() as sql:
        (device,) = sql.execute("SELECT device_id FROM device").fetchone()
        managed_devices.request_wipe(sql, device, to_microseconds(CLOCK.now()))
    server.tell_sessions()


def left_of(profile: Profile) -> set[str]:
    return {path.name for path in profile.folder.rglob("*")} - {"profile.lock"}


def test_a_device_sends_what_waits_and_destroys_its_key(server: RunningServer, laptop: Laptop) -> None:
    conversation = server.customer_writes("Karl", "Refund", "Where is it?")
    laptop.connect(server.url)
    deposit(server, laptop)
    server.stop()
    with laptop.desk() as desk:
        desk.blobs.put(b"an attachment")
        desk.apply(note(conversation, "the last words"))
    server.start()
    request_wipe(server)
    laptop.restart()
    wiped = threading.Event()
    with laptop.desk(background=True) as desk:
        desk.on_wiped(wiped.set)
        desk.start()
        assert wiped.wait(60)
        assert laptop.shelf.secrets == {}
        assert laptop.keychain.secrets == {}
    assert server.count("message", "text = 'the last words'") == 1
    laptop.keeper.finish_wipe()
    assert left_of(laptop.profile) == set()
    assert server.count("device", "wiped_at IS NOT NULL AND key_escrow IS NULL") == 1
    assert server.count("audit", "action = 'device.wiped'") == 1


def test_a_running_device_hears_of_it_at_once(server: RunningServer, laptop: Laptop) -> None:
    laptop.connect(server.url)
    wiped = threading.Event()
    with laptop.desk(background=True) as desk:
        desk.on_wiped(wiped.set)
        desk.start()
        until(lambda: deposited(server))
        request_wipe(server)
        assert wiped.wait(60)
    laptop.keeper.finish_wipe()
    assert left_of(laptop.profile) == set()


def test_what_the_server_could_not_be_told_is_told_later(server: RunningServer, laptop: Laptop) -> None:
    laptop.connect(server.url)
    request_wipe(server)
    wiped = threading.Event()
    with laptop.desk(background=True) as desk:
        desk.on_wiped(wiped.set)
        desk.start()
        assert wiped.wait(60)
    server.stop()
    laptop.keeper.finish_wipe()
    assert left_of(laptop.profile) == {"keys.json", "keys.copy.json"}
    laptop.restart()
    assert laptop.keeper.is_wiping
    server.start()
    with pytest.raises(KeyProblem) as problem:
        laptop.keeper.key()
    assert problem.value.trouble is KeyTrouble.WIPED
    assert left_of(laptop.profile) == set()
    assert server.count("device", "wiped_at IS NOT NULL") == 1


class Killed(BaseException):
    """The process ends here."""


def steps_of_a_wipe(step: int) -> Iterator[None]:
    """Count what is done to the disk and the keychain, and end the process before the step of this number."""
    taken = [0]

    def watched(work: Callable[..., object]) -> Callable[..., object]:
        def run(*arguments: object, **named: object) -> object:
            taken[0] += 1
            if taken[0] == step:
                raise Killed
            return work(*arguments, **named)

        return run

    places = (
        (Path, "unlink"),
        (Path, "rmdir"),
        (Path, "replace"),
        (MemoryShelf, "drop"),
        (wiping, "remove_copies"),
        (wiping, "overwrite_and_remove"),
        (disk, "sync_folder"),
    )
    patches = [patch.object(owner, name, watched(getattr(owner, name))) for owner, name in places]
    for each in patches:
        each.start()
    try:
        yield
    finally:
        for each in patches:
            each.stop()


@pytest.mark.parametrize("protection", [Protection.KEYCHAIN, Protection.NONE])
def test_killed_at_every_step_the_next_start_ends_it(tmp_path: Path, protection: Protection) -> None:
    sentinel = b"Karl's kettle"
    step = killed = 0
    while True:
        step += 1
        folder = tmp_path / str(step)
        (folder / "blobs" / "ab").mkdir(parents=True)
        shelf = MemoryShelf()
        profile = Profile(folder)
        key = Vault(KeyFile(folder), lambda shelf=shelf: shelf).make(protection)
        secret = key.secret if key is not None else b"no key"
        with closing(open_client_files(profile.work_db, profile.replica_db, key)) as files:
            SettingStore(files.work).set("note", sentinel.decode())
        (folder / "blobs" / "ab" / "cd").write_bytes(sentinel if key is None else b"sealed")
        ended = True
        watching = contextmanager(steps_of_a_wipe)
        try:
            with watching(step):
                keeper = Keeper(profile, lambda shelf=shelf: shelf)
                keeper.begin_wipe("device", "")
                keeper.finish_wipe()
        except Killed:
            ended, killed = False, killed + 1
            again = Keeper(profile, lambda shelf=shelf: shelf)
            if again.is_wiping:
                with pytest.raises(KeyProblem):
                    again.key()
            else:  # nothing was begun: the server asks once more
                again.begin_wipe("device", "")
                again.finish_wipe()
        assert shelf.secrets == {}
        assert left_of(profile) == set()
        stored = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
        assert secret not in stored
        assert sentinel not in stored
        if ended:
            break
    assert killed > 8


# ----- the lease


def test_a_profile_is_used_without_its_server_for_so_many_days(tmp_path: Path) -> None:
    clock = ManualClock(START)
    with closing(open_client_files(tmp_path / "work.db", tmp_path / "replica.db")) as files:
        lease = Lease(SettingStore(files.work))
        lease.check(clock.now())
        lease.renew(3, to_microseconds(clock.now()), clock.now())
        clock.advance(timedelta(days=3))
        lease.check(clock.now())
        clock.advance(timedelta(minutes=1))
        for _ in range(2):
            with pytest.raises(KeyProblem) as over:
                lease.check(clock.now())
            assert over.value.trouble is KeyTrouble.LEASE_OVER
        lease.renew(3, to_microseconds(clock.now()), clock.now())
        lease.check(clock.now())
        with pytest.raises(KeyProblem) as back:
            lease.check(START)
        assert back.value.trouble is KeyTrouble.CLOCK
        lease.renew(0, to_microseconds(clock.now()), START)
        lease.check(START + timedelta(days=400))


def test_who_was_away_for_too_long_signs_in_and_goes_on(server: RunningServer, laptop: Laptop) -> None:
    laptop.connect(server.url)
    set_lease(server.backend, 7)
    deposit(server, laptop)
    later = ManualClock(CLOCK.now() + timedelta(days=8))
    with pytest.raises(KeyProblem) as over:
        open_desk(laptop.profile, later, IDS, background=False, keeper=laptop.keeper)
    assert over.value.trouble is KeyTrouble.LEASE_OVER
    laptop.keeper.sign_in(ANNA, PASSWORD)
    with laptop.desk() as desk:
        assert desk.directory.me.name == "Anna Berg"


# ----- a profile that was put aside


def test_what_waits_in_a_profile_that_was_put_aside_is_taken_over(
    server: RunningServer, laptop: Laptop, tmp_path: Path
) -> None:
    conversation = server.customer_writes("Karl", "Refund", "Where is it?")
    laptop.connect(server.url)
    deposit(server, laptop)
    server.stop()
    with laptop.desk() as desk:
        for number in range(5):
            desk.apply(note(conversation, f"before it was lost {number}"))
        desk.drafts.save(
            Draft(
                conversation_id=conversation, kind=DraftKind.REPLY, text="Dear Karl", updated_at=CLOCK.now()
            )
        )
    laptop.lose_everything()
    assert laptop.trouble() is KeyTrouble.LOST
    aside = Profile(laptop.keeper.put_aside())
    server.start()
    laptop.restart()
    laptop.connect(server.url)
    keeper = Keeper(aside, lambda: laptop.shelf, cost=WEAK)
    keeper.sign_in(ANNA, PASSWORD)
    with laptop.desk() as desk:
        for taken in ((5, 1), (0, 0)):
            found = bring_over(aside, keeper, desk)
            assert (found.changes, found.drafts, found.unreadable) == (*taken, 0)
        desk.sync.exchange()
        draft = desk.drafts.get(conversation, DraftKind.REPLY)
        assert draft is not None
        assert draft.text == "Dear Karl"
    assert server.count("message", "text LIKE 'before it was lost%'") == 5
    assert aside.exists
