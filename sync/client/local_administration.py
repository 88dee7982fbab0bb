"""The embedded server as the administrator of a workspace on one computer asks it: the same object, in this process."""

from typing import Any, Protocol

from agent_desktop.domain.errors import InputError
from agent_desktop.domain.ids import Id
from sync.client.administration import ALONE, in_words
from sync.protocol import administration as wire
from sync.protocol.administration import (
    AuditCheck,
    AuditPage,
    AuditQuery,
    Invitations,
    ManagedDevices,
    NewInvitation,
    RetentionQuery,
    Rules,
)


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

    def customer_data(self, asker: Any, customer_id: Id, *, notes: bool) -> bytes:
        """Everything of a customer."""
        ...

    def preview_erasure(self, asker: Any, customer_id: Id) -> wire.ErasurePreview:
        """What would go."""
        ...

    def erase(self, asker: Any, customer_id: Id, token: str) -> None:
        """Erase it."""
        ...

    def preview_retention(self, asker: Any, query: RetentionQuery) -> wire.RetentionPreview:
        """What would go."""
        ...

    def held_mails(self, asker: Any) -> wire.HeldMails:
        """Mails that were held back."""
        ...

    def release_mail(self, asker: Any, inbound_id: Id) -> None:
        """Let one through."""
        ...

    def discard_mail(self, asker: Any, inbound_id: Id) -> None:
        """Let one never become a message."""
        ...


class LocalLine:
    """Asks a server in this process. `asker` is who it takes this program's user for."""

    def __init__(self, server: Answerer, asker: object) -> None:
        self._server = server
        self._asker = asker

    def audit(self, query: AuditQuery) -> AuditPage:
        """A page of the audit log."""
        return in_words(lambda: self._server.audit(self._asker, query))

    def check_audit(self) -> AuditCheck:
        """Whether the log is as it was written."""
        return in_words(lambda: self._server.check_audit(self._asker))

    def devices(self) -> ManagedDevices:
        """Everybody's devices."""
        return in_words(lambda: self._server.devices(self._asker))

    def sign_out(self, device_id: Id) -> None:
        """Sign a device out."""
        in_words(lambda: self._server.sign_out(self._asker, device_id))

    def wipe(self, device_id: Id) -> None:
        """Ask a device to wipe."""
        in_words(lambda: self._server.wipe(self._asker, device_id))

    def invite(self, wanted: NewInvitation) -> wire.Invitation:
        """Nobody can come to a workspace on this computer alone."""
        raise InputError(ALONE)

    def invitations(self) -> Invitations:
        """There are none."""
        return Invitations(invitations=[])

    def withdraw(self, invitation_id: Id) -> None:
        """There is none."""
        raise InputError(ALONE)

    def rules(self) -> Rules:
        """Nobody signs in to a workspace on this computer alone."""
        raise InputError(ALONE)

    def set_rules(self, rules: Rules) -> None:
        """There are none."""
        raise InputError(ALONE)

    def customer_data(self, customer_id: Id, notes: bool) -> bytes:
        """Everything of a customer."""
        return in_words(lambda: self._server.customer_data(self._asker, customer_id, notes=notes))

    def preview_erasure(self, customer_id: Id) -> wire.ErasurePreview:
        """What would go."""
        return in_words(lambda: self._server.preview_erasure(self._asker, customer_id))

    def erase(self, customer_id: Id, token: str) -> None:
        """Erase it."""
        in_words(lambda: self._server.erase(self._asker, customer_id, token))

    def preview_retention(self, query: RetentionQuery) -> wire.RetentionPreview:
        """What would go."""
        return in_words(lambda: self._server.preview_retention(self._asker, query))

    def held_mails(self) -> wire.HeldMails:
        """Mails that were held back."""
        return in_words(lambda: self._server.held_mails(self._asker))

    def release_mail(self, inbound_id: Id) -> None:
        """Let one through."""
        in_words(lambda: self._server.release_mail(self._asker, inbound_id))

    def discard_mail(self, inbound_id: Id) -> None:
        """Let one never become a message."""
        in_words(lambda: self._server.discard_mail(self._asker, inbound_id))
