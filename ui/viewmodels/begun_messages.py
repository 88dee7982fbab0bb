"""Messages that begin conversations and are not sent yet: they belong to no conversation that a list could show."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from agent_desktop.domain.changes import ChangeSet
from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.customer import Customer
from agent_desktop.domain.draft import DraftCopy
from agent_desktop.services.new_messages import Begun
from ui.models.begun_text import begun_look
from ui.models.local_time import local_zone
from ui.models.row_look import RowLook
from ui.viewmodels.other_drafts import device_title

if TYPE_CHECKING:
    from ui.context import UiContext

_ABOUT = (DraftCopy, Conversation, Customer)


class BegunMessagesViewModel(QObject):
    """Follows them while somebody looks: from `watch(True)` on."""

    changed = Signal()

    def __init__(self, context: "UiContext", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._begun: tuple[Begun, ...] = ()
        self._watches = False
        context.draft_changes.received.connect(lambda _: self._look())
        context.changes.received.connect(self._on_changes)

    @property
    def rows(self) -> tuple[RowLook, ...]:
        """The newest first; the key of each is the id to go on with it."""
        now, zone = self._context.desk.clock.now(), local_zone()
        return tuple(begun_look(begun, device_title(begun.device), now, zone) for begun in self._begun)

    def watch(self, watches: bool) -> None:
        """Whether somebody looks."""
        if watches != self._watches:
            self._watches = watches
            self._look()

    def _look(self) -> None:
        if self._watches:
            service = self._context.desk.new_messages
            self._context.tasks.read(service.begun, self._take, key=(id(self), "begun"))

    def _take(self, begun: tuple[Begun, ...]) -> None:
        if begun != self._begun:
            self._begun = begun
            self.changed.emit()

    def _on_changes(self, changes: ChangeSet) -> None:
        if changes.bulk or any(change.entity in _ABOUT for change in changes.changes):
            self._look()
