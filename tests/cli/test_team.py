"""A team's profile: made by signing in, opened with the way to its server, and always the same person's."""

import hashlib
import queue
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from email.message import EmailMessage
from pathlib import Path

import pytest

from agent_desktop.cli.desk import open_desk
from agent_desktop.cli.team import DeviceTokens, Login, connect
from agent_desktop.context import Desk
from agent_desktop.domain.clock import SystemClock
from agent_desktop.domain.errors import InputError
from agent_desktop.domain.ids import Id, TimeOrderedIds
from agent_desktop.domain.message import AttachmentFile
from agent_desktop.domain.operations.message import AddNote
from agent_desktop.domain.presence import Activity
from agent_desktop.domain.workspace import Role
from agent_desktop.profile import Profile
from agent_desktop.services.drafts import Draft, DraftKind
from agent_desktop.services.importing import Importer
from agent_desktop.services.sync_status import SyncState, SyncStatus
from sync.client.account import NOT_TOLD, SIGNED_OUT
from sync.client.files import PIECE
from sync.client.tokens import NO_KEYCHAIN
from sync.protocol.transport import Refused
from tests.cli.test_orders import by_hand
from tests.sync.client.lying_server import answer, lying
from tests.sync.client.test_http import HTML
from tests.sync.client.test_tokens import MemoryKeychain
from tests.team_server import ANNA, BEN, PASSWORD, RunningServer, team_server

CLOCK = SystemClock()
IDS = TimeOrderedIds(CLOCK)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    folder = tmp_path / "server"
    folder.mkdir()
    with team_server(folder) as server:
        yield server


class Laptop:
    """A computer with a keychain and one profile."""

    def __init__(self, folder: Path) -> None:
        self.profile = Profile(folder)
        self.keychain: MemoryKeychain | None = MemoryKeychain()
        self.tokens = self.restarted()
        self.said: list[str] = []

    def restarted(self) -> DeviceTokens:
        self.tokens = DeviceTokens(lambda: self.keychain)
        return self.tokens

    def connect(self, url: str, email: str = ANNA, password: str = PASSWORD) -> bool:
        login = Login(address=url, email=email, password=password, device="Laptop")
        return connect(self.profile, login, CLOCK, IDS, self.tokens, self.said.append)

    @contextmanager
    def desk(self, *, background: bool = False) -> Iterator[Desk]:
        desk = open_desk(self.profile, CLOCK, IDS, tokens=lambda: self.tokens, background=background)
        try:
            yield desk
        finally:
            desk.close()


@pytest.fixture
def laptop(tmp_path: Path) -> Laptop:
    return Laptop(tmp_path / "laptop")


@contextmanager
def told(desk: Desk) -> Iterator["queue.Queue[SyncStatus]"]:
    """What the status line would be told, once the desk runs in the background."""
    statuses: queue.Queue[SyncStatus] = queue.Queue()
    desk.sync.subscribe(statuses.put)
    desk.start()
    yield statuses


def until(statuses: "queue.Queue[SyncStatus]", state: SyncState) -> SyncStatus:
    while True:
        status = statuses.get(timeout=30)
        if status.state is state and not (state is SyncState.IN_SYNC and status.waiting):
            return status


def note(conversation: Id, text: str, *files: AttachmentFile) -> AddNote:
    return AddNote(conversation_id=conversation, message_id=IDS.new(), text=text, files=files)


def texts(desk: Desk, conversation: Id) -> list[str]:
    return [item.message.text for item in desk.conversations.timeline(conversation).items]


# ----- connecting


def test_a_profile_is_usable_once_it_is_connected(server: RunningServer, laptop: Laptop) -> None:
    conversation = server.customer_writes("Karl", "Refund", "Where is it?")
    assert laptop.connect(f"{server.url}/")
    server.stop()
    with laptop.desk() as desk:
        assert desk.directory.workspace_name == "Lighthouse"
        assert desk.directory.me.name == "Anna Berg"
        assert texts(desk, conversation) == ["Where is it?"]
        assert desk.account is not None
        assert desk.account.identity.email == ANNA
        assert desk.account.signed_in
    assert not laptop.profile.server_db.exists()
    assert laptop.said[0].startswith("Signing in at 127.0.0.1:")


def test_the_token_is_in_the_keychain_and_nowhere_else(server: RunningServer, laptop: Laptop) -> None:
    laptop.connect(server.url)
    assert laptop.keychain is not None
    (token,) = laptop.keychain.secrets.values()
    stored = b"".join(file.read_bytes() for file in laptop.profile.folder.rglob("*") if file.is_file())
    assert token.encode() not in stored
    assert PASSWORD.encode() not in stored


