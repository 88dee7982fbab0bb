"""Access granted by a provider: through the browser, kept sealed, renewed before it ends, and revoked."""

import threading
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from agent_desktop.domain.audit import AuditAction
from agent_desktop.domain.clock import ManualClock, SystemClock
from agent_desktop.domain.errors import InputError
from agent_desktop.domain.ids import TimeOrderedIds
from agent_desktop.domain.mail_account import MailAccount, MailAuth, StartWith
from agent_desktop.store.blobs import BlobStore
from sync.channels.mail.connecting import Trouble, dial
from sync.channels.mail.imap import sign_in
from sync.channels.mail.imap_line import ImapLine
from sync.channels.mail.smtp import SmtpLine
from sync.client.mail_setup import LocalMailLine, MailSetupClient
from sync.server.answering import CONSOLE
from sync.server.backend import Backend
from sync.server.keys import ServerKey
from sync.server.mail.grants import Registration
from sync.server.mail.inbound import InboundStore
from sync.server.mail.post_office import MailWays, PostOffice
from sync.server.ports import NoAccess
from tests.factories import make_channel
from tests.mail_servers import Mailbox, MailServers
from tests.sync.channels.mail.accounts import letter
from tests.sync.files import TEMPLATES
from tests.sync.server.mail_provider import CLIENT_ID, CLIENT_SECRET, MailProvider

pytestmark = pytest.mark.peer
CHANNEL = make_channel().id


@pytest.fixture
def box(mail_servers: MailServers) -> Mailbox:
    return mail_servers.new_mailbox()


@pytest.fixture
def provider(mail_servers: MailServers, box: Mailbox) -> Iterator[MailProvider]:
    provider = MailProvider(mail_servers)
    provider.user = box.address
    yield provider
    provider.close()


class Server:
    """A server that is known to the provider."""

    def __init__(self, folder: Path, provider: MailProvider) -> None:
        self.clock = ManualClock(SystemClock().now())
        self.database = TEMPLATES.server(folder / "server.db")
        backend = Backend(self.database, TEMPLATES.server_schema, self.clock, TimeOrderedIds(self.clock))
        backend.store.start()
        self.inbound = InboundStore(self.database, BlobStore(folder / "blobs"), self.clock)
        ways = MailWays(
            dial=dial,
            registrations={"house": Registration(CLIENT_ID, CLIENT_SECRET)},
            providers=(provider.record,),
        )
        self._made = lambda: PostOffice(backend, KEY, self.clock, self.inbound, ways)
        self.office = self._made()
        self.setup = MailSetupClient(LocalMailLine(self.office.administration, CONSOLE))

    def another_process(self) -> PostOffice:
        return self._made()


KEY = ServerKey(bytes(range(32)))


@pytest.fixture
def server(tmp_path: Path, provider: MailProvider) -> Iterator[Server]:
    server = Server(tmp_path, provider)
    yield server
    server.office.stop()
    server.database.close()


def browse(url: str) -> None:
    """The browser of somebody who agrees; it follows where it is sent, as browsers do."""
    threading.Thread(target=lambda: urllib.request.urlopen(url, timeout=20).close()).start()


def account(servers: MailServers, provider: MailProvider, box: Mailbox) -> MailAccount:
    imap, smtp = provider.record.servers
    return MailAccount(
        imap=imap,
        smtp=smtp,
        user=box.address,
        auth=MailAuth.OAUTH,
        provider="house",
        authority=servers.ca_file.read_text(),
        start=StartWith.ALL,
    )


@pytest.fixture
def granted(server: Server, mail_servers: MailServers, provider: MailProvider, box: Mailbox) -> MailAccount:
    """An account with access."""
    wanted = account(mail_servers, provider, box)
    saved = server.setup.granting(CHANNEL, wanted, browse).run()
    assert (saved.account, saved.has_secret) == (wanted, True)
    return wanted


def enter(office: PostOffice) -> None:
    opened = office.accounts.account(CHANNEL)
    assert opened is not None
    assert opened.settings.imap is not None
    line = ImapLine(opened.settings.imap, opened.settings.authority, dial)
    try:
        sign_in(line, opened)
    finally:
        line.leave()


def test_signs_in_to_imap_and_smtp(server: Server, granted: MailAccount, provider: MailProvider) -> None:
    enter(server.office)
    opened = server.office.accounts.account(CHANNEL)
    assert opened is not None
    with SmtpLine(opened, dial):
        pass
    assert provider.asked == ["authorization_code", "refresh_token"]


def test_what_is_granted_is_in_the_audit_log(server: Server, granted: MailAccount) -> None:
    with server.database.read() as sql:
        entries = sql.execute("SELECT action, about FROM audit ORDER BY number").fetchall()
    assert tuple(entries[-1]) == (AuditAction.MAIL_GRANTED, CHANNEL)


