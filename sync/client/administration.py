"""The server as administrators ask it, over HTTP or in this process: the same answers, and the same words."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any, Protocol, TypeVar

import msgspec

from agent_desktop.domain.audit import AuditEntry, AuditHead
from agent_desktop.domain.clock import from_microseconds, to_microseconds
from agent_desktop.domain.errors import SENTENCES, InputError, Rejected
from agent_desktop.domain.ids import Id
from agent_desktop.services.administration import (
    AuditPart,
    AuditVerdict,
    AuditWanted,
    ErasurePreview,
    HeldMail,
    HeldMails,
    Invitation,
    ManagedDevice,
    RetentionPreview,
    ServerRules,
)
from sync.client.http import LARGEST_PROBLEM, Http, decode
from sync.protocol import administration as wire
from sync.protocol.administration import (
    AuditCheck,
    AuditPage,
    AuditQuery,
    ErasureRequest,
    Invitations,
    ManagedDevices,
    NewInvitation,
    RetentionQuery,
    Rules,
)
from sync.protocol.transport import Refused, Unreachable

T = TypeVar("T")
M = TypeVar("M", bound=msgspec.Struct)

LARGEST_DATA = 1_000_000_000
"""Bytes: what is kept of one customer comes in one piece."""
SLOW_SECONDS = 120.0
OK = 200
ZIP = b"PK"
_CUSTOMERS, _INVITATIONS, _RULES = "/v1/admin/customers", "/v1/admin/invitations", "/v1/admin/rules"
_HELD = "/v1/admin/held"
ALONE = (
    "This workspace is on this computer alone, so nobody else can sign in. Set up a server for your team first; the"
    " guide says how."
)
PAGE = 500
"""So many entries of the audit log come at once at most."""
NOBODY = (
    "The server cannot be reached now, and only it knows. Nothing was changed; try again when you are online."
)


class Line(Protocol):
    """One way to ask the server; raises InputError in words."""

    def audit(self, query: AuditQuery) -> AuditPage:
        """A page of the audit log."""
        ...

    def check_audit(self) -> AuditCheck:
        """Whether the log is as it was written."""
        ...

    def devices(self) -> ManagedDevices:
        """Everybody's devices."""
        ...

    def sign_out(self, device_id: Id) -> None:
        """Sign a device out."""
        ...

    def wipe(self, device_id: Id) -> None:
        """Ask a device to wipe."""
        ...

    def invite(self, wanted: NewInvitation) -> wire.Invitation:
        """Make a link."""
        ...

    def invitations(self) -> Invitations:
        """All invitations."""
        ...

    def withdraw(self, invitation_id: Id) -> None:
        """Make a link good no longer."""
        ...

    def rules(self) -> Rules:
        """The rules."""
        ...

    def set_rules(self, rules: Rules) -> None:
        """Other rules."""
        ...

    def customer_data(self, customer_id: Id, notes: bool) -> bytes:
        """Everything of a customer."""
        ...

    def preview_erasure(self, customer_id: Id) -> wire.ErasurePreview:
        """What would go."""
        ...

    def erase(self, customer_id: Id, token: str) -> None:
        """Erase it."""
        ...

    def preview_retention(self, query: RetentionQuery) -> wire.RetentionPreview:
        """What would go."""
        ...

    def held_mails(self) -> wire.HeldMails:
        """Mails that were held back."""
        ...

    def release_mail(self, inbound_id: Id) -> None:
        """Let one through."""
        ...

    def discard_mail(self, inbound_id: Id) -> None:
        """Let one never become a message."""
        ...


