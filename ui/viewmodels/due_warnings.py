"""Warns when conversations assigned to this person become due soon or overdue: once for each of both."""

from functools import partial
from typing import NamedTuple

from PySide6.QtCore import QObject, QTimer, Signal

from agent_desktop.context import Desk
from agent_desktop.domain.changes import ChangeSet, Origin
from agent_desktop.domain.clock import to_microseconds
from agent_desktop.domain.conversation import Conversation, Status
from agent_desktop.domain.ids import Id
from agent_desktop.domain.sla import BREACHING_SOON
from agent_desktop.domain.view import ME, ConversationFilter, SortOrder
from agent_desktop.services.inbox_rows import InboxRow
from ui.models.due_words import warning_words
from ui.relay import Relay
from ui.tasks import Tasks

STEP = 20_000
"""Milliseconds between two looks at the clock."""
_MOST_NOTED = 10_000
_DUE_SOON = ConversationFilter(
    statuses=(Status.OPEN,),
    assignee=ME,
    snoozed=False,
    due_within_minutes=int(BREACHING_SOON.total_seconds() // 60),
)


class Mark(NamedTuple):
    """A conversation has reached a threshold. With another due time it may reach it again."""

    key: int
    due: int
    overdue: bool


class DueWarning(NamedTuple):
    """What to say, and the conversation that it is about if it is only one."""

    words: str
    conversation_id: Id | None


class DueWarnings(QObject):
    """Looks again as time passes and when something changed. What is due at the first look is known already."""

    warned = Signal(DueWarning)

    def __init__(self, desk: Desk, tasks: Tasks, changes: Relay, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._tasks = tasks
        self._noted: frozenset[Mark] | None = None
        self._own: set[Id] = set()
        """What this person changed since the last look: they know."""
        self._timer = QTimer(self)
        self._timer.setInterval(STEP)
        self._timer.timeout.connect(self.look)
        self._timer.start()
        changes.received.connect(self._on_changes)

    def look(self) -> None:
        """Look what is due, and warn of what was not due at the last look."""
        own, self._own = frozenset(self._own), set()
        self._tasks.read(partial(self._find, self._noted), partial(self._take, own))

    def close(self) -> None:
        """Look no more."""
        self._timer.stop()

    def _find(self, noted: frozenset[Mark] | None) -> tuple[frozenset[Mark], list[InboxRow]]:
        """On a background thread: what is due, and the rows of what was not noted."""
        inbox, now = self._desk.inbox, to_microseconds(self._desk.clock.now())
        due_times, keys = inbox.order(_DUE_SOON, SortOrder.DUE)
        marks = frozenset(Mark(key, due, due <= now) for due, key in zip(due_times, keys, strict=True))
        fresh = marks - noted if noted is not None else frozenset()
        return marks, inbox.rows(sorted(mark.key for mark in fresh))

    def _take(self, own: frozenset[Id], found: tuple[frozenset[Mark], list[InboxRow]]) -> None:
        marks, rows = found
        noted = self._noted or frozenset()
        # What was snoozed for a while and is back was said before.
        self._noted = marks if len(noted) > _MOST_NOTED else noted | marks
        told = [row for row in rows if row.id not in own]
        if told:
            words = warning_words(told, self._desk.clock.now())
            self.warned.emit(DueWarning(words, told[0].id if len(told) == 1 else None))

    def _on_changes(self, changes: ChangeSet) -> None:
        if changes.bulk:
            self._noted = None
        elif changes.origin is Origin.LOCAL:
            self._own.update(change.id for change in changes.of(Conversation))
