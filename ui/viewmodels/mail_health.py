"""How the mailboxes of all channels do, for the list of channels."""

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from agent_desktop.domain.ids import Id
from agent_desktop.services.mail_setup import SavedMail
from ui.models.mail_account_text import NO_MAILBOX, Health, health_of
from ui.tasks import Problem, sentence_of

if TYPE_CHECKING:
    from ui.context import UiContext


class MailHealthViewModel(QObject):
    """How the mailboxes of channels did at the last look. `changed`: something of it is different."""

    changed = Signal()

    def __init__(self, context: "UiContext", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.found: dict[Id, Health] = {}

    def look(self, channel_ids: tuple[Id, ...]) -> None:
        """Ask the server."""
        for channel_id in channel_ids:
            self._context.tasks.fetch(
                partial(self._read, channel_id),
                partial(self._take, channel_id),
                partial(self._not_known, channel_id),
            )

    def _read(self, channel_id: Id) -> SavedMail:
        return self._context.desk.mail_setup.read(channel_id)

    def _take(self, channel_id: Id, saved: SavedMail) -> None:
        self._show(channel_id, health_of(saved, self._context.desk.clock.now()))

    def _not_known(self, channel_id: Id, problem: Problem) -> None:
        self._show(channel_id, replace(NO_MAILBOX, words="Not known", sentence=sentence_of(problem)))

    def _show(self, channel_id: Id, health: Health) -> None:
        if self.found.get(channel_id) != health:
            self.found[channel_id] = health
            self.changed.emit()