class AdministrationClient:
    """Implements the port of the services over a line."""

    def __init__(self, line: Line) -> None:
        self._line = line

    def audit(self, wanted: AuditWanted, before: int | None = None) -> AuditPart:
        """Entries of the audit log, newest first."""
        page = self._line.audit(
            AuditQuery(
                before=before,
                actions=",".join(action.value for action in wanted.actions),
                actor=wanted.actor_id,
                about=wanted.about,
                since=None if wanted.since is None else to_microseconds(wanted.since),
            )
        )
        entries = tuple(
            AuditEntry(
                number=line.number,
                at=from_microseconds(line.at),
                actor_id=line.actor_id,
                device_id=line.device_id,
                action=line.action,
                about=line.about,
                details=line.details,
                hash=line.hash,
            )
            for line in page.entries
        )
        return AuditPart(entries, AuditHead.parse(page.head), len(entries) >= PAGE)

    def check_audit(self) -> AuditVerdict:
        """Whether the log is as it was written."""
        check = self._line.check_audit()
        return AuditVerdict(AuditHead.parse(check.head), tuple(check.wrong))

    def devices(self) -> tuple[ManagedDevice, ...]:
        """Everybody's devices, the one seen last first."""
        return tuple(
            ManagedDevice(
                id=device.id,
                user_id=device.user_id,
                name=device.name,
                os=device.os,
                version=device.version,
                created_at=from_microseconds(device.created_at),
                seen_at=from_microseconds(device.seen_at),
                pending=device.pending,
                signed_in=device.signed_in,
                wipe_requested_at=_moment(device.wipe_requested_at),
                wiped_at=_moment(device.wiped_at),
            )
            for device in self._line.devices().devices
        )

    def sign_out(self, device_id: Id) -> None:
        """End what was given to a device."""
        self._line.sign_out(device_id)

    def wipe(self, device_id: Id) -> None:
        """Ask a device to destroy what it holds."""
        self._line.wipe(device_id)

    def invite(self, user_id: Id, days: int) -> Invitation:
        """Make a link by which somebody chooses a password."""
        return _invitation(self._line.invite(NewInvitation(user_id=user_id, days=days)))

    def invitations(self) -> tuple[Invitation, ...]:
        """All invitations, the newest first."""
        return tuple(map(_invitation, self._line.invitations().invitations))

    def withdraw(self, invitation_id: Id) -> None:
        """Make a link good no longer."""
        self._line.withdraw(invitation_id)

    def rules(self) -> ServerRules:
        """The rules that hold."""
        found = msgspec.structs.asdict(self._line.rules())
        return ServerRules(**{name: bool(on) for name, on in found.items()})

    def set_rules(self, rules: ServerRules) -> None:
        """Let these hold from now on."""
        self._line.set_rules(Rules(**asdict(rules)))

    def customer_data(self, customer_id: Id, notes: bool) -> bytes:
        """Everything that is kept of a customer, as a ZIP file."""
        return self._line.customer_data(customer_id, notes)

    def preview_erasure(self, customer_id: Id) -> ErasurePreview:
        """What erasing a customer would take away."""
        return ErasurePreview(**msgspec.structs.asdict(self._line.preview_erasure(customer_id)))

    def erase(self, customer_id: Id, token: str) -> None:
        """Erase what the preview with this token showed."""
        self._line.erase(customer_id, token)

    def preview_retention(self, conversations: int, files: int, raw: int) -> RetentionPreview:
        """What keeping things for so many days would take away now."""
        query = RetentionQuery(conversations=conversations, files=files, raw=raw)
        return RetentionPreview(**msgspec.structs.asdict(self._line.preview_retention(query)))

    def held_mails(self) -> HeldMails:
        """The mails that were held back."""
        found = self._line.held_mails()
        return HeldMails(tuple(map(_held_mail, found.mails)), found.count)

    def release_mail(self, inbound_id: Id) -> None:
        """Let a held mail become a message soon."""
        self._line.release_mail(inbound_id)

    def discard_mail(self, inbound_id: Id) -> None:
        """Let a held mail never become a message."""
        self._line.discard_mail(inbound_id)


