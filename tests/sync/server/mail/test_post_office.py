"""A server and real mail servers: set up, receive, become a conversation, by one process at a time; and by a pipe."""

import queue
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent_desktop.domain.audit import AuditAction
from agent_desktop.domain.clock import SystemClock
from agent_desktop.domain.errors import InputError, Rejected
from agent_desktop.domain.ids import TimeOrderedIds
from agent_desktop.domain.mail_account import MailAccount, MailSecurity, MailServer, StartWith
from agent_desktop.domain.message import Message
from agent_desktop.domain.operations.workspace import SaveUser
from agent_desktop.domain.workspace import Role
from agent_desktop.store.blobs import BlobStore
from agent_desktop.store.rows import SqlRows
from sync.channels.mail.connecting import dial
from sync.client.mail_setup import LocalMailLine, MailSetupClient
from sync.server.answering import CONSOLE, Asker
from sync.server.backend import Backend
from sync.server.database import ServerDatabase
from sync.server.keys import ServerKey
from sync.server.mail.hosts import PublicMailHosts
from sync.server.mail.inbound import InboundStore
from sync.server.mail.ingesting import Ingester
from sync.server.mail.post_office import MailWays, PostOffice
from tests.factories import ANNA, make_channel
from tests.mail_servers import Mailbox, MailServers
from tests.sync.channels.mail.accounts import letter
from tests.sync.files import TEMPLATES

pytestmark = pytest.mark.peer
CHANNEL = make_channel().id
KEY = ServerKey(bytes(range(32)))


class Process:
    """One server process."""

    def __init__(self, database: ServerDatabase, folder: Path, public: bool = False) -> None:
        self.database = database
        self.clock = SystemClock()
        self.backend = Backend(database, TEMPLATES.server_schema, self.clock, TimeOrderedIds(self.clock))
        files = BlobStore(folder / "blobs")
        self.news = threading.Condition()
        self.inbound = InboundStore(database, files, self.clock)
        self.inbound.subscribe(self._tell)
        ways = MailWays(dial=PublicMailHosts() if public else dial, registrations={})
        self.office = PostOffice(self.backend, KEY, self.clock, self.inbound, ways)
        self.ingester = Ingester(self.backend.store, files, self.clock, named_reply=self.office.named_reply)
        self.setup = MailSetupClient(LocalMailLine(self.office.administration, CONSOLE))

    def _tell(self) -> None:
        with self.news:
            self.news.notify_all()

    def wait_for(self, count: int) -> None:
        with self.news:
            assert self.news.wait_for(lambda: self.stored() >= count, 30), self.setup.read(CHANNEL)

    def stored(self) -> int:
        with self.database.read() as sql:
            return int(sql.execute("SELECT count(*) FROM inbound").fetchone()[0])

    def messages(self) -> list[Message]:
        while self.ingester.run():
            pass
        with self.database.read() as sql:
            return SqlRows(sql, TEMPLATES.server_schema.tables).query(Message, channel_id=CHANNEL)

    def close(self) -> None:
        self.office.stop()
        self.ingester.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ServerDatabase]:
    on_postgresql = request.param == "postgresql"
    made = (
        TEMPLATES.postgres(request.getfixturevalue("postgres"))
        if on_postgresql
        else TEMPLATES.server(tmp_path / "server.db")
    )
    yield made
    made.close()


@pytest.fixture
def process(database: ServerDatabase, tmp_path: Path) -> Iterator[Process]:
    process = Process(database, tmp_path)
    process.backend.store.start()
    yield process
    process.close()


@pytest.fixture
def box(mail_servers: MailServers) -> Mailbox:
    return mail_servers.new_mailbox()


def settings(servers: MailServers, box: Mailbox, **changes: Any) -> MailAccount:
    account = MailAccount(
        imap=MailServer(host="localhost", port=servers.imaps),
        smtp=MailServer(host="localhost", port=servers.submission, security=MailSecurity.STARTTLS),
        user=box.address,
        authority=servers.ca_file.read_text(),
        start=StartWith.ALL,
    )
    return replace(account, **changes)


