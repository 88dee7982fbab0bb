"""What administrators ask of the server beside operations: each question with the permission that it needs."""

from collections.abc import Callable
from typing import TypeVar

from agent_desktop.domain.access import actor_of, everything_of
from agent_desktop.domain.audit import AuditAction, AuditEntry, Detail
from agent_desktop.domain.clock import Clock, from_microseconds, to_microseconds
from agent_desktop.domain.erasing import Belongings, belongings
from agent_desktop.domain.errors import Reason, Rejected
from agent_desktop.domain.ids import Id, IdSource
from agent_desktop.domain.permissions import Permission
from agent_desktop.domain.policy import POLICY_ID, Policy
from agent_desktop.domain.workspace import User
from agent_desktop.store.database import Statements
from agent_desktop.store.rows import SqlRows
from sync.protocol.administration import (
    AuditCheck,
    AuditLine,
    AuditPage,
    AuditQuery,
    ErasurePreview,
    HeldMails,
    Invitation,
    Invitations,
    ManagedDevices,
    NewInvitation,
    RetentionPreview,
    RetentionQuery,
    Rules,
)
from sync.server import retention, workspace_rules
from sync.server.answering import CONSOLE, Answering, Asker
from sync.server.audit import AuditFilter
from sync.server.commit import ServerStore
from sync.server.customer_data import customer_archive
from sync.server.erasing import Eraser, check, preview_of
from sync.server.mail import held
from sync.server.mail.held_shown import shown
from sync.server.members import Members
from sync.server.ports import FileShelf
from sync.server.sign_in import invitations, managed_devices
from sync.server.workspace_rules import WorkspaceRule
from sync.server.written import Written

T = TypeVar("T")


