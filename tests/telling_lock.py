"""A lock that tells when somebody has to wait for it: then a test knows that two threads have met."""

import threading
from collections.abc import Callable
from types import TracebackType


class TellingLock:
    """Stands for an `RLock` in `with`, and calls `waits` before it lets somebody wait."""

    def __init__(self, waits: Callable[[], object]) -> None:
        self._waits = waits
        self._real = threading.RLock()

    def __enter__(self) -> None:
        if not self._real.acquire(blocking=False):
            self._waits()
            self._real.acquire()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._real.release()
