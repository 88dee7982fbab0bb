"""What administrators ask for: the audit log and everybody's devices."""

from collections.abc import Callable
from typing import TypeVar, cast

import msgspec
from starlette.responses import Response

from agent_desktop.domain.errors import InputError, Reason, Rejected
from sync.protocol.administration import (
    AuditCheck,
    AuditPage,
    AuditQuery,
    CustomerDataQuery,
    ErasurePreview,
    ErasureRequest,
    HeldMails,
    Invitation,
    Invitations,
    ManagedDevices,
    NewInvitation,
    RetentionPreview,
    RetentionQuery,
    Rules,
)
from sync.server.administration import Administration
from sync.server.answering import Asker
from sync.server.call import Call
from sync.server.handlers.paths import id_in
from sync.server.refusals import conflict, forbidden, invalid, not_found

T = TypeVar("T")
BYTES = "application/octet-stream"


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
    _asked(call, lambda server, asker: server.sign_out(asker, id_in(call, "device_id")))
    call.services.tell_sessions()


def wipe_device(call: Call) -> None:
    """Ask a device to destroy what it holds."""
    _asked(call, lambda server, asker: server.wipe(asker, id_in(call, "device_id")))
    call.services.tell_sessions()


async def customer_data(call: Call) -> Response:
    """Everything that is kept of a customer."""
    query, customer_id = cast(CustomerDataQuery, call.query), id_in(call, "customer_id")
    content = await call.services.workers.run(
        lambda: _asked(
            call, lambda server, asker: server.customer_data(asker, customer_id, notes=query.notes)
        )
    )
    return Response(content, headers={"Cache-Control": "no-store"}, media_type=BYTES)


def preview_erasure(call: Call) -> ErasurePreview:
    """What erasing a customer would take away."""
    customer_id = id_in(call, "customer_id")
    return _asked(call, lambda server, asker: server.preview_erasure(asker, customer_id))


def erase(call: Call) -> None:
    """Erase what the preview showed."""
    request, customer_id = cast(ErasureRequest, call.body), id_in(call, "customer_id")
    _asked(call, lambda server, asker: server.erase(asker, customer_id, request.token))


def preview_retention(call: Call) -> RetentionPreview:
    """What keeping things for these times would take away now."""
    return _asked(
        call, lambda server, asker: server.preview_retention(asker, cast(RetentionQuery, call.query))
    )


def invite(call: Call) -> Invitation:
    """Make a link by which somebody chooses a password."""
    made, token = _asked(call, lambda server, asker: server.invite(asker, cast(NewInvitation, call.body)))
    return msgspec.structs.replace(made, link=f"{call.issuer}/invite?token={token}")


def invitations(call: Call) -> Invitations:
    """All invitations."""
    return _asked(call, lambda server, asker: server.invitations(asker))


def withdraw_invitation(call: Call) -> None:
    """Make a link good no longer."""
    invitation_id = id_in(call, "invitation_id")
    _asked(call, lambda server, asker: server.withdraw(asker, invitation_id))


def rules(call: Call) -> Rules:
    """The rules that the server keeps."""
    return _asked(call, lambda server, asker: server.rules(asker))


def set_rules(call: Call) -> Rules:
    """Other rules."""
    return _asked(call, lambda server, asker: server.set_rules(asker, cast(Rules, call.body)))


def held_mails(call: Call) -> HeldMails:
    """Mails that were held back."""
    return _asked(call, lambda server, asker: server.held_mails(asker))


def release_mail(call: Call) -> None:
    """Let a held mail through."""
    _asked(call, lambda server, asker: server.release_mail(asker, id_in(call, "inbound_id")))


def discard_mail(call: Call) -> None:
    """Let a held mail never become a message."""
    _asked(call, lambda server, asker: server.discard_mail(asker, id_in(call, "inbound_id")))


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
    except InputError as error:
        raise conflict(error.sentence) from error
