"""A workspace on this computer whose embedded server makes invitations, as that of a team does."""

from sync.client.administration import AdministrationClient
from sync.client.local_administration import LocalLine
from sync.protocol.administration import Invitation, Invitations, NewInvitation
from sync.server.answering import Asker
from tests.ui.desks import DeskWorld


class InvitingLine(LocalLine):
    """Asks the embedded server for invitations, too."""

    def __init__(self, world: DeskWorld) -> None:
        self._inviting = world.server.backend.administration
        self._me = Asker(world.desk.user_id)
        super().__init__(self._inviting, self._me)

    def invite(self, wanted: NewInvitation) -> Invitation:
        made, _ = self._inviting.invite(self._me, wanted)
        return made

    def invitations(self) -> Invitations:
        return self._inviting.invitations(self._me)

    def withdraw(self, invitation_id: str) -> None:
        self._inviting.withdraw(self._me, invitation_id)


def inviting(world: DeskWorld) -> AdministrationClient:
    """What administrators ask of such a server."""
    return AdministrationClient(InvitingLine(world))