@pytest.mark.parametrize(
    ("email", "password"),
    [(ANNA, "wrong password"), ("nobody@example.com", PASSWORD), (ANNA, ""), (" ", PASSWORD)],
)
def test_who_cannot_sign_in_gets_no_profile(
    server: RunningServer, laptop: Laptop, email: str, password: str
) -> None:
    with pytest.raises(InputError):
        laptop.connect(server.url, email, password)
    assert not laptop.profile.folder.exists()
    assert laptop.keychain is not None
    assert laptop.keychain.secrets == {}
    assert laptop.connect(server.url)


def test_a_page_of_the_network_is_named(laptop: Laptop) -> None:
    with (
        lying(answer(HTML, media_type="text/html")) as portal,
        pytest.raises(InputError, match=r"A web page answered at 127.*Check the address.*sign-in page"),
    ):
        laptop.connect(portal.url)
    assert not laptop.profile.exists


def test_nobody_at_the_address_is_said_with_the_address(server: RunningServer, laptop: Laptop) -> None:
    server.stop()
    with pytest.raises(InputError, match=r"No server answers at 127\.0\.0\.1:\d+\."):
        laptop.connect(server.url)


def test_a_profile_that_is_there_is_left_as_it_is(server: RunningServer, laptop: Laptop) -> None:
    laptop.connect(server.url)
    with pytest.raises(InputError, match="already"):
        laptop.connect(server.url, BEN)
    with laptop.desk() as desk:
        assert desk.directory.me.name == "Anna Berg"


# ----- working


def test_what_one_does_another_sees_and_both_offline_and_later(
    server: RunningServer, laptop: Laptop, tmp_path: Path
) -> None:
    conversation = server.customer_writes("Karl", "Refund")
    bens = Laptop(tmp_path / "ben")
    laptop.connect(server.url)
    bens.connect(server.url, BEN)
    with ExitStack() as stack:
        anna = stack.enter_context(laptop.desk(background=True))
        ben = stack.enter_context(bens.desk(background=True))
        annas, bens_statuses = stack.enter_context(told(anna)), stack.enter_context(told(ben))
        until(annas, SyncState.IN_SYNC)
        until(bens_statuses, SyncState.IN_SYNC)
        seen: queue.Queue[object] = queue.Queue()
        ben.changes.subscribe(seen.put)
        anna.apply(note(conversation, "from Anna"))
        until(annas, SyncState.IN_SYNC)
        while "from Anna" not in texts(ben, conversation):
            seen.get(timeout=20)  # the stream says so, long before Ben would ask
        server.stop()
        until(annas, SyncState.OFFLINE)
        anna.apply(note(conversation, "written offline"))
        server.start()
        until(annas, SyncState.IN_SYNC)
        while "written offline" not in texts(ben, conversation):
            seen.get(timeout=60)


def test_a_file_is_there_before_the_note_that_names_it_and_comes_down_on_demand(
    server: RunningServer, laptop: Laptop, tmp_path: Path
) -> None:
    conversation = server.customer_writes("Karl", "Refund")
    content = bytes(range(256)) * 10_000
    sha256 = hashlib.sha256(content).hexdigest()
    laptop.connect(server.url)
    with laptop.desk(background=True) as desk, told(desk) as statuses:
        until(statuses, SyncState.IN_SYNC)
        desk.blobs.put(content)
        file = AttachmentFile(
            id=IDS.new(), name="a.bin", media_type="application/x", size=len(content), sha256=sha256
        )
        desk.apply(note(conversation, "see", file))
        while not statuses.get(timeout=30).waiting:
            pass  # what was told before it waited says nothing of it
        until(statuses, SyncState.IN_SYNC)
        assert server.blobs.read(sha256) == content
    other = Laptop(tmp_path / "ben")
    other.connect(server.url, BEN)
    with other.desk() as desk:
        desk.sync.exchange()
        assert not desk.files.is_here(sha256)
        (item,) = (item for item in desk.conversations.timeline(conversation).items if item.attachments)
        assert item.away == {sha256}
        done: list[int] = []

        def progress(length: int) -> bool:
            done.append(length)
            return True

        assert desk.files.fetch(sha256, len(content), progress)
        assert desk.blobs.read(sha256) == content
        assert done == [0, PIECE, 2 * PIECE, len(content)]
        (item,) = (item for item in desk.conversations.timeline(conversation).items if item.attachments)
        assert item.away == frozenset()


