"""The audit log: what was done with rights that not everybody has, and how its entries are chained.

Each entry carries the hash of the one before it, so that no entry can be changed, left out or moved without all that
follow being wrong. Entries name things by their ids and hold no text of customers.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from agent_desktop.domain.ids import Id

Detail: TypeAlias = str | int | bool | list[str] | None
"""What an entry may say beside what it is about: ids, numbers and words of ours."""
NO_HASH = "0" * 64
"""What stands before the first entry."""


class AuditAction(StrEnum):
    """What was done. Those of operations have the names of their kinds."""

    WORKSPACE_CREATED = "workspace.create"
    WORKSPACE_CHANGED = "workspace.save"
    USER_SAVED = "user.save"
    ROLE_SAVED = "role.save"
    TEAM_SAVED = "team.save"
    CHANNEL_SAVED = "channel.save"
    RETENTION_CHANGED = "retention.save"
    HOLD_CHANGED = "conversation.hold"
    CUSTOMER_ERASED = "customer.erase"
    EXPORTED = "export.record"

    SIGNED_IN = "session.signed_in"
    SIGN_IN_FAILED = "session.failed"
    SIGNED_OUT = "session.signed_out"
    TOKEN_REUSED = "session.token_reused"  # noqa: S105 - the name of what happened
    PASSWORD_CHANGED = "account.password"  # noqa: S105 - the name of what happened
    SECOND_FACTOR_CHANGED = "account.second_factor"
    RECOVERY_CODE_USED = "account.recovery_code"
    IDENTITY_LINKED = "account.linked"
    INVITATION_MADE = "invitation.made"
    INVITATION_WITHDRAWN = "invitation.withdrawn"
    INVITATION_ACCEPTED = "invitation.accepted"

    DEVICE_SIGNED_OUT = "device.signed_out"
    WIPE_REQUESTED = "device.wipe_requested"
    WIPED = "device.wiped"
    KEY_ESCROWED = "device.key_escrowed"
    KEY_RELEASED = "device.key_released"

    REFUSED = "permission.refused"
    CUSTOMER_EXPORTED = "customer.export"
    ERASURE_PREVIEWED = "customer.erase_preview"
    RETENTION_RAN = "retention.ran"
    AUDIT_READ = "audit.read"
    AUDIT_EXPORTED = "audit.export"
    BACKED_UP = "workspace.backup"
    RESTORED = "workspace.restore"
    EPOCH_CHANGED = "workspace.epoch"
    RULE_CHANGED = "workspace.rule"
    MAIL_SAVED = "mail.saved"
    MAIL_REMOVED = "mail.removed"
    MAIL_GRANTED = "mail.granted"
    MAIL_TESTED = "mail.tested"
    MAIL_RELEASED = "mail.released"
    MAIL_DISCARDED = "mail.discarded"


TITLES: dict[AuditAction, str] = {
    AuditAction.WORKSPACE_CREATED: "Workspace created",
    AuditAction.WORKSPACE_CHANGED: "Workspace settings changed",
    AuditAction.USER_SAVED: "User changed",
    AuditAction.ROLE_SAVED: "Role changed",
    AuditAction.TEAM_SAVED: "Team changed",
    AuditAction.CHANNEL_SAVED: "Channel changed",
    AuditAction.RETENTION_CHANGED: "Retention changed",
    AuditAction.HOLD_CHANGED: "Legal hold changed",
    AuditAction.CUSTOMER_ERASED: "Customer erased",
    AuditAction.SIGNED_IN: "Signed in",
    AuditAction.SIGN_IN_FAILED: "Sign-in failed",
    AuditAction.SIGNED_OUT: "Signed out",
    AuditAction.TOKEN_REUSED: "Used token came again",
    AuditAction.PASSWORD_CHANGED: "Password changed",
    AuditAction.SECOND_FACTOR_CHANGED: "Second factor changed",
    AuditAction.RECOVERY_CODE_USED: "Recovery code used",
    AuditAction.IDENTITY_LINKED: "Company account linked",
    AuditAction.INVITATION_MADE: "Invitation made",
    AuditAction.INVITATION_WITHDRAWN: "Invitation withdrawn",
    AuditAction.INVITATION_ACCEPTED: "Invitation accepted",
    AuditAction.DEVICE_SIGNED_OUT: "Device signed out",
    AuditAction.WIPE_REQUESTED: "Wipe requested",
    AuditAction.WIPED: "Device wiped",
    AuditAction.KEY_ESCROWED: "Key kept for a device",
    AuditAction.KEY_RELEASED: "Key given out",
    AuditAction.REFUSED: "Refused",
    AuditAction.EXPORTED: "Exported",
    AuditAction.CUSTOMER_EXPORTED: "Customer exported",
    AuditAction.ERASURE_PREVIEWED: "Erasure previewed",
    AuditAction.RETENTION_RAN: "Retention ran",
    AuditAction.AUDIT_READ: "Audit log checked",
    AuditAction.AUDIT_EXPORTED: "Audit log exported",
    AuditAction.BACKED_UP: "Backup made",
    AuditAction.RESTORED: "Restored from a backup",
    AuditAction.EPOCH_CHANGED: "New epoch begun",
    AuditAction.RULE_CHANGED: "Rule changed",
    AuditAction.MAIL_SAVED: "Mail account saved",
    AuditAction.MAIL_REMOVED: "Mail account removed",
    AuditAction.MAIL_GRANTED: "Access to a mailbox granted",
    AuditAction.MAIL_TESTED: "Mail account tested",
    AuditAction.MAIL_RELEASED: "Held mail let through",
    AuditAction.MAIL_DISCARDED: "Held mail discarded",
}
"""How each action is named to people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One line of the log. `number` counts from 1 without gaps; `details` is canonical JSON."""

    number: int
    at: datetime
    actor_id: Id
    device_id: Id | None
    action: str
    about: Id | None
    details: str
    hash: str


@dataclass(frozen=True, slots=True)
class AuditHead:
    """Where the log ends: how many entries there are, and the hash of the last. Kept elsewhere, it shows a cut."""

    count: int = 0
    hash: str = NO_HASH

    def __str__(self) -> str:
        return f"{self.count}:{self.hash}"

    @classmethod
    def parse(cls, text: str) -> "AuditHead":
        """The head that was written as `count:hash`. Raises ValueError for another text."""
        count, _, digest = text.strip().partition(":")
        if len(digest) != len(NO_HASH) or not set(digest) <= set("0123456789abcdef"):
            raise ValueError("a head is COUNT:HASH")
        return cls(int(count), digest)


def canonical(details: Mapping[str, Detail]) -> str:
    """The one JSON text of these details."""
    return json.dumps(details, sort_keys=True, ensure_ascii=True, separators=(",", ":"))


def chained(previous: str, facts: Sequence[str | int | None]) -> str:
    """The hash of an entry behind one with the hash `previous`. `facts` are its values, as they are stored."""
    text = json.dumps(facts, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256((previous + text).encode("ascii", "backslashreplace")).hexdigest()
