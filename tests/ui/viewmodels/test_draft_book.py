"""Drafts in memory and on disk: nothing overtakes, nothing is lost between the two."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from agent_desktop.domain.errors import AppError, Rejected, StoreError
from agent_desktop.domain.ids import Id
from agent_desktop.services.drafts import Draft, DraftKind
from tests.factories import an_id
from tests.fakes import START
from tests.ui.conftest import Room
from ui.tasks import Tasks, _Job
from ui.viewmodels.draft_book import DraftBook, retry_wait

CONVERSATION: Id = an_id("conversation")
KEY = (CONVERSATION, DraftKind.REPLY)


class HeldTasks(Tasks):
    """Does nothing until told to: the order of threads is the test's."""

    def __init__(self) -> None:
        super().__init__()
        self.jobs: list[_Job] = []

    def _start(self, pool: ThreadPoolExecutor, job: _Job) -> None:
        self.jobs.append(job)

    def perform(self, number: int = 0) -> Callable[[], None]:
        """Do the work of one job; the result is delivered by calling what this returns."""
        job = self.jobs.pop(number)
        done: Future[object] = Future()
        try:
            done.set_result(job.work())
        except (AppError, Rejected) as error:
            done.set_exception(error)
        job.outcome = done.result
        return lambda: self._deliver(job)

    def finish(self) -> None:
        """Do and deliver everything in order."""
        while self.jobs:
            self.perform()()


@pytest.fixture
def tasks(qapp: QApplication) -> Iterator[HeldTasks]:
    tasks = HeldTasks()
    yield tasks
    tasks.close()


@pytest.fixture
def book(room: Room, tasks: HeldTasks) -> DraftBook:
    return DraftBook(room.world.desk.drafts, tasks, room.world.clock)


def draft(text: str) -> Draft:
    return Draft(
        conversation_id=CONVERSATION, kind=DraftKind.REPLY, text=text, updated_at=START, caret=len(text)
    )


def on_disk(room: Room) -> str | None:
    stored = room.world.desk.drafts.get(*KEY)
    return stored.text if stored else None


def test_what_is_typed_is_on_disk_after_a_flush(room: Room, book: DraftBook, tasks: HeldTasks) -> None:
    book.put(draft("Hello"), None)
    assert on_disk(room) is None
    assert not book.is_saved(KEY)
    book.flush()
    tasks.finish()
    assert on_disk(room) == "Hello"
    assert book.is_saved(KEY)


def test_a_deletion_is_never_overtaken(room: Room, book: DraftBook, tasks: HeldTasks) -> None:
    book.put(draft("Hello"), None)
    book.flush()
    book.put(draft(""), None)
    book.flush()
    tasks.finish()
    assert on_disk(room) is None
    assert book.is_saved(KEY)


def test_a_newer_text_keeps_the_draft_unsaved(room: Room, book: DraftBook, tasks: HeldTasks) -> None:
    saved: list[object] = []
    book.saved.connect(saved.append)
    book.put(draft("Hel"), None)
    book.flush()
    book.put(draft("Hello"), None)
    tasks.finish()
    assert saved == []
    book.flush()
    tasks.finish()
    assert saved == [KEY]
    assert on_disk(room) == "Hello"


def test_a_read_on_its_way_does_not_bring_back_an_older_text(
    room: Room, book: DraftBook, tasks: HeldTasks
) -> None:
    room.world.desk.drafts.save(draft("Old"))
    book.put(draft("New"), None)
    book.flush()
    found: list[str] = []
    book.fetch(CONVERSATION, lambda drafts: found.append(drafts[DraftKind.REPLY].text), key="test")
    deliver_read = tasks.perform(1)  # reads what is on disk before the save
    tasks.perform(0)()  # the save is done and known to be
    deliver_read()
    assert found == ["New"]


def test_a_read_on_its_way_does_not_bring_back_what_was_sent(
    room: Room, book: DraftBook, tasks: HeldTasks
) -> None:
    drafts = room.world.desk.drafts
    book.put(draft("Sent"), None)
    book.send(draft("Sent"), lambda: drafts.delete(*KEY), lambda done: None, lambda problem: None)
    found: list[str] = []
    book.fetch(CONVERSATION, lambda drafts: found.append(drafts[DraftKind.REPLY].text), key="test")
    tasks.perform(0)()
    deliver_read = tasks.perform(1)  # reads what is on disk before it is sent
    tasks.perform(0)()
    deliver_read()
    tasks.finish()
    assert found == [""]


def test_a_later_fetch_replaces_an_earlier_one(room: Room, book: DraftBook, tasks: HeldTasks) -> None:
    room.world.desk.drafts.save(draft("Here"))
    found: list[str] = []
    for conversation in (an_id("another"), CONVERSATION):
        book.fetch(conversation, lambda drafts: found.append(drafts[DraftKind.REPLY].text), key="pane")
    tasks.finish()
    assert found == ["Here"]


