"""Everything that is being written, shared by all windows: kept in memory at once, on disk a moment later."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from threading import get_ident
from typing import TypeAlias, TypeVar

from PySide6.QtCore import QObject, QTimer, Signal
from shiboken6 import isValid

from agent_desktop.domain.clock import Clock
from agent_desktop.domain.ids import Id
from agent_desktop.services.drafts import Draft, DraftKind, DraftService
from ui.tasks import Failed, Problem, Tasks, is_alive, sentence_of

T = TypeVar("T")
SAVE_DELAY = 300
"""Milliseconds from the first key press to the save that holds it. Typing on does not put it off."""
FIRST_RETRY, LAST_RETRY = 1_000, 60_000
"""Milliseconds until a save that failed is tried again: twice as long each time, up to the last."""

COMPOSED = (DraftKind.REPLY, DraftKind.NOTE, DraftKind.FORWARD)
"""What is written in a conversation."""

DraftKey: TypeAlias = tuple[Id, DraftKind]


def key_of(draft: Draft) -> DraftKey:
    """What tells this draft from all others."""
    return draft.conversation_id, draft.kind


def differs(draft: Draft, other: Draft) -> bool:
    """Whether two drafts differ in what would be sent."""
    return replace(draft, caret=0, updated_at=other.updated_at) != replace(other, caret=0)


def retry_wait(failures: int) -> int:
    """Milliseconds to wait after so many saves in a row have failed (1 or more)."""
    return int(min(FIRST_RETRY * 2 ** min(failures - 1, 16), LAST_RETRY))


class DraftBook(QObject):
    """Hands out drafts and takes them back changed.

    All saves and deletions go through the one writer in the order in which they were asked for, so that an older
    text never overtakes a newer one. A draft that is not on disk yet is handed out from memory, and stays there
    until a save succeeds, however often it fails.
    """

    edited = Signal(object, object)
    """A `Draft` was changed, and the object that changed it: other views of it follow."""
    saved = Signal(object)
    """The draft with this key is on disk as it is in memory."""
    save_failed = Signal(object)
    """The draft with this key is only in memory; `problem_of` says why. It is tried again."""
    stored = Signal(object)
    """Something else, such as a macro, has written to the drafts of the conversation with this id."""
    busy_changed = Signal(object)
    """The draft with this key is on its way, or no longer."""
    _told = Signal(object)

    def __init__(
        self,
        service: DraftService,
        tasks: Tasks,
        clock: Clock,
        parent: QObject | None = None,
        delay: int = SAVE_DELAY,
        wait: Callable[[int], int] = retry_wait,
    ) -> None:
        super().__init__(parent)
        self._service = service
        self._tasks = tasks
        self._clock = clock
        self._wait = wait
        self._unsaved: dict[DraftKey, Draft] = {}
        self._due: dict[DraftKey, Draft] = {}
        self._problems: dict[DraftKey, str] = {}
        self._failures = 0
        self._busy: Counter[DraftKey] = Counter()
        self._missed: set[Id] = set()
        self._changes: Counter[Id] = Counter()
        self._saving_on: int | None = None
        self._timer = self._make_timer(delay)
        self._retry = self._make_timer(0)
        self._told.connect(self._on_told)
        service.subscribe(self._tell)

    def _make_timer(self, milliseconds: int) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(milliseconds)
        timer.timeout.connect(self.flush)
        return timer

    # Reading

    def take_along(self, merged_ids: Sequence[Id], conversation_id: Id) -> None:
        """Let what is written in merged conversations go on in the one they are part of."""
        keys = [(row_id, kind) for row_id in (*merged_ids, conversation_id) for kind in COMPOSED]
        self.during(keys, lambda: self._service.take_along(merged_ids, conversation_id))

    def fetch(
        self,
        conversation_id: Id,
        then: Callable[[dict[DraftKind, Draft]], None],
        key: object,
        kinds: Sequence[DraftKind] = COMPOSED,
    ) -> None:
        """Hand what is written in a conversation to `then`, empty where there is nothing.

        A later call with the same `key` replaces this one.
        """
        # A save may end while the read is on its way with what was on disk before it.
        held, changes = dict(self._unsaved), self._changes[conversation_id]

        def read() -> dict[DraftKind, Draft | None]:
            return {kind: self._service.get(conversation_id, kind) for kind in kinds}

        def deliver(stored: dict[DraftKind, Draft | None]) -> None:
            if changes != self._changes[conversation_id]:
                self.fetch(
                    conversation_id, then, key, kinds
                )  # what was read, or held, may have been sent meanwhile
                return
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

    @property
    def unsaved(self) -> tuple[Draft, ...]:
        """What is only in memory and would be missed."""
        return tuple(draft for draft in self._unsaved.values() if not draft.is_empty)

    def is_saved(self, key: DraftKey) -> bool:
        """Whether the disk holds what memory holds."""
        return key not in self._unsaved

    def problem_of(self, key: DraftKey) -> str:
        """Why the last save of a draft failed; "" when it did not."""
        return self._problems.get(key, "")

    def is_busy(self, key: DraftKey) -> bool:
        """Whether the draft is on its way or being changed by something else, so that nothing may be typed."""
        return self._busy[key] > 0

    # Writing

    def put(self, draft: Draft, source: object) -> None:
        """Take over a changed draft: other windows see it at once, the disk within `SAVE_DELAY`."""
        self._unsaved[key_of(draft)] = draft
        self._due[key_of(draft)] = draft
        if not self._timer.isActive():
            self._timer.start()
        self.edited.emit(draft, source)

    def forget(self, key: DraftKey) -> None:
        """Drop what is unsaved of a draft: it was sent and cleared in one step, or read anew."""
        self._changes[key[0]] += 1
        for held in (self._unsaved, self._due, self._problems):
            held.pop(key, None)

    def flush(self) -> None:
        """Hand everything unsaved to the writer now: before a switch, a send, or the end."""
        self._timer.stop()
        self._retry.stop()
        due, self._due = self._due, {}
        for draft in due.values():
            self._save(draft)

    def _save(self, draft: Draft) -> None:
        key = key_of(draft)

        def write() -> None:
            self._saving_on = get_ident()
            try:
                if draft.is_empty:
                    self._service.delete(*key)
                else:
                    self._service.save(draft)
            finally:
                self._saving_on = None

        def done(_: None) -> None:
            self._failures = 0
            self._problems.pop(key, None)
            if self._unsaved.get(key) is draft:
                del self._unsaved[key]
                self.saved.emit(key)
                self._catch_up(key[0])

        def failed(problem: Problem) -> None:
            if key not in self._unsaved:
                return  # it was sent meanwhile: a later save would bring it back
            self._due.setdefault(key, self._unsaved[key])
            self._problems[key] = sentence_of(problem)
            if not self._retry.isActive():
                self._failures += 1
                self._retry.start(self._wait(self._failures))
            self.save_failed.emit(key)

        self._tasks.write(write, done, failed)

    # What changes drafts without anybody typing

    def during(
        self,
        keys: Iterable[DraftKey],
        work: Callable[[], T],
        then: Callable[[T], None] | None = None,
        failed: Failed | None = None,
    ) -> None:
        """Run `work`, which reads and writes these drafts, on the writer.

        What was typed is on disk before, and nothing can be typed until it is done, so neither overwrites the other.
        The windows that asked may be closed meanwhile.
        """
        self._run(tuple(keys), work, None, then, failed)

    def send(self, draft: Draft, work: Callable[[], T], then: Callable[[T], None], failed: Failed) -> None:
        """Run `work`, which sends a draft and clears it on disk; afterwards it is empty in every window."""
        self._run((key_of(draft),), work, lambda: self._empty(draft), then, failed)

    def _run(
        self,
        keys: tuple[DraftKey, ...],
        work: Callable[[], T],
        settle: Callable[[], None] | None,
        then: Callable[[T], None] | None,
        failed: Failed | None,
    ) -> None:
        self.flush()
        self._take(keys, 1)

        def done(result: T) -> None:
            if settle is not None:
                settle()
            self._take(keys, -1)
            if then is not None and is_alive(then):
                then(result)

        def fail(problem: Problem) -> None:
            self._take(keys, -1)
            if failed is not None and is_alive(failed):
                failed(problem)
            else:
                self._tasks.problem.emit(problem)

        self._tasks.write(work, done, fail)

    def _empty(self, sent: Draft) -> None:
        """Take out what was sent. What came to the draft meanwhile stays."""
        key = key_of(sent)
        now = self._unsaved.get(key)
        if now is not None and now.text != sent.text:
            return
        self.forget(key)
        kept = tuple(file for file in now.files if file not in sent.files) if now is not None else ()
        # The next mail goes to whom this one went, which the conversation says by then; a number stays chosen.
        to = () if any("@" in address for address in sent.to) else sent.to
        blank = replace(self.blank(*key), files=kept, channel_id=sent.channel_id, to=to)
        if kept:
            self.put(blank, None)
        else:
            self.edited.emit(blank, None)

    def _take(self, keys: tuple[DraftKey, ...], step: int) -> None:
        for key in keys:
            self._busy[key] += step
            self.busy_changed.emit(key)
            if not self.is_busy(key):
                del self._busy[key]
                self._catch_up(key[0])

    def _tell(self, conversation_id: Id) -> None:
        """On the thread that wrote. Our own saves are known."""
        if isValid(self) and self._saving_on != get_ident():
            self._told.emit(conversation_id)

    def _on_told(self, conversation_id: Id) -> None:
        self._changes[conversation_id] += 1
        self._missed.add(conversation_id)
        self._catch_up(conversation_id)

    def _catch_up(self, conversation_id: Id) -> None:
        """Say what others have written once nothing of ours stands against it."""
        here = any(key[0] == conversation_id for key in (*self._unsaved, *self._busy))
        if conversation_id in self._missed and not here:
            self._missed.discard(conversation_id)
            self.stored.emit(conversation_id)
