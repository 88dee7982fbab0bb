"""Everything that is being written, shared by all windows: kept in memory at once, on disk a moment later."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from PySide6.QtCore import QObject, QTimer, Signal
from shiboken6 import isValid

from agent_desktop.domain.clock import Clock
from agent_desktop.domain.ids import Id
from agent_desktop.services.drafts import Draft, DraftKind, DraftService
from ui.tasks import Problem, Tasks, sentence_of

SAVE_DELAY = 300
"""Milliseconds from the first key press to the save that holds it. Typing on does not put it off."""

COMPOSED = (DraftKind.REPLY, DraftKind.NOTE)
"""What is written in a conversation."""

DraftKey: TypeAlias = tuple[Id, DraftKind]


def key_of(draft: Draft) -> DraftKey:
    """What tells this draft from all others."""
    return draft.conversation_id, draft.kind


def is_empty(draft: Draft) -> bool:
    """Whether nothing would be lost with this draft."""
    return not (draft.text.strip() or draft.files or draft.cc or draft.bcc)


def differs(draft: Draft, other: Draft) -> bool:
    """Whether two drafts differ in what would be sent."""
    return replace(draft, caret=0, updated_at=other.updated_at) != replace(other, caret=0)


class DraftBook(QObject):
    """Hands out drafts and takes them back changed.

    All saves and deletions go through the one writer in the order in which they were asked for, so that an older
    text never overtakes a newer one. A draft that is not on disk yet is handed out from memory.
    """

    edited = Signal(object, object)
    """A `Draft` was changed, and the object that changed it: other views of it follow."""
    saved = Signal(object)
    """The draft with this key is on disk as it is in memory."""
    save_failed = Signal(object, str)
    """The draft with this key is only in memory, and why."""
    stored = Signal(object)
    """Something else, such as a macro, has written to the drafts of the conversation with this id."""
    _told = Signal(object)

    def __init__(
        self,
        service: DraftService,
        tasks: Tasks,
        clock: Clock,
        parent: QObject | None = None,
        delay: int = SAVE_DELAY,
    ) -> None:
        super().__init__(parent)
        self._service = service
        self._tasks = tasks
        self._clock = clock
        self._unsaved: dict[DraftKey, Draft] = {}
        self._due: dict[DraftKey, Draft] = {}
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(delay)
        self._timer.timeout.connect(self.flush)
        self._told.connect(self._on_told)
        service.subscribe(self._tell)

    def fetch(self, conversation_id: Id, then: Callable[[dict[DraftKind, Draft]], None], key: object) -> None:
        """Hand reply and note of a conversation to `then`, empty where there is none.

        A later call with the same `key` replaces this one.
        """
        # A save may end while the read is on its way with what was on disk before it.
        held = dict(self._unsaved)

        def read() -> dict[DraftKind, Draft | None]:
            return {kind: self._service.get(conversation_id, kind) for kind in COMPOSED}

        def deliver(stored: dict[DraftKind, Draft | None]) -> None:
            drafts = {}
            for kind, draft in stored.items():
                this = (conversation_id, kind)
                newest = self._unsaved.get(this) or held.get(this) or draft
                drafts[kind] = newest or self.blank(conversation_id, kind)
            then(drafts)

        self._tasks.read(read, deliver, key=key)

    def blank(self, conversation_id: Id, kind: DraftKind) -> Draft:
        """A draft with nothing in it."""
        return Draft(conversation_id=conversation_id, kind=kind, text="", updated_at=self._clock.now())

    def put(self, draft: Draft, source: object) -> None:
        """Take over a changed draft: other windows see it at once, the disk within `SAVE_DELAY`."""
        self._unsaved[key_of(draft)] = draft
        self._due[key_of(draft)] = draft
        if not self._timer.isActive():
            self._timer.start()
        self.edited.emit(draft, source)

    def is_saved(self, key: DraftKey) -> bool:
        """Whether the disk holds what memory holds."""
        return key not in self._unsaved

    def forget(self, key: DraftKey) -> None:
        """Drop what is unsaved of a draft: it was sent and cleared in one step, or read anew."""
        self._unsaved.pop(key, None)
        self._due.pop(key, None)

    def flush(self) -> None:
        """Hand everything unsaved to the writer now: before a switch, a send, or the end."""
        self._timer.stop()
        due, self._due = self._due, {}
        for draft in due.values():
            self._save(draft)

    def _tell(self, conversation_id: Id) -> None:
        """On the thread that wrote."""
        if isValid(self):
            self._told.emit(conversation_id)

    def _on_told(self, conversation_id: Id) -> None:
        # Our own saves are told of before they are known to be done.
        if not any(key[0] == conversation_id for key in self._unsaved):
            self.stored.emit(conversation_id)

    def _save(self, draft: Draft) -> None:
        key = key_of(draft)

        def write() -> None:
            if is_empty(draft):
                self._service.delete(*key)
            else:
                self._service.save(draft)

        def done(_: None) -> None:
            if self._unsaved.get(key) is draft:
                del self._unsaved[key]
                self.saved.emit(key)

        def failed(problem: Problem) -> None:
            self._due.setdefault(key, draft)
            self.save_failed.emit(key, sentence_of(problem))

        self._tasks.write(write, done, failed)
