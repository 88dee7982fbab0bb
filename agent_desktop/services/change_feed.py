"""Announces each commit once to everybody who shows something."""

import threading
from collections.abc import Callable

from agent_desktop.domain.changes import ChangeSet

Listener = Callable[[ChangeSet], None]


class ChangeFeed:
    """Listeners are called on the thread that committed; they hand over to their own."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []
        self._lock = threading.Lock()

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Hear of every commit from now on; the result ends it."""
        with self._lock:
            self._listeners.append(listener)

        def unsubscribe() -> None:
            with self._lock:
                if listener in self._listeners:
                    self._listeners.remove(listener)

        return unsubscribe

    def announce(self, changes: ChangeSet) -> None:
        """Tell everybody what one commit changed."""
        if not changes.changes and not changes.bulk:
            return
        with self._lock:
            listeners = tuple(self._listeners)
        for listener in listeners:
            listener(changes)
