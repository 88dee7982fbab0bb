"""What administrators ask the server itself, which no replica holds: the audit log, everybody's devices, invitations.

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
