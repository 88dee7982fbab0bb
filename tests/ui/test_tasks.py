"""Work leaves the GUI thread, comes back to it, and nothing that is out of date arrives."""

import threading
from collections.abc import Callable, Iterator
from functools import partial

import pytest
from PySide6.QtCore import QObject
from pytestqt.exceptions import capture_exceptions
from pytestqt.qtbot import QtBot
from shiboken6 import delete

from agent_desktop.domain.errors import AppError, Reason, Rejected
from ui.tasks import InlineTasks, Tasks, sentence_of


@pytest.fixture
def tasks(qtbot: QtBot) -> Iterator[Tasks]:
    tasks = Tasks()
    yield tasks
    tasks.close()


def test_work_is_done_elsewhere_and_delivered_here(tasks: Tasks, qtbot: QtBot) -> None:
    worked_on: list[threading.Thread] = []
    delivered_on: list[threading.Thread] = []
    results: list[int] = []

    def work() -> int:
        worked_on.append(threading.current_thread())
        return 7

    def then(result: int) -> None:
        delivered_on.append(threading.current_thread())
        results.append(result)

    tasks.read(work, then)
    assert results == []
    qtbot.waitUntil(lambda: tasks.idle)
    assert results == [7]
    assert worked_on != [threading.main_thread()]
    assert delivered_on == [threading.main_thread()]


def test_writes_happen_in_the_order_they_were_asked_for(tasks: Tasks, qtbot: QtBot) -> None:
    done: list[int] = []
    for number in range(50):
        tasks.write(lambda number=number: done.append(number))
    qtbot.waitUntil(lambda: tasks.idle)
    assert done == list(range(50))


def test_an_older_result_of_the_same_key_never_arrives(tasks: Tasks, qtbot: QtBot) -> None:
    release = threading.Event()
    results: list[str] = []

    def slow() -> str:
        release.wait(5)
        return "old"

    tasks.read(slow, results.append, key="list")
    tasks.read(lambda: "new", results.append, key="list")
    release.set()
    qtbot.waitUntil(lambda: tasks.idle)
    assert results == ["new"]


def test_a_cancelled_read_is_not_delivered(tasks: Tasks, qtbot: QtBot) -> None:
    results: list[str] = []
    tasks.read(lambda: "never", results.append, key="list")
    tasks.cancel("list")
    qtbot.waitUntil(lambda: tasks.idle)
    assert results == []


def test_foreseen_errors_go_to_the_caller_or_to_the_window(tasks: Tasks, qtbot: QtBot) -> None:
    def refuse() -> None:
        raise Rejected(Reason.TAKEN)

    def break_down() -> None:
        raise AppError("The disk is full.")

    taken: list[str] = []
    with qtbot.waitSignal(tasks.problem) as shown:
        tasks.write(refuse, failed=lambda problem: taken.append(sentence_of(problem)))
        tasks.write(break_down)
    assert taken == ["A colleague has taken this conversation already."]
    assert sentence_of(shown.args[0]) == "The disk is full."


def test_a_defect_reaches_the_exception_hook(tasks: Tasks, qtbot: QtBot) -> None:
    with capture_exceptions() as caught:
        tasks.read(lambda: 1 // 0, lambda result: None)
        qtbot.waitUntil(lambda: tasks.idle)
    assert [kind for kind, _, _ in caught] == [ZeroDivisionError]


def test_closing_finishes_writes_and_delivers_nothing_more(qtbot: QtBot) -> None:
    tasks = Tasks()
    written: list[int] = []
    delivered: list[object] = []
    for number in range(20):
        tasks.write(lambda number=number: written.append(number), delivered.append)
    tasks.close()
    tasks.write(lambda: written.append(99))
    assert written == list(range(20))
    assert delivered == []


class Pane(QObject):
    """Something that waits for a result and is closed before it comes."""

    def show(self, value: int) -> None:
        raise AssertionError(value)

    def callbacks(self) -> list[Callable[[int], None]]:
        def show(value: int) -> None:
            self.show(value)

        return [self.show, partial(self.show), show, lambda value: self.show(value), partial(show)]


@pytest.mark.parametrize("kind", range(5))
def test_a_receiver_that_is_gone_is_left_alone(tasks: Tasks, qtbot: QtBot, kind: int) -> None:
    parent = QObject()
    pane = Pane(parent)
    tasks.read(lambda: 1, pane.callbacks()[kind])
    delete(parent)
    qtbot.waitUntil(lambda: tasks.idle)


def test_inline_tasks_answer_at_once(qtbot: QtBot) -> None:
    tasks = InlineTasks()
    results: list[int] = []
    tasks.read(lambda: 1, results.append)
    tasks.write(lambda: 2, results.append)
    assert results == [1, 2]
    with pytest.raises(ZeroDivisionError):
        tasks.read(lambda: 1 // 0, results.append)
    tasks.close()