def test_an_imported_mail_arrives_with_every_file_it_names(
    server: RunningServer, laptop: Laptop, tmp_path: Path
) -> None:
    """Its formatted text, its attachment, and the mail as it came; nor does anything wait for ever behind it."""
    conversation = server.customer_writes("Karl", "Refund")
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "dora@example.org", "help@example.com", "Kettle"
    mail["Message-ID"], mail["Date"] = "<1@example.org>", "Mon, 5 Jan 2026 10:00:00 +0000"
    mail.set_content("It leaks.")
    mail.add_alternative("<p>It <b>leaks</b>.</p>", subtype="html")
    mail.add_attachment(b"a picture", maintype="image", subtype="png", filename="leak.png")
    path = tmp_path / "kettle.eml"
    path.write_bytes(mail.as_bytes())
    server.add_user("ada@example.com", "Ada", Role.ADMIN)
    laptop.connect(server.url, "ada@example.com")
    with laptop.desk(background=True) as desk, told(desk) as statuses:
        until(statuses, SyncState.IN_SYNC)
        assert Importer(desk).run([path]).added
        desk.apply(note(conversation, "done after it"))
        for text in ("It leaks.", "done after it"):
            while server.count("message", f"text = '{text}'") == 0:
                statuses.get(timeout=30)
        ((html, raw),) = desk.replica.database.query(
            "SELECT html_blob, raw_blob FROM message WHERE text = 'It leaks.'"
        )
        ((picture,),) = desk.replica.database.query("SELECT sha256 FROM attachment")
        assert {sha256: server.blobs.read(sha256) for sha256 in (html, raw, picture)} == {
            html: desk.blobs.read(html),
            raw: mail.as_bytes(),
            picture: b"a picture",
        }


def test_one_sees_where_the_other_is(server: RunningServer, laptop: Laptop, tmp_path: Path) -> None:
    conversation = server.customer_writes("Karl", "Refund")
    bens = Laptop(tmp_path / "ben")
    laptop.connect(server.url)
    bens.connect(server.url, BEN)
    with laptop.desk(background=True) as anna, bens.desk(background=True) as ben:
        heard: queue.Queue[object] = queue.Queue()
        with told(anna), told(ben):
            ben.presence.subscribe(heard.put)
            while ben.presence.present(conversation).unknown_since is not None:
                heard.get(timeout=20)
            anna.presence.is_at(conversation, Activity.TYPING)
            while not (signs := ben.presence.present(conversation).signs):
                heard.get(timeout=20)
    assert [(sign.user_id, sign.activity) for sign in signs] == [(server.users[ANNA], Activity.TYPING)]


def test_a_server_that_lost_a_file_gets_it_again(server: RunningServer, laptop: Laptop) -> None:
    conversation = server.customer_writes("Karl", "Refund")
    laptop.connect(server.url)
    with laptop.desk(background=True) as desk, told(desk) as statuses:
        until(statuses, SyncState.IN_SYNC)
        sha256 = desk.blobs.put(b"content")

        def attached(text: str) -> AddNote:
            file = AttachmentFile(id=IDS.new(), name="a", media_type="x/y", size=7, sha256=sha256)
            return note(conversation, text, file)

        desk.apply(attached("first"))
        while server.count("message", "text = 'first'") == 0:
            statuses.get(timeout=30)
        server.blobs.path(sha256).unlink()
        desk.apply(attached("second"))
        while server.count("message", "text = 'second'") == 0:
            statuses.get(timeout=30)
    assert server.blobs.read(sha256) == b"content"


# ----- signing in again and out


def test_signing_out_keeps_what_waits_until_one_signs_in_again(server: RunningServer, laptop: Laptop) -> None:
    conversation = server.customer_writes("Karl", "Refund")
    laptop.connect(server.url)
    with laptop.desk(background=True) as desk, told(desk) as statuses:
        until(statuses, SyncState.IN_SYNC)
        assert desk.account is not None
        assert desk.account.sign_out() == SIGNED_OUT
        assert until(statuses, SyncState.REFUSED).sign_in
        desk.apply(note(conversation, "still here"))
        with pytest.raises(InputError):
            desk.account.sign_in("wrong password")
        assert not desk.account.signed_in
        assert desk.account.sign_in(PASSWORD) == ""
        while server.count("message", "text = 'still here'") == 0:
            statuses.get(timeout=30)