def test_what_is_set_up_is_read_and_becomes_messages(
    process: Process, mail_servers: MailServers, box: Mailbox
) -> None:
    mail_servers.deliver(box.address, letter("one"))
    process.office.start()
    before = len(process.messages())
    process.setup.save(CHANNEL, settings(mail_servers, box), box.password)
    process.wait_for(1)
    mail_servers.deliver(box.address, letter("two"))
    process.wait_for(2)
    assert len(process.messages()) == before + 2


def test_what_is_removed_is_read_no_longer(process: Process, mail_servers: MailServers, box: Mailbox) -> None:
    process.office.start()
    mail_servers.deliver(box.address, letter("one"))
    process.setup.save(CHANNEL, settings(mail_servers, box), box.password)
    process.wait_for(1)
    process.setup.remove(CHANNEL)
    assert process.setup.read(CHANNEL).account is None
    with pytest.raises(InputError):
        process.setup.remove(CHANNEL)


def test_two_processes_read_one_mailbox_once(
    process: Process, tmp_path: Path, mail_servers: MailServers, box: Mailbox
) -> None:
    other = Process(process.database, tmp_path)
    read: queue.Queue[Process] = queue.Queue()
    with ExitStack() as stack:
        stack.callback(other.close)
        for one in (process, other):
            one.inbound.subscribe(lambda one=one: read.put(one))
            one.office.start()
        process.setup.save(CHANNEL, settings(mail_servers, box), box.password)
        readers = []
        for number in range(5):
            mail_servers.deliver(box.address, letter(str(number)))
            readers.append(read.get(timeout=30))
        assert process.stored() == 5
        reader, *others = set(readers)
        assert not others
        # The one that reads ends, and the other goes on.
        reader.office.stop()
        goes_on = other if reader is process else process
        goes_on.office.accounts.changed()
        mail_servers.deliver(box.address, letter("late"))
        goes_on.wait_for(6)
    assert process.stored() == 6


def test_each_step_of_a_test_says_what_worked(
    process: Process, mail_servers: MailServers, box: Mailbox
) -> None:
    steps = process.setup.test(CHANNEL, settings(mail_servers, box), box.password)
    assert all(step.worked for step in steps)
    assert [step.name for step in steps] == [
        "Receiving: Connect",
        "Receiving: Secure the connection",
        "Receiving: Sign in",
        "Receiving: Open the folder",
        "Sending: Connect",
        "Sending: Secure the connection",
        "Sending: Sign in",
    ]


@pytest.mark.parametrize(
    ("changes", "failing", "part"),
    [
        (
            {"imap": MailServer(host="localhost", port=1)},
            "Receiving: Connect",
            "takes no connection on port 1",
        ),
        (
            {"imap": MailServer(host="imap.nowhere.invalid", port=993)},
            "Receiving: Look up the server",
            "no server called",
        ),
        ({"authority": ""}, "Receiving: Secure the connection", "not accepted"),
        ({"user": "nobody@example.test"}, "Receiving: Sign in", "did not take the user"),
        ({"folders": ("Nowhere",)}, "Receiving: Open the folder", "no folder “Nowhere”"),
    ],
)
def test_a_test_says_exactly_what_failed(
    process: Process,
    mail_servers: MailServers,
    box: Mailbox,
    changes: dict[str, Any],
    failing: str,
    part: str,
) -> None:
    steps = process.setup.test(CHANNEL, settings(mail_servers, box, smtp=None, **changes), box.password)
    assert [step.worked for step in steps] == [True] * (len(steps) - 1) + [False]
    assert steps[-1].name == failing
    assert part in steps[-1].sentence


