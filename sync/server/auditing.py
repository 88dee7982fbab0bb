"""Which operations the audit log tells of: one entry for each that is judged, in the transaction that judges it."""

import dataclasses
from collections.abc import Mapping
from enum import Enum

from agent_desktop.domain.access import permissions_named
from agent_desktop.domain.audit import AuditAction, Detail
from agent_desktop.domain.errors import Reason, Rejected
from agent_desktop.domain.operations import KINDS, decode_payload, kind_of
from agent_desktop.domain.operations.workspace import SaveRole, SaveUser
from agent_desktop.domain.records import Record
from agent_desktop.domain.result import Verdict
from sync.server.audit import AuditLog
from sync.server.transaction import LogEntry, Transaction

AUDITED: Mapping[str, AuditAction] = {
    kind.name: AuditAction(kind.name)
    for kind in KINDS
    if kind.name in {action.value for action in AuditAction}
}
"""The kinds of operations that need a right which not everybody has, and how the log names them."""


class Auditing:
    """Writes what the log says of operations."""

    def __init__(self, log: AuditLog) -> None:
        self._log = log

    def follow(self, transaction: Transaction) -> None:
        """Write an entry for each operation of this transaction that the log tells of."""
        for entry in transaction.log:
            action = AUDITED.get(entry.kind)
            if action is None and entry.reason == Reason.FORBIDDEN.value:
                action = AuditAction.REFUSED
            if action is not None:
                self._write(transaction, entry, action)

    def _write(self, transaction: Transaction, entry: LogEntry, action: AuditAction) -> None:
        details: dict[str, Detail] = {"operation": entry.operation_id, "client": entry.client_id}
        about = None
        if entry.verdict is not Verdict.OK:
            details |= {"verdict": entry.verdict.value, "reason": entry.reason}
        if action is AuditAction.REFUSED:
            details["kind"] = entry.kind
        try:
            payload = decode_payload(entry.kind, entry.kind_version, entry.payload)
        except Rejected:
            pass  # it was judged for that, and the log of operations has it
        else:
            about = kind_of(payload).about(payload)
            if action is not AuditAction.REFUSED:
                details |= told(payload)
        self._log.record(
            transaction.connection, transaction.time, entry.user_id, None, action, about, details
        )


def told(payload: Record) -> dict[str, Detail]:
    """What the log may say of a payload: ids, choices and numbers, and no text that somebody wrote."""
    found: dict[str, Detail] = {}
    for field in dataclasses.fields(payload):
        value = getattr(payload, field.name)
        if isinstance(payload, SaveRole) and field.name == "permissions":
            found[field.name] = sorted(permissions_named(payload.permissions))
        elif isinstance(payload, SaveUser) and field.name == "grants":
            found[field.name] = [
                f"{grant.place_id} {grant.custom_role_id or grant.role.value}"
                for grant in payload.grants or ()
            ]
        elif isinstance(value, Enum):
            found[field.name] = str(value.value)
        elif isinstance(value, bool | int) or (isinstance(value, str) and field.name.endswith("_id")):
            found[field.name] = value
        elif isinstance(value, tuple) and all(isinstance(item, Enum) for item in value):
            found[field.name] = [str(item.value) for item in value]
        elif isinstance(value, tuple) and field.name.endswith("_ids"):
            found[field.name] = [str(item) for item in value]
    return found
