"""What administrators ask the server itself, which no replica holds: the audit log, everybody's devices, invitations,
held mails.

All methods of the port wait for the server: they are not for the GUI thread, and raise InputError in words.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from agent_desktop.domain.audit import AuditAction, AuditEntry, AuditHead
from agent_desktop.domain.ids import Id


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditWanted:
    """Which entries of the audit log: of these actions, this actor, about this row, since then. Empty or None: all."""

    actions: tuple[AuditAction, ...] = ()
    actor_id: Id | None = None
    about: Id | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class AuditPart:
    """Some entries, newest first, and where the whole log ends. `more`: there may be older ones."""

    entries: tuple[AuditEntry, ...]
    head: AuditHead
    more: bool


@dataclass(frozen=True, slots=True)
class AuditVerdict:
    """Whether the log is as it was written: `wrong` are sentences, none when all is well."""

    head: AuditHead
    wrong: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagedDevice:
    """Somebody's device. `pending`: how many changes waited on it when it last said so; None: it never did."""

    id: Id
    user_id: Id
    name: str
    os: str
    version: str
    created_at: datetime
    seen_at: datetime
    pending: int | None
    signed_in: bool
    wipe_requested_at: datetime | None = None
    wiped_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """A link by which somebody chooses a password; `link` is told once, to who made it."""

    id: Id
    user_id: Id
    made_at: datetime
    expires_at: datetime
    accepted_at: datetime | None = None
    withdrawn_at: datetime | None = None
    made_by: Id = ""
    link: str = ""

    def is_open(self, now: datetime) -> bool:
        """Whether the link is good now."""
        return self.accepted_at is None and self.withdrawn_at is None and now < self.expires_at


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerRules:
    """What a workspace demands that its server alone keeps.

    Passwords are typed in the browser only; who signs in with one needs a second factor; devices that are to be wiped
    do not send first what waits on them.
    """

    browser_only: bool = False
    second_factor: bool = False
    wipe_at_once: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasurePreview:
    """What erasing a customer takes away; `token` stands for just this."""

    customer_id: Id
    conversations: int
    messages: int
    notes: int
    files: int
    identities: int
    drafts: int
    results: int
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionPreview:
    """What would go now, and how many conversations a legal hold keeps."""

    conversations: int
    messages: int
    files: int
    raw: int
    held: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldMail:
    """A mail that nobody sees yet, and why, in words. `sender` and `subject` are None for whoever may not see them."""

    id: Id
    channel_id: Id
    received_at: datetime
    size: int
    reason: str
    why: str
    sender: str | None = None
    subject: str | None = None


@dataclass(frozen=True, slots=True)
class HeldMails:
    """The mails that were held back last, the newest first, and how many there are."""

    mails: tuple[HeldMail, ...] = ()
    count: int = 0


class AdministrationServer(Protocol):
    """The server as administrators ask it."""

    def audit(self, wanted: AuditWanted, before: int | None = None) -> AuditPart:
        """Entries of the audit log with numbers below `before` (None: of all), newest first."""
        ...

    def check_audit(self) -> AuditVerdict:
        """Have the server look whether its audit log is as it was written."""
        ...

    def devices(self) -> tuple[ManagedDevice, ...]:
        """Everybody's devices, the one seen last first."""
        ...

    def sign_out(self, device_id: Id) -> None:
        """End what was given to a device; nothing on it is lost."""
        ...

    def wipe(self, device_id: Id) -> None:
        """Ask a device to destroy what it holds as soon as it can be told."""
        ...

    def invite(self, user_id: Id, days: int) -> Invitation:
        """Make a link by which somebody chooses a password within so many days; older links are good no longer."""
        ...

    def invitations(self) -> tuple[Invitation, ...]:
        """All invitations, the newest first."""
        ...

    def withdraw(self, invitation_id: Id) -> None:
        """Make a link good no longer."""
        ...

    def rules(self) -> ServerRules:
        """The rules that hold."""
        ...

    def set_rules(self, rules: ServerRules) -> None:
        """Let these hold from now on."""
        ...

    def customer_data(self, customer_id: Id, notes: bool) -> bytes:
        """Everything that is kept of a customer, as a ZIP file."""
        ...

    def preview_erasure(self, customer_id: Id) -> ErasurePreview:
        """What erasing a customer would take away."""
        ...

    def erase(self, customer_id: Id, token: str) -> None:
        """Erase what the preview with this token showed."""
        ...

    def preview_retention(self, conversations: int, files: int, raw: int) -> RetentionPreview:
        """What keeping things for so many days (0: for ever) would take away now."""
        ...

    def held_mails(self) -> HeldMails:
        """The mails that were held back."""
        ...

    def release_mail(self, inbound_id: Id) -> None:
        """Let a held mail become a message soon."""
        ...

    def discard_mail(self, inbound_id: Id) -> None:
        """Let a held mail never become a message; its raw mail goes when its time is over."""
        ...
