"""Begins something that is needed soon on a thread of its own, while other things are loaded."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Early(Generic[T]):
    """Work that has begun. A thread that never ends keeps nobody from ending the program."""

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self._results: list[T] = []
        self._problems: list[BaseException] = []
        self._thread = threading.Thread(target=self._run, name="early", daemon=True)
        self._thread.start()

    def wait(self) -> None:
        """Return when the work is over, whatever came of it."""
        self._thread.join()

    def result(self) -> T:
        """What came of it, as soon as that is known. Raises what the work raised."""
        self.wait()
        if self._problems:
            raise self._problems[0]
        return self._results[0]

    def _run(self) -> None:
        try:
            self._results.append(self._work())
        except BaseException as error:  # noqa: BLE001 - a border: handed to whoever asks for the result
            self._problems.append(error)