def test_what_is_granted_is_sealed(server: Server, granted: MailAccount, provider: MailProvider) -> None:
    with server.database.read() as sql:
        row = str(sql.execute("SELECT * FROM mail_account").fetchone())
    assert not any(grant in row for grant in provider.grants)


@pytest.mark.parametrize("rotates", [True, False])
def test_each_new_grant_is_kept(
    server: Server, granted: MailAccount, provider: MailProvider, *, rotates: bool
) -> None:
    """A token is renewed before it ends, each time with the grant that came last."""
    provider.lasts, provider.rotates = 600, rotates
    enter(server.office)
    for _ in range(3):
        server.clock.advance(timedelta(seconds=500))
        enter(server.office)
    assert provider.asked.count("refresh_token") == 4
    enter(server.another_process())


def test_what_is_granted_for_an_hour_only_is_not_taken(
    server: Server, mail_servers: MailServers, provider: MailProvider, box: Mailbox
) -> None:
    assert provider.record.grants is not None
    scopes = replace(provider.record.grants, scopes=("mail",))
    grants = server.office.administration._grants
    grants._providers = (replace(provider.record, grants=scopes),)
    with pytest.raises(InputError, match="for an hour only"):
        server.setup.granting(CHANNEL, account(mail_servers, provider, box), browse).run()


def test_another_process_used_the_grant(server: Server, granted: MailAccount, provider: MailProvider) -> None:
    other = server.another_process()
    enter(server.office)
    enter(other)
    server.clock.advance(timedelta(hours=2))
    enter(server.office)
    enter(other)


def test_a_token_that_is_refused_is_renewed_once(
    server: Server, granted: MailAccount, provider: MailProvider
) -> None:
    enter(server.office)
    provider.tokens.clear()
    enter(server.office)


def test_a_grant_that_was_revoked_is_said_and_loses_nothing(
    server: Server, granted: MailAccount, provider: MailProvider, mail_servers: MailServers, box: Mailbox
) -> None:
    provider.grants.clear()
    provider.tokens.clear()
    with pytest.raises(Trouble, match="no longer grants access") as caught:
        enter(server.office)
    assert caught.value.lasting
    mail_servers.deliver(box.address, letter("one"))
    stored = threading.Event()
    server.inbound.subscribe(stored.set)
    server.setup.granting(CHANNEL, granted, browse).run()
    server.office.start()
    assert stored.wait(30), server.setup.read(CHANNEL)


def test_a_provider_that_is_away_is_asked_later(
    server: Server, granted: MailAccount, provider: MailProvider
) -> None:
    provider.away = True
    with pytest.raises(OSError, match="did not answer"):
        enter(server.office)
    provider.away = False
    enter(server.office)


def test_somebody_elses_mailbox_is_not_entered(
    server: Server, mail_servers: MailServers, provider: MailProvider, box: Mailbox
) -> None:
    provider.user = "other@example.test"
    server.setup.granting(CHANNEL, account(mail_servers, provider, box), browse).run()
    with pytest.raises(Trouble, match="does not let"):
        enter(server.office)


def test_what_was_begun_elsewhere_or_too_long_ago_grants_nothing(
    server: Server, provider: MailProvider
) -> None:
    grants = server.office.administration._grants
    begun = grants.begin(CHANNEL, "house", "http://127.0.0.1:5/cb", "")
    for channel, step in (("another", begun.step), (CHANNEL, begun.step[:-4] + "AAAA")):
        with pytest.raises(InputError, match="not begun here"):
            grants.finish(channel, step, "code")
    server.clock.advance(timedelta(minutes=11))
    with pytest.raises(InputError, match="too long ago"):
        grants.finish(CHANNEL, begun.step, "code")
    assert provider.asked == []


@pytest.mark.parametrize(
    "redirect",
    ["https://evil.example/cb", "http://evil.example:80/cb", "http://127.0.0.1@evil.example:80/", "x"],
)
def test_the_browser_comes_back_to_this_computer_alone(server: Server, redirect: str) -> None:
    with pytest.raises(InputError, match="same computer"):
        server.office.administration._grants.begin(CHANNEL, "house", redirect, "")


def test_a_provider_that_does_not_know_us_is_named(server: Server) -> None:
    with pytest.raises(InputError, match="not known"):
        server.office.administration._grants.begin(CHANNEL, "elsewhere", "http://127.0.0.1:5/cb", "")


def test_who_was_never_granted_anything_is_told(
    server: Server, mail_servers: MailServers, provider: MailProvider, box: Mailbox
) -> None:
    server.setup.save(CHANNEL, account(mail_servers, provider, box))
    opened = server.office.accounts.account(CHANNEL)
    assert opened is not None
    with pytest.raises(NoAccess):
        opened.credentials.access_token()