def test_after_five_weeks_one_signs_in_again_and_nothing_of_the_work_was_touched(
    server: RunningServer, laptop: Laptop
) -> None:
    conversation = server.customer_writes("Karl", "Refund")
    laptop.connect(server.url)
    with laptop.desk(background=True) as desk, told(desk) as statuses:
        until(statuses, SyncState.IN_SYNC)
        first = written(desk, conversation, "Dear Karl,")
        desk.apply(note(conversation, "before"))
        until(statuses, SyncState.IN_SYNC)
        server.let_weeks_pass(ANNA)
        desk.apply(note(conversation, "while it ended"))
        assert until(statuses, SyncState.REFUSED).sign_in
        desk.apply(note(conversation, "without a sign-in"))
        second = written(desk, conversation, "Dear Karl, we are")
        assert (first, second) == ("Dear Karl,", "Dear Karl, we are")
        assert texts(desk, conversation)[1:] == ["before", "while it ended", "without a sign-in"]
    laptop.restarted()
    with laptop.desk(background=True) as desk, told(desk) as statuses:
        assert until(statuses, SyncState.REFUSED).sign_in
        assert written(desk, conversation, "Dear Karl, we are sorry") == "Dear Karl, we are sorry"
        assert desk.account is not None
        device = server.devices(ANNA)
        assert desk.account.sign_in(PASSWORD) == ""
        while server.count("message", "text IN ('while it ended', 'without a sign-in')") < 2:
            statuses.get(timeout=30)
        assert server.devices(ANNA) == device, "it is the same device as before"


def written(desk: Desk, conversation: Id, text: str) -> str:
    """What is in the draft after somebody has typed on."""
    draft = Draft(conversation_id=conversation, kind=DraftKind.REPLY, text=text, updated_at=desk.clock.now())
    desk.drafts.save(draft)
    kept = desk.drafts.get(conversation, DraftKind.REPLY)
    return "" if kept is None else kept.text


def test_a_token_that_was_revoked_asks_for_the_password(server: RunningServer, laptop: Laptop) -> None:
    laptop.connect(server.url)
    server.sign_out(ANNA)
    with laptop.desk() as desk:
        with pytest.raises(Refused):
            desk.sync.exchange()
        assert (desk.sync.status.state, desk.sync.status.sign_in) == (SyncState.REFUSED, True)
        assert desk.account is not None
        desk.account.sign_in(PASSWORD)
        desk.sync.exchange()
        assert desk.sync.status.state is SyncState.IN_SYNC


def test_without_a_keychain_one_signs_in_at_each_start(server: RunningServer, laptop: Laptop) -> None:
    laptop.keychain = None
    laptop.restarted()
    assert not laptop.connect(server.url)
    with laptop.desk() as desk:
        desk.sync.exchange()
    laptop.restarted()
    with laptop.desk() as desk:
        with pytest.raises(Refused):
            desk.sync.exchange()
        assert desk.account is not None
        assert desk.account.sign_in(PASSWORD) == NO_KEYCHAIN
        desk.sync.exchange()


def test_how_one_signed_in_last_is_remembered(server: RunningServer, laptop: Laptop) -> None:
    laptop.connect(server.url)
    ends: queue.Queue[tuple[str, bool]] = queue.Queue()
    with laptop.desk() as desk, ThreadPoolExecutor(1) as person:

        def open_page(page: str) -> None:
            person.submit(by_hand, server.url, page)

        assert desk.account is not None
        assert desk.account.by_password
        desk.account.sign_in_with_browser(open_page, lambda *end: ends.put(end))
        assert ends.get(timeout=30) == ("", True)
        assert not desk.account.by_password
    for after in (False, True):
        with laptop.desk() as desk:
            assert desk.account is not None
            assert desk.account.by_password is after
            desk.account.sign_in(PASSWORD)


def test_signing_out_offline_says_that_the_server_does_not_know(
    server: RunningServer, laptop: Laptop
) -> None:
    laptop.connect(server.url)
    with laptop.desk() as desk:
        server.stop()
        assert desk.account is not None
        assert desk.account.sign_out() == NOT_TOLD
        assert not desk.account.signed_in


def test_a_profile_never_becomes_somebody_elses(server: RunningServer, laptop: Laptop) -> None:
    laptop.connect(server.url)
    with laptop.desk() as desk:
        assert desk.account is not None
        # Anna left, and somebody else was given her address.
        server.rename(ANNA, "former@example.com")
        server.add_user(ANNA, "Another Anna")
        with pytest.raises(InputError, match="This profile belongs to"):
            desk.account.sign_in(PASSWORD)
        assert desk.account.signed_in
        assert server.devices(ANNA) == 0
