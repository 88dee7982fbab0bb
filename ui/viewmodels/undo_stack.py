"""What can be undone in a window, the last thing first."""

from collections import deque
from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from agent_desktop.context import Desk
from agent_desktop.services.apply import Applied
from ui.tasks import Problem, sentence_of
from ui.viewmodels.draft_book import DraftBook

KEPT = 50


class UndoStack(QObject):
    """Keeps what was applied, and takes it back as new operations."""

    changed = Signal()
    said = Signal(str, bool)
    """A sentence about an undo, and whether it went wrong."""

    def __init__(self, desk: Desk, drafts: DraftBook, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._drafts = drafts
        self._done: deque[Applied] = deque(maxlen=KEPT)
        self._before_reply: Applied | None = None

    @property
    def can_undo(self) -> bool:
        """Whether there is anything to take back."""
        return bool(self._done)

    def note_reply(self) -> None:
        """A reply was sent, which is called back in its own way: what is done from here on is newer than it."""
        self._before_reply = self._done[-1] if self._done else None

    @property
    def has_newer_than_reply(self) -> bool:
        """Whether the last thing to take back was done after the last reply was sent."""
        return bool(self._done) and self._done[-1] is not self._before_reply

    def push(self, applied: Applied) -> bool:
        """Remember what was done; False if it cannot be undone."""
        can_undo = bool(applied.undo or applied.put_in)
        if can_undo:
            self._done.append(applied)
            self.changed.emit()
        return can_undo

    def undo(self, applied: Applied | None = None) -> None:
        """Take back this, or the last thing that was done. Does nothing if it was taken back already."""
        if applied is None:
            applied = self._done[-1] if self._done else None
        if applied is None or applied not in self._done:
            return
        self._done.remove(applied)
        self.changed.emit()
        texts = [(put.conversation_id, put.kind) for put in applied.put_in]
        self._drafts.during(texts, self._taking_back(applied), self._say_done, self._say_problem)

    def _taking_back(self, applied: Applied) -> Callable[[], str]:
        def work() -> str:
            undo = self._desk.macros.undo if applied.put_in else self._desk.apply.undo
            undo(applied)
            return applied.title

        return work

    def _say_done(self, title: str) -> None:
        self.said.emit(f"Undone: {title.lower()}", False)

    def _say_problem(self, problem: Problem) -> None:
        self.said.emit(f"Not undone. {sentence_of(problem)}", True)
