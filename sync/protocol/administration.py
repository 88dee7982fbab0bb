"""What administrators ask a server: the audit log, devices, invitations, data of one customer, held mails, and
retention.

Times are in microseconds.
"""

from typing import Annotated

import msgspec

from agent_desktop.domain.audit import AuditAction
from sync.protocol.messages import Moment, Name, Version

MOST_DAYS = 3_650
"""The longest time that may be asked for, in days."""


class AuditQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which entries: of `actions` (commas between), an actor, about a row, in a time, numbered below `before`."""

    before: Version | None = None
    actions: Annotated[str, msgspec.Meta(pattern="^[a-z_.,]{0,2000}$")] = ""
    actor: Name | None = None
    about: Name | None = None
    since: Moment | None = None
    until: Moment | None = None

    @property
    def chosen(self) -> tuple[AuditAction, ...]:
        """The actions that are known here."""
        known = {action.value for action in AuditAction}
        return tuple(AuditAction(name) for name in self.actions.split(",") if name in known)


class AuditLine(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of the audit log, as it is kept: its hash can be computed from the rest and the one before it."""

    number: int
    at: int
    actor_id: str
    device_id: str | None
    action: str
    about: str | None
    details: str
    hash: str


class AuditPage(msgspec.Struct, frozen=True, kw_only=True):
    """Entries, newest first, and where the log ends: `head` is COUNT:HASH."""

    entries: list[AuditLine]
    head: str


class AuditCheck(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the log is as it was written. `wrong` are sentences; none when all is well."""

    head: str
    wrong: list[str]


class ManagedDevice(msgspec.Struct, frozen=True, kw_only=True):
    """A device of anybody. `pending`: how many operations waited on it when it last said so; None: it never did."""

    id: str
    user_id: str
    name: str
    os: str
    version: str
    created_at: int
    seen_at: int
    pending: int | None
    signed_in: bool
    wipe_requested_at: int | None
    wiped_at: int | None


class ManagedDevices(msgspec.Struct, frozen=True, kw_only=True):
    """Everybody's devices, the one seen last first."""

    devices: list[ManagedDevice]


class NewInvitation(msgspec.Struct, frozen=True, kw_only=True):
    """Whom to invite, and for how many days the link is good."""

    user_id: Name
    days: Annotated[int, msgspec.Meta(ge=1, le=30)] = 7


class Invitation(msgspec.Struct, frozen=True, kw_only=True):
    """An invitation. `link` is told once, to who made it."""

    id: str
    user_id: str
    made_by: str
    made_at: int
    expires_at: int
    accepted_at: int | None = None
    withdrawn_at: int | None = None
    link: str = ""


class Invitations(msgspec.Struct, frozen=True, kw_only=True):
    """All invitations, the newest first."""

    invitations: list[Invitation]


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """What a workspace demands of signing in and of devices that are wiped. None, where it is set: as it is."""

    browser_only: bool | None = None
    second_factor: bool | None = None
    wipe_at_once: bool | None = None


class CustomerDataQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Whether what colleagues wrote for each other is to be in it, too."""

    notes: bool = False


class ErasurePreview(msgspec.Struct, frozen=True, kw_only=True):
    """What erasing a customer takes away. `token` stands for just this: it is shown again to have it done."""

    customer_id: str
    conversations: int
    messages: int
    notes: int
    files: int
    identities: int
    drafts: int
    results: int
    token: str


class ErasureRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Erase what the preview with this token showed."""

    token: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$", max_length=64)]


class HeldMail(msgspec.Struct, frozen=True, kw_only=True):
    """A mail that nobody sees yet. `sender` and `subject` are None for whoever may not see what comes in there."""

    id: str
    channel_id: str
    received_at: int
    size: int
    reason: str
    why: str
    sender: str | None = None
    subject: str | None = None


class HeldMails(msgspec.Struct, frozen=True, kw_only=True):
    """The mails that were held back last, the newest first, and how many there are."""

    mails: list[HeldMail]
    count: int


class RetentionQuery(msgspec.Struct, frozen=True, kw_only=True):
    """For how many days things are kept; 0: for ever."""

    conversations: Annotated[int, msgspec.Meta(ge=0, le=MOST_DAYS)] = 0
    files: Annotated[int, msgspec.Meta(ge=0, le=MOST_DAYS)] = 0
    raw: Annotated[int, msgspec.Meta(ge=0, le=MOST_DAYS)] = 0


class RetentionPreview(msgspec.Struct, frozen=True, kw_only=True):
    """What these times would take away now, and how many conversations a legal hold keeps."""

    conversations: int
    messages: int
    files: int
    raw: int
    held: int
