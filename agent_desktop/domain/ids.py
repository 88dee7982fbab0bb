"""Ids are UUIDv7 made by whoever creates the thing; nothing is ever renumbered or remapped."""

import random
import threading
from collections.abc import Callable
from datetime import datetime
from typing import Protocol, TypeAlias

from agent_desktop.domain.clock import Clock, to_microseconds

Id: TypeAlias = str
"""32 hexadecimal digits of a UUID version 7 (RFC 9562, section 5.7): they sort by the time they were made."""

_RANDOM_BITS = 74
_RANDOM_MASK = (1 << _RANDOM_BITS) - 1
_SYSTEM = random.SystemRandom()
"""What `secrets` asks, too; that one loads OpenSSL."""


class IdSource(Protocol):
    """Maker of new ids."""

    def new(self) -> Id:
        """An id that nobody else has."""
        ...


class TimeOrderedIds:
    """Random ids that sort by the time they were made; those of one millisecond by the order they were made in."""

    def __init__(self, clock: Clock, random_bits: Callable[[int], int] = _SYSTEM.getrandbits) -> None:
        self._clock = clock
        self._random_bits = random_bits
        self._lock = threading.Lock()
        self._last = 0

    def new(self) -> Id:
        """An id of the current millisecond, behind all ids that were made here before."""
        present = max(0, to_microseconds(self._clock.now()) // 1000) << _RANDOM_BITS
        with self._lock:
            self._last = max(self._last + 1, present | self._random_bits(_RANDOM_BITS))
            return _assemble(self._last >> _RANDOM_BITS, self._last & _RANDOM_MASK)


def derived_id(moment: datetime, *parts: str) -> Id:
    """The id of something that follows from `parts`: the same parts and moment give the same id.

    Makes repeated imports and replayed operations idempotent. `moment` gives the sort order.
    """
    # It comes with OpenSSL, and no window waits for that to show its list.
    import hashlib

    digest = hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).digest()
    bits = int.from_bytes(digest[:10], "big") & _RANDOM_MASK
    return _assemble(max(0, to_microseconds(moment) // 1000), bits)


def _assemble(milliseconds: int, random_bits: int) -> Id:
    high, low = random_bits >> 62, random_bits & ((1 << 62) - 1)
    value = (milliseconds & ((1 << 48) - 1)) << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low
    return f"{value:032x}"
