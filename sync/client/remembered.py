"""What was worked out of an operation that waits: once, for its payload never changes, and it is looked at often."""

from collections.abc import Callable
from typing import Generic, TypeVar

from agent_desktop.domain.ids import Id
from agent_desktop.store.outbox import Pending

MOST = 50_000
"""Of so many operations it is remembered at most, each in some hundred bytes."""
T = TypeVar("T")


class Remembered(Generic[T]):
    """Asks `work` about an operation that it was not asked about yet. Thread-safe where `work` is."""

    def __init__(self, work: Callable[[Pending], T]) -> None:
        self._work = work
        self._found: dict[Id, T] = {}

    def __call__(self, item: Pending) -> T:
        """What was worked out of it."""
        try:
            return self._found[item.id]
        except KeyError:
            found = self._work(item)
        if len(self._found) >= MOST:
            self._found.clear()
        self._found[item.id] = found
        return found
