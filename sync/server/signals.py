"""How the processes of one server tell each other what has just happened: what nobody hears is lost."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TypeAlias

LONGEST_TEXT = 4_000
"""So many characters a signal may have: PostgreSQL's NOTIFY carries 8,000 bytes."""


class Topic(StrEnum):
    """What a signal is about."""

    HEAD = "head"
    """A transaction was committed; the text is its version."""
    PRESENCE = "presence"
    """Somebody does something in a conversation; the text is JSON."""
    SESSIONS = "sessions"
    """A device was signed out or a user disabled: look again."""


@dataclass(frozen=True, slots=True)
class Signal:
    """Something that happened in one of the processes."""

    topic: Topic
    text: str = ""


Listener: TypeAlias = Callable[[Signal], None]
"""Is called on any thread and must return at once."""


class Signals(Protocol):
    """Between processes this is LISTEN and NOTIFY of PostgreSQL; in one process, a call."""

    def publish(self, signal: Signal) -> None:
        """Tell every process, this one included. Never raises: whoever misses a signal finds out by itself."""
        ...

    def subscribe(self, listener: Listener) -> None:
        """Call `listener` with each signal."""
        ...


class LocalSignals:
    """Signals of a server that is one process."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []
        self._lock = threading.Lock()

    def publish(self, signal: Signal) -> None:
        """Tell everybody: there is no other process."""
        self.tell(signal)

    def tell(self, signal: Signal) -> None:
        """Tell everybody in this process."""
        with self._lock:
            listeners = tuple(self._listeners)
        for listener in listeners:
            listener(signal)

    def subscribe(self, listener: Listener) -> None:
        """Call `listener` with each signal."""
        with self._lock:
            self._listeners.append(listener)
