"""The mail account of a channel, as administrators set it up: servers, how to sign in, and what happens to read mail.

A password or a grant travels to the server once and is never given back. Times are in microseconds.
"""

from enum import StrEnum
from typing import Annotated

import msgspec

MOST_FOLDERS = 20
_Host = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9.:_-]*$", max_length=253)]
_Line = Annotated[str, msgspec.Meta(pattern=r"^[^\x00-\x1f\x7f]*$", max_length=320)]
_Folder = Annotated[str, msgspec.Meta(pattern=r"^[^\x00-\x1f\x7f]+$", max_length=200)]
_Secret = Annotated[str, msgspec.Meta(pattern=r"^[^\x00\r\n]*$", max_length=4_000)]
_Url = Annotated[str, msgspec.Meta(max_length=2_000)]


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


class MailServer(msgspec.Struct, frozen=True, kw_only=True):
    """Where one of the two servers of an account is."""

    host: _Host
    port: Annotated[int, msgspec.Meta(ge=1, le=65_535)]
    security: MailSecurity = MailSecurity.TLS


class MailAccount(msgspec.Struct, frozen=True, kw_only=True):
    """How a channel receives and sends mail, without its secret.

    `imap` None: mail comes by `agent-desktop-server receive`; `smtp` None: nothing is sent. `smtp_user` empty: the
    same as `user`. `provider` is who granted access (OAUTH). `move_to` and `sent_folder` empty: the server's own
    archive and folder of sent mail. `sent_copy`: what is sent is also put into that folder, where the provider does
    not do so itself. `authority` is a certificate in PEM beside those that the system trusts. `trusted_host`: the
    server whose Authentication-Results are believed, empty for none. `poll_seconds`: how often is looked where nobody
    tells us. `quote`: what is answered stands below a reply. `plus_addresses`: answers come to an address that says
    what they answer. `most_per_minute`: so many replies leave at most; 0: no limit but the provider's.
    """

    imap: MailServer | None = None
    smtp: MailServer | None = None
    user: _Line = ""
    smtp_user: _Line = ""
    auth: MailAuth = MailAuth.PASSWORD
    provider: _Line = ""
    authority: Annotated[str, msgspec.Meta(max_length=100_000)] = ""
    folders: Annotated[tuple[_Folder, ...], msgspec.Meta(min_length=1, max_length=MOST_FOLDERS)] = (
        msgspec.field(default_factory=lambda: ("INBOX",))
    )
    after_reading: AfterReading = AfterReading.LEAVE
    move_to: _Line = ""
    start: StartWith = StartWith.NOW
    poll_seconds: Annotated[int, msgspec.Meta(ge=5, le=86_400)] = 60
    sent_copy: bool = True
    sent_folder: _Line = ""
    trusted_host: _Host = ""
    sender_name: SenderName = SenderName.AGENT_AND_CHANNEL
    quote: bool = True
    plus_addresses: bool = False
    most_per_minute: Annotated[int, msgspec.Meta(ge=0, le=6_000)] = 0
    enabled: bool = True


class SavedMailAccount(msgspec.Struct, frozen=True, kw_only=True):
    """What is set up, and how it does. `has_secret`: a password or a grant is kept.

    `last_contact`: when the mail server last answered as it should; `problem`: what is in the way since, in a sentence.
    """

    account: MailAccount | None = None
    has_secret: bool = False
    last_contact: int | None = None
    problem: str = ""


class SaveMailAccount(msgspec.Struct, frozen=True, kw_only=True):
    """Set an account up. `secret` None: the one that is kept stays, as long as the servers and the user do."""

    account: MailAccount
    secret: _Secret | None = None


class TestMailAccount(msgspec.Struct, frozen=True, kw_only=True):
    """Try an account without saving it. `secret` None: the one that is kept. `send`: one mail to ourselves, too."""

    account: MailAccount
    secret: _Secret | None = None
    send: bool = False


class MailStep(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a test. `sentence` says what worked, or what failed and what to do."""

    name: str
    worked: bool
    sentence: str


class MailTest(msgspec.Struct, frozen=True, kw_only=True):
    """What a test found, in the order of its steps; the first that failed ends its server's."""

    steps: tuple[MailStep, ...]

    @property
    def worked(self) -> bool:
        """Whether all did."""
        return all(step.worked for step in self.steps)


class DetectMailAccount(msgspec.Struct, frozen=True, kw_only=True):
    """Look for the servers of an address."""

    address: _Line


class DetectedMailAccount(msgspec.Struct, frozen=True, kw_only=True):
    """What was found; `account` None: nothing. `source` says in words how, `hint` what the provider asks of people."""

    account: MailAccount | None = None
    source: str = ""
    hint: str = ""


class BeginMailGrant(msgspec.Struct, frozen=True, kw_only=True):
    """Begin to ask a provider for access, with a browser that comes back to `redirect` (on this computer)."""

    provider: _Line
    redirect: _Url
    user: _Line = ""


class MailGrantBegun(msgspec.Struct, frozen=True, kw_only=True):
    """The page to open, and what is brought back with the answer; only the server can read `step`."""

    url: str
    state: str
    step: str


class FinishMailGrant(msgspec.Struct, frozen=True, kw_only=True):
    """What the browser brought back: the server gets the grant for it and keeps it with the account."""

    step: Annotated[str, msgspec.Meta(max_length=8_000)]
    code: Annotated[str, msgspec.Meta(max_length=4_000)]
    account: MailAccount
