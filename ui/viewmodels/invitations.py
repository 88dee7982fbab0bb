"""Links by which people choose their password: making them, those that are open, and taking one back."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from agent_desktop.domain.ids import Id
from agent_desktop.domain.workspace import User
from agent_desktop.services.administration import Invitation
from ui.models.administration_text import invitation_row
from ui.models.cells import TableRow
from ui.models.local_time import local_zone
from ui.prompts import Question
from ui.tasks import Problem, sentence_of

if TYPE_CHECKING:
    from ui.context import UiContext

INVITED_DAYS = 7
_WITHDRAW = "The link that was sent opens nothing from then on. You can make a new one at any time."


class InvitationsViewModel(QObject):
    """The open invitations at the last look. `changed`: they, or why they cannot be shown, are others now."""

    changed = Signal()

    def __init__(self, context: "UiContext", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._invitations: tuple[Invitation, ...] = ()
        self.problem = ""
        """Why they cannot be shown, in words."""

    @property
    def rows(self) -> tuple[TableRow, ...]:
        """Those whose links are good now, the newest first."""
        directory, zone = self._context.desk.directory, local_zone()
        return tuple(
            invitation_row(one, directory.user(one.user_id), directory.user(one.made_by), zone)
            for one in self._open
        )

    def invited(self, invitation_id: Id) -> User | None:
        """For whom an invitation is."""
        found = self._known(invitation_id)
        return None if found is None else self._context.desk.directory.user(found.user_id)

    def look(self) -> None:
        """Ask the server."""
        desk = self._context.desk
        self._context.tasks.read(
            lambda: desk.administration.invitations(), self._take, self._failed, key=self
        )

    def invite(self, user: User, then: Callable[[Invitation], None]) -> None:
        """Have the server make a link for somebody; older ones for them are good no longer."""
        desk = self._context.desk

        def made(invitation: Invitation) -> None:
            then(invitation)
            self.look()

        self._context.tasks.read(lambda: desk.administration.invite(user.id, INVITED_DAYS), made)

    def ask_withdraw(self, invitation_id: Id) -> None:
        """Make a link good no longer, after a question."""
        invited = self.invited(invitation_id)
        if invited is None:
            return
        question = Question(
            title=f"Withdraw the invitation of {invited.name}?",
            text=_WITHDRAW,
            yes="Withdraw",
            no="Keep it",
            dangerous=True,
        )
        self._context.prompts.ask(
            question, lambda yes: self._withdraw(invitation_id, invited) if yes else None
        )

    def _withdraw(self, invitation_id: Id, invited: User) -> None:
        desk = self._context.desk

        def done(_: None) -> None:
            self._context.navigator.notify(f"The invitation of {invited.name} is withdrawn.")
            self.look()

        self._context.tasks.read(lambda: desk.administration.withdraw(invitation_id), done)

    @property
    def _open(self) -> tuple[Invitation, ...]:
        now = self._context.desk.clock.now()
        return tuple(one for one in self._invitations if one.is_open(now))

    def _known(self, invitation_id: Id) -> Invitation | None:
        return next((one for one in self._open if one.id == invitation_id), None)

    def _take(self, invitations: tuple[Invitation, ...]) -> None:
        self._invitations, self.problem = invitations, ""
        self.changed.emit()

    def _failed(self, problem: Problem) -> None:
        self._invitations, self.problem = (), sentence_of(problem)
        self.changed.emit()
