"""What administrators ask for: the audit log and everybody's devices."""

import re
from collections.abc import Callable
from typing import TypeVar, cast

import msgspec

from agent_desktop.domain.errors import Reason, Rejected
from sync.protocol.administration import AuditCheck, AuditPage, AuditQuery, ManagedDevices
from sync.server.administration import Administration, Asker
from sync.server.call import Call
from sync.server.refusals import forbidden, invalid, not_found

T = TypeVar("T", bound=msgspec.Struct | None)
_ID = re.compile(r"[0-9a-zA-Z-]{1,64}", re.ASCII)


def audit(call: Call) -> AuditPage:
    """A page of the audit log."""
    return _asked(call, lambda server, asker: server.audit(asker, cast(AuditQuery, call.query)))


def check_audit(call: Call) -> AuditCheck:
    """Whether the audit log is as it was written."""
    return _asked(call, lambda server, asker: server.check_audit(asker))


def devices(call: Call) -> ManagedDevices:
    """Everybody's devices."""
    return _asked(call, lambda server, asker: server.devices(asker))


def sign_out_device(call: Call) -> None:
    """End what was given to a device, in every process at once."""
    _asked(call, lambda server, asker: server.sign_out(asker, _id_in(call, "device_id")))
    call.services.tell_sessions()


def wipe_device(call: Call) -> None:
    """Ask a device to destroy what it holds."""
    _asked(call, lambda server, asker: server.wipe(asker, _id_in(call, "device_id")))
    call.services.tell_sessions()


def _id_in(call: Call, name: str) -> str:
    """The id in the path. Raises a refusal for what can be none."""
    found = str(call.request.path_params[name])
    if not _ID.fullmatch(found):
        raise not_found()
    return found


def _asked(call: Call, ask: Callable[[Administration, Asker], T]) -> T:
    """Ask in the name of who is signed in. Raises a refusal in words."""
    session = call.session
    try:
        return ask(call.services.backend.administration, Asker(session.user_id, session.device_id))
    except Rejected as error:
        if error.reason is Reason.FORBIDDEN:
            raise forbidden("Your role does not allow this.") from error
        if error.reason is Reason.GONE:
            raise not_found() from error
        raise invalid(error.note) from error
