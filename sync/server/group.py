"""Group commit: who waits for the one writing transaction is served by whoever gets it, in one commit for all."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Q = TypeVar("Q")
A = TypeVar("A")


@dataclass(slots=True, eq=False)
class _Call(Generic[Q, A]):
    request: Q
    weight: int
    answer: A | Exception | None = None


class Group(Generic[Q, A]):
    """Runs calls of many threads together, each once, in the order in which they came.

    `run` gives an answer, or an error, for each request of a batch. When it raises, nothing of the batch was done:
    then each request is run alone, unless `for_all` says that the error would be the same for all of them.
    """

    def __init__(
        self,
        run: Callable[[Sequence[Q]], Sequence[A | Exception]],
        for_all: Callable[[Exception], bool],
        most: int,
    ) -> None:
        self._run = run
        self._for_all = for_all
        self._most = most
        self._waiting: deque[_Call[Q, A]] = deque()
        self._turn = threading.Lock()

    def submit(self, request: Q, weight: int) -> A:
        """The answer to a request; a batch has requests of at most `most` weight together, or one."""
        call: _Call[Q, A] = _Call(request, weight)
        self._waiting.append(call)
        with self._turn:
            while call.answer is None:
                self._serve(self._batch())
        if isinstance(call.answer, Exception):
            raise call.answer
        return call.answer

    def _batch(self) -> list[_Call[Q, A]]:
        batch = [self._waiting.popleft()]
        weight = batch[0].weight
        while self._waiting and weight + self._waiting[0].weight <= self._most:
            weight += self._waiting[0].weight
            batch.append(self._waiting.popleft())
        return batch

    def _serve(self, batch: list[_Call[Q, A]]) -> None:
        try:
            answers = self._run([call.request for call in batch])
        except Exception as error:  # noqa: BLE001 - a border: each caller gets it
            if len(batch) > 1 and not self._for_all(error):
                for call in batch:
                    self._serve([call])
                return
            answers = [error] * len(batch)
        except BaseException:
            # The thread that served is ended; the others' requests go on with the next.
            self._waiting.extendleft(reversed(batch))
            raise
        for call, answer in zip(batch, answers, strict=True):
            call.answer = answer