class Administration(Answering):
    """Answers administrators of one workspace.

    Every method raises Rejected with FORBIDDEN where the asker's role does not hold what it needs, and with GONE for
    what is not there. What changes something is told in the audit log, in the same transaction.
    """

    def __init__(
        self, store: ServerStore, clock: Clock, ids: IdSource, eraser: Eraser, shelf: FileShelf | None = None
    ) -> None:
        super().__init__(store, clock)
        self._ids = ids
        self._eraser = eraser
        self._shelf = shelf
        self._members = Members()

    # ----- the audit log

    def audit(self, asker: Asker, query: AuditQuery) -> AuditPage:
        """A page of the audit log."""
        wanted = AuditFilter(
            actions=query.chosen,
            actor_id=query.actor,
            about=query.about,
            since=None if query.since is None else from_microseconds(query.since),
            until=None if query.until is None else from_microseconds(query.until),
        )
        with self._database.snapshot() as connection:
            self._require(SqlRows(connection, self._schema.tables), asker, Permission.AUDIT_READ)
            entries = [_line(entry) for entry in self._audit.page(connection, wanted, query.before)]
            return AuditPage(entries=entries, head=str(self._audit.head(connection)))

    def check_audit(self, asker: Asker) -> AuditCheck:
        """Whether the log is as it was written. That somebody looked is told in it, too."""

        def check(sql: Statements) -> AuditCheck:
            wrong = self._audit.wrong(sql)
            self._tell(sql, asker, AuditAction.AUDIT_READ, None, {"wrong": len(wrong)})
            return AuditCheck(head=str(self._audit.head(sql)), wrong=wrong)

        return self._change(asker, Permission.AUDIT_READ, check)

    # ----- devices

    def devices(self, asker: Asker) -> ManagedDevices:
        """Everybody's devices."""
        with self._database.snapshot() as connection:
            self._require(SqlRows(connection, self._schema.tables), asker, Permission.DEVICES_MANAGE)
            return ManagedDevices(devices=managed_devices.all_devices(connection))

    def sign_out(self, asker: Asker, device_id: Id) -> None:
        """End what was given to a device. Its user signs in again, and loses nothing."""
        self._on_device(asker, device_id, AuditAction.DEVICE_SIGNED_OUT, managed_devices.sign_out)

    def wipe(self, asker: Asker, device_id: Id) -> None:
        """Ask a device to destroy what it holds as soon as it can be told."""
        self._on_device(asker, device_id, AuditAction.WIPE_REQUESTED, managed_devices.request_wipe)

    def _on_device(
        self, asker: Asker, device_id: Id, action: AuditAction, do: Callable[[Statements, Id, int], None]
    ) -> None:
        def change(sql: Statements) -> None:
            owner = managed_devices.owner_of(sql, device_id)
            if owner is None:
                raise Rejected(Reason.GONE, "device")
            do(sql, device_id, to_microseconds(self._clock.now()))
            self._tell(sql, asker, action, device_id, {"user_id": owner})

        self._change(asker, Permission.DEVICES_MANAGE, change)

    # ----- one customer's data

    def customer_data(self, asker: Asker, customer_id: Id, *, notes: bool) -> bytes:
        """Everything that is kept of a customer, as a ZIP file. It is told in the audit log before it leaves."""

        def export(sql: Statements) -> Belongings:
            found = belongings(SqlRows(sql, self._schema.tables), customer_id, written.within(sql))
            if not found.customers:
                raise Rejected(Reason.GONE, "customer")
            told: dict[str, Detail] = {"messages": len(found.messages), "notes": notes}
            self._tell(sql, asker, AuditAction.CUSTOMER_EXPORTED, customer_id, told)
            return found

        written = self._written(asker, Permission.CUSTOMER_EXPORT, customer_id)
        found = self._change(asker, Permission.CUSTOMER_EXPORT, export)
        return customer_archive(found, self._shelf, self._clock.now(), notes=notes)

    def _written(self, asker: Asker, permission: Permission, customer_id: Id) -> Written:
        with self._database.snapshot() as sql:
            rows = SqlRows(sql, self._schema.tables)
            self._require(rows, asker, permission)
            return Written.look(sql, rows, customer_id)

    def preview_erasure(self, asker: Asker, customer_id: Id) -> ErasurePreview:
        """What erasing a customer would take away."""

        def look(sql: Statements) -> ErasurePreview:
            found = belongings(SqlRows(sql, self._schema.tables), customer_id, written.within(sql))
            check(found)
            self._tell(sql, asker, AuditAction.ERASURE_PREVIEWED, customer_id, {})
            return preview_of(found, customer_id)

        written = self._written(asker, Permission.CUSTOMER_ERASE, customer_id)
        return self._change(asker, Permission.CUSTOMER_ERASE, look)

    def erase(self, asker: Asker, customer_id: Id, token: str) -> None:
        """Erase what a preview showed, if it is the same still."""
        written = self._written(asker, Permission.CUSTOMER_ERASE, customer_id)
        with self._store.transaction() as transaction:
            sql = transaction.connection
            self._require(SqlRows(sql, self._schema.tables), asker, Permission.CUSTOMER_ERASE)
            done = self._eraser.erase(transaction, customer_id, token, written)
            told: dict[str, Detail] = {
                "conversations": done.conversations,
                "messages": done.messages,
                "files": done.files,
            }
            self._tell(sql, asker, AuditAction.CUSTOMER_ERASED, customer_id, told)

    # ----- invitations

    def invite(self, asker: Asker, wanted: NewInvitation) -> tuple[Invitation, str]:
        """Make a link by which somebody chooses a password; the invitation, and what stands in the link, this once.

        Whoever has the link becomes that user: so nobody makes one for somebody who may do more than they.
        """

        def make(sql: Statements) -> tuple[Invitation, str]:
            rows = SqlRows(sql, self._schema.tables)
            me, invited = self._require(rows, asker, Permission.USERS_MANAGE), rows.get(User, wanted.user_id)
            if invited is None or not invited.active:
                raise Rejected(Reason.GONE, "user")
            if not me.may_give(everything_of(actor_of(rows, invited))):
                raise Rejected(Reason.FORBIDDEN, "role")
            now = self._clock.now()
            made, token = invitations.make(sql, self._ids.new(), invited.id, asker.user_id, now, wanted.days)
            told: dict[str, Detail] = {"user_id": invited.id, "days": wanted.days}
            self._tell(sql, asker, AuditAction.INVITATION_MADE, made.id, told)
            return made, token

        return self._change(asker, Permission.USERS_MANAGE, make)

    def invitations(self, asker: Asker) -> Invitations:
        """All invitations, the newest first."""
        with self._database.snapshot() as connection:
            self._require(SqlRows(connection, self._schema.tables), asker, Permission.USERS_MANAGE)
            return Invitations(invitations=invitations.listed(connection))

    def withdraw(self, asker: Asker, invitation_id: Id) -> None:
        """Make a link good no longer."""

        def change(sql: Statements) -> None:
            if not invitations.withdraw(sql, invitation_id, self._clock.now()):
                raise Rejected(Reason.GONE, "invitation")
            self._tell(sql, asker, AuditAction.INVITATION_WITHDRAWN, invitation_id, {})

        self._change(asker, Permission.USERS_MANAGE, change)

    # ----- rules

    def rules(self, asker: Asker) -> Rules:
        """The rules that the server keeps."""
        with self._database.snapshot() as connection:
            self._require(SqlRows(connection, self._schema.tables), asker, Permission.WORKSPACE_MANAGE)
            return _rules(connection)

    def set_rules(self, asker: Asker, wanted: Rules) -> Rules:
        """Change those rules that are given and other than now."""

        def change(sql: Statements) -> Rules:
            for rule in WorkspaceRule:
                on: bool | None = getattr(wanted, rule.value)
                if on is not None and on is not workspace_rules.is_on(sql, rule):
                    workspace_rules.turn(sql, rule, on)
                    told: dict[str, Detail] = {"rule": rule.value, "value": "on" if on else "off"}
                    self._tell(sql, asker, AuditAction.RULE_CHANGED, None, told)
            return _rules(sql)

        return self._change(asker, Permission.WORKSPACE_MANAGE, change)

    # ----- retention

    def preview_retention(self, asker: Asker, query: RetentionQuery) -> RetentionPreview:
        """What these times would take away now."""
        policy = Policy(
            id=POLICY_ID,
            conversations_days=query.conversations,
            files_days=query.files,
            raw_days=query.raw,
        )
        with self._database.snapshot() as connection:
            self._require(SqlRows(connection, self._schema.tables), asker, Permission.RETENTION_MANAGE)
            return retention.preview(connection, policy, self._clock.now())

    # ----- mails that were held back

    def held_mails(self, asker: Asker) -> HeldMails:
        """The mails that were held back last. Whom they are from is for those who would see them."""
        with self._database.snapshot() as connection:
            rows = SqlRows(connection, self._schema.tables)
            self._require(rows, asker, Permission.CHANNELS_MANAGE)
            visible = None if asker == CONSOLE else self._members.scopes(connection, asker.user_id)
            return shown(rows, self._shelf, held.list_held(connection), visible)

    def release_mail(self, asker: Asker, inbound_id: Id) -> None:
        """Let a held mail become a message soon."""

        def change(sql: Statements) -> None:
            if not held.release(sql, [inbound_id]):
                raise Rejected(Reason.GONE, "held mail")
            self._tell(sql, asker, AuditAction.MAIL_RELEASED, inbound_id, {"mails": 1})

        self._change(asker, Permission.CHANNELS_MANAGE, change)

    def discard_mail(self, asker: Asker, inbound_id: Id) -> None:
        """Let a held mail never become a message. Its raw mail stays until its time is over."""

        def change(sql: Statements) -> None:
            if not held.discard(sql, inbound_id, self._clock.now()):
                raise Rejected(Reason.GONE, "held mail")
            self._tell(sql, asker, AuditAction.MAIL_DISCARDED, inbound_id, {})

        self._change(asker, Permission.CHANNELS_MANAGE, change)


def _rules(sql: Statements) -> Rules:
    return Rules(**{rule.value: workspace_rules.is_on(sql, rule) for rule in WorkspaceRule})


def _line(entry: AuditEntry) -> AuditLine:
    return AuditLine(
        number=entry.number,
        at=to_microseconds(entry.at),
        actor_id=entry.actor_id,
        device_id=entry.device_id,
        action=entry.action,
        about=entry.about,
        details=entry.details,
        hash=entry.hash,
    )
