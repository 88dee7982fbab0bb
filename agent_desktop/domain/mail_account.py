"""The mail account of a channel: its servers, how we sign in, what happens to mail there. Its secret is elsewhere."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final


class MailSecurity(StrEnum):
    """How a connection is kept secret. NONE is for servers on the same computer alone."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


class MailAuth(StrEnum):
    """How we sign in: by password, or by what somebody granted in their browser."""

    PASSWORD = "password"  # noqa: S105 - a kind
    OAUTH = "oauth"


class AfterReading(StrEnum):
    """What happens to a mail at its server once it is stored here."""

    LEAVE = "leave"
    SEEN = "seen"
    MOVE = "move"


class StartWith(StrEnum):
    """Which mails of a folder are taken when it is first looked at."""

    NOW = "now"
    UNSEEN = "unseen"
    ALL = "all"


class SenderName(StrEnum):
    """Whom customers see as the sender."""

    AGENT = "agent"
    AGENT_AND_CHANNEL = "agent_and_channel"
    CHANNEL = "channel"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """Where one of the two servers of an account is."""

    host: str
    port: int
    security: MailSecurity = MailSecurity.TLS


@dataclass(frozen=True, slots=True, kw_only=True)
class MailAccount:
    """How a channel receives and sends mail, without its secret.

    `imap` None: mail comes by `agent-desktop-server receive`; `smtp` None: nothing is sent. `smtp_user` empty: the
    same as `user`. `provider` is who granted access (OAUTH). `move_to` and `sent_folder` empty: the server's own
    archive and folder of sent mail. `sent_copy`: what is sent is also put into that folder, where the provider does
    not do so itself. `authority` is a certificate in PEM beside those that the system trusts. `trusted_host`: the
    server whose Authentication-Results are believed, empty for none. `poll_seconds`: how often is looked where nobody
    tells us. `quote`: what is answered stands below a reply. `plus_addresses`: answers come to an address that says
    what they answer. `most_per_minute`: so many replies leave at most; 0: no limit but the provider's.
    `give_up_hours`: so long is tried again what the server for sending does not take now.
    """

    imap: MailServer | None = None
    smtp: MailServer | None = None
    user: str = ""
    smtp_user: str = ""
    auth: MailAuth = MailAuth.PASSWORD
    provider: str = ""
    authority: str = ""
    folders: tuple[str, ...] = field(default_factory=lambda: ("INBOX",))
    after_reading: AfterReading = AfterReading.LEAVE
    move_to: str = ""
    start: StartWith = StartWith.NOW
    poll_seconds: int = 60
    sent_copy: bool = True
    sent_folder: str = ""
    trusted_host: str = ""
    sender_name: SenderName = SenderName.AGENT_AND_CHANNEL
    quote: bool = True
    plus_addresses: bool = False
    most_per_minute: int = 0
    give_up_hours: int = 24
    enabled: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class MailStep:
    """One step of a test. `sentence` says what worked, or what failed and what to do."""

    name: str
    worked: bool
    sentence: str


MOST_FOLDERS: Final = 20
_HOST: Final = re.compile(r"[A-Za-z0-9._-]{1,253}|[0-9A-Fa-f:.]{2,45}", re.ASCII)
_UNSEEN: Final = re.compile(r"[\x00-\x1f\x7f]")
_LONGEST: Final = 320
_LONGEST_AUTHORITY: Final = 100_000


def problems_of(account: MailAccount) -> tuple[str, ...]:
    """What is wrong with an account as it was written, in sentences; nothing when it may be tried."""
    return tuple(_problems(account))


def _problems(account: MailAccount) -> Iterator[str]:
    for name, server in (("receiving", account.imap), ("sending", account.smtp)):
        if server is None:
            continue
        if not _HOST.fullmatch(server.host):
            yield f"The server for {name} is no name of a computer. Enter it as imap.example.com."
        if not 0 < server.port < 65_536:
            yield f"The port of the server for {name} is a number from 1 to 65535."
    lines = (account.user, account.smtp_user, account.provider, account.move_to, account.sent_folder)
    if any(_UNSEEN.search(line) or len(line) > _LONGEST for line in (*lines, *account.folders)):
        yield "Names of users and folders are one line of up to 320 letters."
    if account.trusted_host and not _HOST.fullmatch(account.trusted_host):
        yield "The server whose word on senders is believed is no name of a computer."
    if not 0 < len(account.folders) <= MOST_FOLDERS or not all(account.folders):
        yield f"Choose one to {MOST_FOLDERS} folders."
    if len(account.authority) > _LONGEST_AUTHORITY:
        yield "The certificate is too long."
    if not 5 <= account.poll_seconds <= 86_400:
        yield "Look for mail every 5 seconds to once a day."
    if account.most_per_minute < 0:
        yield "A limit on how much is sent cannot be below 0."
    if not 1 <= account.give_up_hours <= 240:
        yield "Give up sending after one hour to ten days."
