"""Drafts in memory and on disk: nothing overtakes, nothing is lost between the two."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

import pytest
from PySide6.QtWidgets import QApplication

from agent_desktop.domain.errors import StoreError
from agent_desktop.domain.ids import Id
from agent_desktop.services.drafts import Draft, DraftKind
from tests.factories import an_id
from tests.fakes import START
from tests.ui.conftest import Room
from ui.tasks import Tasks, _Job
from ui.viewmodels.draft_book import DraftBook, is_empty

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
        except StoreError as error:
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
    book.save_failed.connect(lambda key, sentence: failures.append(sentence))

    def full(draft: Draft) -> None:
        raise StoreError("The disk is full.")

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
    assert is_empty(draft(" \n"))
    assert not is_empty(draft("x"))
    assert not is_empty(replace(draft(""), cc=("boss@example.org",)))