class HttpLine:
    """Asks over HTTP."""

    def __init__(self, http: Http) -> None:
        self._http = http

    def audit(self, query: AuditQuery) -> AuditPage:
        """A page of the audit log."""
        given = {name: str(value) for name, value in msgspec.structs.asdict(query).items() if value}
        return self._get("/v1/audit", AuditPage, given)

    def check_audit(self) -> AuditCheck:
        """Whether the log is as it was written."""
        return self._decoded("POST", "/v1/audit/check", AuditCheck)

    def devices(self) -> ManagedDevices:
        """Everybody's devices."""
        return self._get("/v1/admin/devices", ManagedDevices)

    def sign_out(self, device_id: Id) -> None:
        """Sign a device out."""
        self._do(f"/v1/admin/devices/{device_id}/sign-out")

    def wipe(self, device_id: Id) -> None:
        """Ask a device to wipe."""
        self._do(f"/v1/admin/devices/{device_id}/wipe")

    def invite(self, wanted: NewInvitation) -> wire.Invitation:
        """Make a link."""
        return self._decoded("POST", _INVITATIONS, wire.Invitation, body=msgspec.json.encode(wanted))

    def invitations(self) -> Invitations:
        """All invitations."""
        return self._get(_INVITATIONS, Invitations)

    def withdraw(self, invitation_id: Id) -> None:
        """Make a link good no longer."""
        self._do(f"{_INVITATIONS}/{invitation_id}/withdraw")

    def rules(self) -> Rules:
        """The rules."""
        return self._get(_RULES, Rules)

    def set_rules(self, rules: Rules) -> None:
        """Other rules."""
        self._decoded("PUT", _RULES, Rules, body=msgspec.json.encode(rules))

    def customer_data(self, customer_id: Id, notes: bool) -> bytes:
        """Everything of a customer."""
        path, query = f"{_CUSTOMERS}/{customer_id}/data", {"notes": "true" if notes else "false"}
        headers = {"Accept": "*/*", "Accept-Encoding": "identity"}
        answer = in_words(
            lambda: self._http.call(
                "GET", path, query=query, headers=headers, largest=LARGEST_DATA, wait=SLOW_SECONDS
            )
        )
        if answer.status != OK or not answer.body.startswith(ZIP):
            raise InputError(NOBODY, "no ZIP file")
        return answer.body

    def preview_erasure(self, customer_id: Id) -> wire.ErasurePreview:
        """What would go."""
        return self._decoded("POST", f"{_CUSTOMERS}/{customer_id}/erasure-preview", wire.ErasurePreview)

    def erase(self, customer_id: Id, token: str) -> None:
        """Erase it."""
        self._do(f"{_CUSTOMERS}/{customer_id}/erasure", msgspec.json.encode(ErasureRequest(token=token)))

    def preview_retention(self, query: RetentionQuery) -> wire.RetentionPreview:
        """What would go."""
        given = {name: str(value) for name, value in msgspec.structs.asdict(query).items()}
        return self._get("/v1/admin/retention", wire.RetentionPreview, given)

    def held_mails(self) -> wire.HeldMails:
        """Mails that were held back."""
        return self._get(_HELD, wire.HeldMails)

    def release_mail(self, inbound_id: Id) -> None:
        """Let one through."""
        self._do(f"{_HELD}/{inbound_id}/release")

    def discard_mail(self, inbound_id: Id) -> None:
        """Let one never become a message."""
        self._do(f"{_HELD}/{inbound_id}/discard")

    def _get(self, path: str, kind: type[M], query: Mapping[str, str] | None = None) -> M:
        return self._decoded("GET", path, kind, query=query)

    def _decoded(self, method: str, path: str, kind: type[M], **options: Any) -> M:
        return in_words(lambda: decode(self._http.call(method, path, **options), kind))

    def _do(self, path: str, body: bytes | None = None) -> None:
        in_words(lambda: self._http.call("POST", path, body=body, largest=LARGEST_PROBLEM))


def in_words(ask: Callable[[], T]) -> T:
    """What the server answers; whatever is in the way, as InputError."""
    try:
        return ask()
    except Unreachable as error:
        raise InputError(error.sentence or NOBODY, str(error)) from error
    except Refused as error:
        raise InputError(error.sentence) from error
    except Rejected as error:
        raise InputError(SENTENCES[error.reason], error.note) from error


def _moment(value: int | None) -> datetime | None:
    return None if value is None else from_microseconds(value)


def _invitation(made: wire.Invitation) -> Invitation:
    return Invitation(
        id=made.id,
        user_id=made.user_id,
        made_at=from_microseconds(made.made_at),
        expires_at=from_microseconds(made.expires_at),
        accepted_at=_moment(made.accepted_at),
        withdrawn_at=_moment(made.withdrawn_at),
        made_by=made.made_by,
        link=made.link,
    )


def _held_mail(mail: wire.HeldMail) -> HeldMail:
    return HeldMail(
        id=mail.id,
        channel_id=mail.channel_id,
        received_at=from_microseconds(mail.received_at),
        size=mail.size,
        reason=mail.reason,
        why=mail.why,
        sender=mail.sender,
        subject=mail.subject,
    )
