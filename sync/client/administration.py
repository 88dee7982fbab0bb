"""The server as administrators ask it, over HTTP or in this process: the same answers, and the same words."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Protocol, TypeVar

import msgspec

from agent_desktop.domain.audit import AuditEntry, AuditHead
from agent_desktop.domain.clock import from_microseconds, to_microseconds
from agent_desktop.domain.errors import SENTENCES, InputError, Rejected
from agent_desktop.domain.ids import Id
from agent_desktop.services.administration import AuditPart, AuditVerdict, AuditWanted, ManagedDevice
from sync.client.http import LARGEST_PROBLEM, Http, decode
from sync.protocol.administration import AuditCheck, AuditPage, AuditQuery, ManagedDevices
from sync.protocol.transport import Refused, Unreachable

T = TypeVar("T")
M = TypeVar("M", bound=msgspec.Struct)

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

    def _get(self, path: str, kind: type[M], query: Mapping[str, str] | None = None) -> M:
        return self._decoded("GET", path, kind, query=query)

    def _decoded(self, method: str, path: str, kind: type[M], **options: Any) -> M:
        return _in_words(lambda: decode(self._http.call(method, path, **options), kind))

    def _do(self, path: str) -> None:
        _in_words(lambda: self._http.call("POST", path, largest=LARGEST_PROBLEM))


class Answerer(Protocol):
    """The server's side in this process; raises Rejected."""

    def audit(self, asker: Any, query: AuditQuery) -> AuditPage:
        """A page of the audit log."""
        ...

    def check_audit(self, asker: Any) -> AuditCheck:
        """Whether the log is as it was written."""
        ...

    def devices(self, asker: Any) -> ManagedDevices:
        """Everybody's devices."""
        ...

    def sign_out(self, asker: Any, device_id: Id) -> None:
        """Sign a device out."""
        ...

    def wipe(self, asker: Any, device_id: Id) -> None:
        """Ask a device to wipe."""
        ...


class LocalLine:
    """Asks a server in this process. `asker` is who it takes this program's user for."""

    def __init__(self, server: Answerer, asker: object) -> None:
        self._server = server
        self._asker = asker

    def audit(self, query: AuditQuery) -> AuditPage:
        """A page of the audit log."""
        return _in_words(lambda: self._server.audit(self._asker, query))

    def check_audit(self) -> AuditCheck:
        """Whether the log is as it was written."""
        return _in_words(lambda: self._server.check_audit(self._asker))

    def devices(self) -> ManagedDevices:
        """Everybody's devices."""
        return _in_words(lambda: self._server.devices(self._asker))

    def sign_out(self, device_id: Id) -> None:
        """Sign a device out."""
        _in_words(lambda: self._server.sign_out(self._asker, device_id))

    def wipe(self, device_id: Id) -> None:
        """Ask a device to wipe."""
        _in_words(lambda: self._server.wipe(self._asker, device_id))


def _in_words(ask: Callable[[], T]) -> T:
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