def test_a_save_that_fails_is_tried_again_with_the_next(
    room: Room, book: DraftBook, tasks: HeldTasks, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures: list[str] = []
    book.save_failed.connect(lambda key: failures.append(book.problem_of(key)))

    with monkeypatch.context() as patched:
        patched.setattr(room.world.desk.drafts, "save", full)
        book.put(draft("Precious"), None)
        book.flush()
        tasks.finish()
    assert failures == ["The disk is full."]
    assert not book.is_saved(KEY)
    book.flush()
    tasks.finish()
    assert on_disk(room) == "Precious"


def full(draft: Draft) -> None:
    raise StoreError("The disk is full.")


def test_a_save_that_fails_is_tried_again_by_itself(
    room: Room, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[int] = []

    def wait(failures: int) -> int:
        waits.append(failures)
        if failures == 3:
            monkeypatch.undo()  # there is room again
        return 1

    monkeypatch.setattr(room.world.desk.drafts, "save", full)
    book = DraftBook(room.world.desk.drafts, room.context.tasks, room.world.clock, delay=1, wait=wait)
    with qtbot.waitSignal(book.saved):
        book.put(draft("Precious"), None)
    assert waits == [1, 2, 3]
    assert on_disk(room) == "Precious"
    assert book.problem_of(KEY) == ""
    assert book.unsaved == ()


def test_waits_grow_up_to_a_minute() -> None:
    waits = [retry_wait(failures) for failures in range(1, 100)]
    assert waits[:4] == [1_000, 2_000, 4_000, 8_000]
    assert waits == sorted(waits)
    assert waits[-1] == 60_000


def test_the_newest_text_is_what_is_tried_again(
    room: Room, book: DraftBook, tasks: HeldTasks, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(room.world.desk.drafts, "save", full)
        book.put(draft("Prec"), None)
        book.flush()
        book.put(draft("Precious"), None)
        tasks.finish()
    assert [one.text for one in book.unsaved] == ["Precious"]
    assert book.problem_of(KEY) == "The disk is full."
    book.flush()
    tasks.finish()
    assert on_disk(room) == "Precious"


def test_a_failed_save_does_not_bring_back_what_was_sent(
    room: Room, book: DraftBook, tasks: HeldTasks, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(room.world.desk.drafts, "save", full)
        book.put(draft("Sent"), None)
        book.flush()
        book.forget(KEY)
        tasks.finish()
    book.flush()
    tasks.finish()
    assert book.is_saved(KEY)
    assert on_disk(room) is None


def test_one_draft_on_its_way_leaves_all_others_alone(book: DraftBook, tasks: HeldTasks) -> None:
    changed: list[object] = []
    book.busy_changed.connect(changed.append)
    sent: list[str] = []
    book.send(draft("Hello"), lambda: "done", sent.append, lambda problem: None)
    assert book.is_busy(KEY)
    assert not book.is_busy((CONVERSATION, DraftKind.NOTE))
    assert not book.is_busy((an_id("another"), DraftKind.REPLY))
    tasks.finish()
    assert not book.is_busy(KEY)
    assert (sent, changed) == (["done"], [KEY, KEY])


def test_who_asked_may_be_gone_when_the_answer_comes(book: DraftBook, tasks: HeldTasks) -> None:
    """Otherwise the draft would stay closed in every other window."""

    class Window(QObject):
        def take(self, answer: object) -> None:
            raise AssertionError(answer)

    window = Window()
    edited: list[Draft] = []
    book.edited.connect(lambda draft, _: edited.append(draft))
    book.send(draft("Hello"), lambda: "done", window.take, window.take)
    window.deleteLater()
    QCoreApplication.sendPostedEvents(window, QEvent.Type.DeferredDelete)
    del window
    tasks.finish()
    assert not book.is_busy(KEY)
    assert [one.text for one in edited] == [""]


def test_what_was_typed_is_there_before_what_a_macro_writes(
    room: Room, book: DraftBook, tasks: HeldTasks
) -> None:
    told: list[object] = []
    book.stored.connect(told.append)
    drafts = room.world.desk.drafts

    def add() -> None:
        present = drafts.get(*KEY)
        drafts.save(draft(f"{present.text if present else ''} and more"))

    book.put(draft("Typed"), None)
    book.during([KEY], add)
    tasks.finish()
    assert on_disk(room) == "Typed and more"
    assert told == [CONVERSATION], "told once nothing stands against it"


def test_what_others_wrote_while_something_was_unsaved_is_told_afterwards(
    room: Room, book: DraftBook, tasks: HeldTasks
) -> None:
    told: list[object] = []
    book.stored.connect(told.append)
    book.put(draft("Mine"), None)
    room.world.desk.drafts.save(replace(draft("A note"), kind=DraftKind.NOTE))
    assert told == []
    book.flush()
    tasks.finish()
    assert told == [CONVERSATION]


def test_what_others_write_is_told_but_not_our_own(room: Room, book: DraftBook, tasks: HeldTasks) -> None:
    told: list[object] = []
    book.stored.connect(told.append)
    book.put(draft("Mine"), None)
    book.flush()
    tasks.finish()
    assert told == []
    room.world.desk.drafts.save(draft("By a macro"))
    assert told == [CONVERSATION]


def test_only_what_would_be_missed_is_kept() -> None:
    assert draft(" \n").is_empty
    assert not draft("x").is_empty
    assert not replace(draft(""), cc=("boss@example.org",)).is_empty
