"""An account at the real servers of the tests, and the two ends of a reply."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from agent_desktop.domain.clock import ManualClock
from agent_desktop.domain.mail_account import MailAccount, MailSecurity, MailServer
from agent_desktop.domain.workspace import Channel
from sync.channels.mail.connecting import dial
from sync.channels.mail.sending import MailSender
from sync.server.ports import OpenMailAccount
from tests.fakes import START
from tests.mail_servers import Mailbox, MailServers
from tests.sync.channels.mail.letters import CHANNEL, TOKENS


@dataclass(frozen=True)
class Secret:
    """A password, and how often anybody wanted it."""

    word: str = "secret"

    def password(self) -> str:
        return self.word

    def access_token(self, *, renew: bool = False) -> str:
        return "renewed" if renew else "stale"


@dataclass(frozen=True)
class Desk:
    """A channel whose mail leaves through real servers, and somebody who gets it."""

    servers: MailServers
    box: Mailbox
    customer: Mailbox
    channel: Channel
    account: OpenMailAccount

    @property
    def sender(self) -> MailSender:
        return MailSender(self.channel, self.account, TOKENS, ManualClock(START + timedelta(hours=2)), dial)

    def with_settings(self, **changes: object) -> "Desk":
        settings = replace(self.account.settings, **changes)  # type: ignore[arg-type]  # fields by name
        return replace(self, account=replace(self.account, settings=settings))


def account_of(servers: MailServers, box: Mailbox, **changes: object) -> OpenMailAccount:
    settings: dict[str, object] = {
        "imap": MailServer(host=servers.host, port=servers.imaps),
        "smtp": MailServer(host=servers.host, port=servers.submission, security=MailSecurity.STARTTLS),
        "user": box.address,
        "authority": servers.ca_file.read_text(),
    }
    return OpenMailAccount(CHANNEL.id, MailAccount(**{**settings, **changes}), Secret(box.password))  # type: ignore[arg-type]


@pytest.fixture
def mail_desk(mail_servers: MailServers) -> Desk:
    """A new mailbox of ours and one of a customer."""
    box, customer = mail_servers.new_mailbox(), mail_servers.new_mailbox("ada", "customer.test")
    channel = replace(CHANNEL, address=box.address)
    return Desk(mail_servers, box, customer, channel, account_of(mail_servers, box))