def test_an_account_is_tried_before_its_channel_is_made(
    process: Process, mail_servers: MailServers, box: Mailbox
) -> None:
    new = TimeOrderedIds(process.clock).new()
    steps = process.setup.test(new, settings(mail_servers, box), box.password)
    assert steps
    assert all(step.worked for step in steps), steps
    with pytest.raises(InputError):
        process.setup.save(new, settings(mail_servers, box), box.password)


def test_a_test_can_send(process: Process, mail_servers: MailServers, box: Mailbox) -> None:
    steps = process.setup.test(CHANNEL, settings(mail_servers, box), box.password, send=True)
    assert steps[-1].worked, steps
    assert b"Agent Desktop can send mail" in mail_servers.arrived(make_channel().address)[-1]


def test_a_mail_that_tries_an_account_goes_to_whoever_asks(
    process: Process, mail_servers: MailServers, box: Mailbox
) -> None:
    own = mail_servers.new_mailbox("anna").address
    anna = SaveUser(user_id=ANNA.id, name="Anna", email=own, role=Role.ADMIN)
    process.backend.store.commit([anna])
    setup = MailSetupClient(LocalMailLine(process.office.administration, Asker(ANNA.id)))
    steps = setup.test(CHANNEL, settings(mail_servers, box), box.password, send=True)
    assert steps[-1].worked, steps
    assert f"took a mail to {own} and said: 250 2.0.0 Ok: queued as " in steps[-1].sentence
    (mail,) = mail_servers.arrived(own)
    assert f"From: {make_channel().address}".encode() in mail
    steps = setup.test(CHANNEL, settings(mail_servers, box, imap=None), "wrong", send=True)
    assert [step.worked for step in steps] == [True, True, False]


def test_a_team_server_looks_around_in_no_network(
    database: ServerDatabase, tmp_path: Path, mail_servers: MailServers, box: Mailbox
) -> None:
    process = Process(database, tmp_path, public=True)
    process.backend.store.start()
    for server in (
        MailServer(host="127.0.0.1", port=993),
        MailServer(host="localhost", port=993),
        MailServer(host="10.0.0.1", port=143),
        MailServer(host="8.8.8.8", port=mail_servers.imap),
        MailServer(host="8.8.8.8", port=22),
    ):
        steps = process.setup.test(CHANNEL, settings(mail_servers, box, imap=server, smtp=None), "x")
        assert [step.worked for step in steps] == [False]
        assert "internet" in steps[0].sentence or "Port" in steps[0].sentence
    process.close()


def test_who_may_not_manage_channels_asks_nothing(
    process: Process, mail_servers: MailServers, box: Mailbox
) -> None:
    asker = Asker(ANNA.id)
    server = process.office.administration
    setup = MailSetupClient(LocalMailLine(server, asker))
    account = settings(mail_servers, box)
    with pytest.raises(Rejected):
        server.read(asker, CHANNEL)
    for ask in (
        lambda: setup.read(CHANNEL),
        lambda: setup.save(CHANNEL, account, "x"),
        lambda: setup.remove(CHANNEL),
        lambda: setup.test(CHANNEL, account, "x"),
        lambda: setup.detect("support@example.org"),
        lambda: setup.granting(CHANNEL, account, lambda url: None).run(),
    ):
        with pytest.raises(InputError):
            ask()


def test_what_is_done_is_told_without_secrets(
    process: Process, mail_servers: MailServers, box: Mailbox
) -> None:
    process.setup.save(CHANNEL, settings(mail_servers, box), "correct horse")
    process.setup.test(CHANNEL, settings(mail_servers, box), box.password)
    process.setup.remove(CHANNEL)
    with process.database.read() as sql:
        told = sql.execute("SELECT action, details FROM audit ORDER BY number").fetchall()
    actions = [action for action, _ in told]
    assert actions[-3:] == [AuditAction.MAIL_SAVED, AuditAction.MAIL_TESTED, AuditAction.MAIL_REMOVED]
    assert "horse" not in str(told)
