"""Mails that the server holds back: which they are, letting one through, and discarding one."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from agent_desktop.domain.ids import Id
from agent_desktop.services.administration import AdministrationServer, HeldMails
from ui.models.cells import TableRow
from ui.models.held_mail_text import held_row
from ui.models.local_time import local_zone
from ui.tasks import Problem, sentence_of

if TYPE_CHECKING:
    from ui.context import UiContext

RELEASED = "The mail becomes a message now."
DISCARDED = "The mail is discarded."


class HeldMailsViewModel(QObject):
    """The held mails at the last look. `changed`: they, or why they cannot be shown, are others now."""

    changed = Signal()

    def __init__(self, context: "UiContext", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._held = HeldMails()
        self.problem = ""
        """Why they cannot be shown, in words."""

    @property
    def count(self) -> int:
        """How many are held, also those that are not among the rows."""
        return self._held.count

    @property
    def rows(self) -> tuple[TableRow, ...]:
        """The newest first."""
        directory, zone = self._context.desk.directory, local_zone()
        return tuple(held_row(mail, directory.channel(mail.channel_id), zone) for mail in self._held.mails)

    def look(self) -> None:
        """Ask the server."""
        desk = self._context.desk
        self._context.tasks.read(lambda: desk.administration.held_mails(), self._take, self._failed, key=self)

    def release(self, mail_id: Id) -> None:
        """Let a mail become a message."""
        self._decide(lambda server: server.release_mail(mail_id), RELEASED)

    def discard(self, mail_id: Id) -> None:
        """Let a mail never become a message; whoever calls this has asked."""
        self._decide(lambda server: server.discard_mail(mail_id), DISCARDED)

    def _decide(self, decide: Callable[[AdministrationServer], None], words: str) -> None:
        desk, navigator = self._context.desk, self._context.navigator

        def done(_: None) -> None:
            navigator.notify(words)
            self.look()

        self._context.tasks.read(
            lambda: decide(desk.administration), done, lambda problem: navigator.notify(sentence_of(problem))
        )

    def _take(self, held: HeldMails) -> None:
        if (held, "") != (self._held, self.problem):
            self._held, self.problem = held, ""
            self.changed.emit()

    def _failed(self, problem: Problem) -> None:
        self._held, self.problem = HeldMails(), sentence_of(problem)
        self.changed.emit()
