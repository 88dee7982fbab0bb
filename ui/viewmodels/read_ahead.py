"""Conversations that are likely to be opened next, read before anybody asks for them."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

from PySide6.QtCore import QObject, QTimer, Signal

from agent_desktop.domain.changes import Change, ChangeSet
from agent_desktop.domain.conversation import Conversation, ReadMarker
from agent_desktop.domain.ids import Id
from agent_desktop.domain.message import Attachment, Message
from agent_desktop.domain.rows import Entity
from agent_desktop.services.conversation import ConversationCard, TimelinePage
from ui.relay import Relay
from ui.tasks import Tasks

Found: TypeAlias = tuple[ConversationCard | None, TimelinePage]
"""Head and newest messages of a conversation, read in one go."""

_MOST = 4
_QUIET = 250
"""Milliseconds without changes after which what a change has touched is read again."""
_OF_ONE_CONVERSATION = (Message, Attachment, ReadMarker)


class ReadAhead(QObject):
    """Keeps what was read of a few conversations until they are opened or anything about them changes.

    What comes out is never older than what reading at that moment would have found, as far as this thread has been
    told of changes: whatever a change may concern is dropped, and so is what was being read meanwhile.

    Signals:
        read: the id of a conversation that can be taken now.
    """

    read = Signal(object)

    def __init__(
        self, find: Callable[[Id], Found], tasks: Tasks, changes: Relay, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._find = find
        self._tasks = tasks
        self._wanted: tuple[Id, ...] = ()
        self._found: dict[Id, Found] = {}
        self._asked: Id | None = None
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.setInterval(_QUIET)
        self._again.timeout.connect(self._read_next)
        changes.received.connect(self._on_changes)

    @property
    def is_done(self) -> bool:
        """Whether everything that is wanted is here."""
        return self._asked is None and not self._again.isActive()

    @property
    def known(self) -> tuple[Id, ...]:
        """The conversations that can be taken."""
        return tuple(self._found)

    def want(self, ids: Sequence[Id]) -> None:
        """Read these, the likeliest first, and forget all others."""
        self._wanted = tuple(dict.fromkeys(ids))[:_MOST]
        self._found = {key: found for key, found in self._found.items() if key in self._wanted}
        if self._asked is not None and self._asked not in self._wanted:
            self._stop()
        self._read_next()

    def want_first(self, conversation_id: Id) -> None:
        """Read this one as well, before all others."""
        self.want((conversation_id, *self._wanted))

    def look(self, conversation_id: Id) -> Found | None:
        """What was read of a conversation, which stays here."""
        return self._found.get(conversation_id)

    def take(self, conversation_id: Id) -> Found | None:
        """What was read of a conversation, to be shown now; the next time it is read anew."""
        self._wanted = tuple(wanted for wanted in self._wanted if wanted != conversation_id)
        return self._found.pop(conversation_id, None)

    def _read_next(self) -> None:
        """One at a time, so that there is always a reader for what somebody waits for."""
        missing = next((wanted for wanted in self._wanted if wanted not in self._found), None)
        if self._asked is not None or missing is None or self._again.isActive():
            return
        self._asked = missing
        find = self._find
        self._tasks.read(lambda: find(missing), self._keep, lambda _: self._give_up(), key=self._key)

    def _keep(self, found: Found) -> None:
        conversation_id, self._asked = self._asked, None
        if conversation_id is not None and conversation_id in self._wanted:
            self._found[conversation_id] = found
            self.read.emit(conversation_id)
        self._read_next()

    def _give_up(self) -> None:
        """It cannot be read: whoever opens it is told why."""
        self._wanted = tuple(wanted for wanted in self._wanted if wanted != self._asked)
        self._asked = None
        self._read_next()

    def _stop(self) -> None:
        self._tasks.cancel(self._key)
        self._asked = None

    @property
    def _key(self) -> object:
        return (id(self), "ahead")

    def _on_changes(self, changes: ChangeSet) -> None:
        touched = None if changes.bulk else _touched(changes.changes)
        before = len(self._found)
        self._found = {
            key: found for key, found in self._found.items() if touched is not None and key not in touched
        }
        reading = self._asked is not None and (touched is None or self._asked in touched)
        if reading:
            self._stop()
        if reading or len(self._found) < before:
            self._again.start()


def _touched(changes: Sequence[Change[Entity]]) -> set[Id] | None:
    """The conversations that changes are about; None when that may be any."""
    touched: set[Id] = set()
    for row in (row for change in changes for row in (change.old, change.new) if row is not None):
        if isinstance(row, Conversation):
            touched.add(row.id)
        elif isinstance(row, _OF_ONE_CONVERSATION):
            touched.add(row.conversation_id)
        else:
            return None
    return touched
