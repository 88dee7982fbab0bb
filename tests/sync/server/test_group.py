"""Group commit: everybody is served once, in order, and nobody pays for another's mistake."""

import threading
from collections.abc import Callable, Sequence

import pytest

from sync.server.group import Group

Run = Callable[[Sequence[int]], list[int | Exception]]


class Full(Exception):
    """The disk is full."""


class Killed(BaseException):
    """The thread that serves is ended."""


class Batches:
    """Answers each number by its double; notes the batches; fails at what a test says."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.done: list[int] = []
        self.wrong: set[int] = set()
        self.full = False
        self.entered = threading.Event()
        self.go_on = threading.Event()
        self.go_on.set()

    def run(self, numbers: Sequence[int]) -> list[int | Exception]:
        self.entered.set()
        assert self.go_on.wait(30)
        self.batches.append(list(numbers))
        if self.full:
            raise Full
        if self.wrong & set(numbers):
            raise ZeroDivisionError
        self.done += numbers
        return [PermissionError() if number < 0 else number * 2 for number in numbers]


def together(
    batches: Batches, numbers: Sequence[int], most: int = 100, run: Run | None = None
) -> dict[int, int | Exception]:
    """Submit the first number, and the others one after the other while it is being served."""
    group: Group[int, int] = Group(run or batches.run, lambda error: isinstance(error, Full), most)
    answers: dict[int, int | Exception] = {}

    def submit(number: int) -> None:
        try:
            answers[number] = group.submit(number, 1)
        except (ArithmeticError, PermissionError, Full) as error:
            answers[number] = error
        except Killed:
            pass

    batches.go_on.clear()
    threads = [threading.Thread(target=submit, args=(number,)) for number in numbers]
    threads[0].start()
    assert batches.entered.wait(30)
    for waiting, thread in enumerate(threads[1:], 1):
        thread.start()
        while len(group._waiting) < waiting:
            threading.Event().wait(0.001)
    batches.go_on.set()
    for thread in threads:
        thread.join()
    return answers


def test_who_waits_is_served_in_one_batch_in_order() -> None:
    batches = Batches()
    assert together(batches, [1, 2, 3, 4]) == {1: 2, 2: 4, 3: 6, 4: 8}
    assert batches.batches == [[1], [2, 3, 4]]


def test_a_batch_has_a_largest_weight() -> None:
    batches = Batches()
    together(batches, [1, 2, 3, 4], most=2)
    assert batches.batches == [[1], [2, 3], [4]]


def test_a_refusal_is_for_its_own_request() -> None:
    answers = together(Batches(), [1, -2, 3])
    assert (answers[1], answers[3]) == (2, 6)
    assert isinstance(answers[-2], PermissionError)


def test_a_request_that_breaks_its_batch_is_alone_with_its_error() -> None:
    batches = Batches()
    batches.wrong = {3}
    answers = together(batches, [1, 2, 3, 4])
    assert isinstance(answers.pop(3), ZeroDivisionError)
    assert answers == {1: 2, 2: 4, 4: 8}
    assert batches.done == [1, 2, 4]


def test_what_fails_for_all_is_tried_once() -> None:
    batches = Batches()
    batches.full = True
    answers = together(batches, [1, 2, 3])
    assert all(isinstance(answer, Full) for answer in answers.values())
    assert batches.batches == [[1], [2, 3]]


def test_who_ends_while_serving_leaves_what_was_asked_to_the_next() -> None:
    batches: list[list[int]] = []

    def run(numbers: Sequence[int]) -> list[int | Exception]:
        batches.append(list(numbers))
        if len(batches) == 1:
            raise Killed
        return [number * 2 for number in numbers]

    group: Group[int, int] = Group(run, lambda error: True, 1)
    with pytest.raises(Killed):
        group.submit(1, 1)
    assert group.submit(2, 1) == 4
    assert batches == [[1], [1], [2]]


def test_those_who_were_served_together_with_who_ends_are_next_and_in_order() -> None:
    batches = Batches()

    def run(numbers: Sequence[int]) -> list[int | Exception]:
        if len(batches.batches) == 1:
            batches.batches.append(list(numbers))
            raise Killed
        return batches.run(numbers)

    answers = together(batches, [1, 2, 3, 4], 2, run)
    assert batches.batches == [[1], [2, 3], [2, 3], [4]]
    assert len(answers) == 3
    assert answers.items() <= {1: 2, 2: 4, 3: 6, 4: 8}.items()
