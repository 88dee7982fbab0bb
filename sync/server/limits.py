"""How much of anything a client may ask for: sizes and rates."""

import math
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from agent_desktop.domain.channels import LARGEST_FILE
from sync.server.refusals import too_often

Monotonic = Callable[[], float]
"""Seconds that never go backwards."""
_KEYS = 20_000
"""So many keys a limiter knows; the one unused for longest is forgotten, which can only be in its favour."""


@dataclass(frozen=True, slots=True)
class Rate:
    """`burst` at once, then `per_second`."""

    per_second: float
    burst: float

    def times(self, factor: float) -> "Rate":
        """So many times as much."""
        return Rate(self.per_second * factor, self.burst * factor)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limits of one server process. Sizes are in bytes."""

    body: int = 2_000_000
    """Of a JSON body, unpacked."""
    push: int = 1_500_000
    """Of all payloads of a push together, with room beyond the 1 MB that clients aim at."""
    operations: int = 100
    blob: int = LARGEST_FILE
    chunk: int = 8_000_000
    body_seconds: float = 60.0
    """How long a client may take to hand over a body."""
    requests: Rate = field(default=Rate(50.0, 300.0))
    """For each device, and for each address of those who are not signed in."""
    account_guesses: Rate = field(default=Rate(1 / 60, 30.0))
    """Failed sign-ins of one account from devices that nobody knows, wherever they are."""
    address_guesses: Rate = field(default=Rate(1 / 3, 100.0))
    """Failed sign-ins from one address, at whichever account."""
    streams: int = 5_000
    """Open at once in this process."""
    threads: int = 12
    waiting: int = 300
    """Requests that wait for a thread; more are refused."""


class RateLimiter:
    """A token bucket for each key."""

    def __init__(self, rate: Rate, monotonic: Monotonic) -> None:
        self._rate = rate
        self._monotonic = monotonic
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, key: str) -> float:
        """Seconds until the next token of this key; 0 when there is one now."""
        missing = 1.0 - self._tokens(key)
        return 0.0 if missing <= 0 else missing / self._rate.per_second

    def spend(self, key: str) -> None:
        """Take one token, even where there is none."""
        tokens = max(self._tokens(key) - 1.0, -1.0)
        self._buckets[key] = (tokens, self._monotonic())
        self._buckets.move_to_end(key)
        if len(self._buckets) > _KEYS:
            self._buckets.popitem(last=False)

    def give_back(self, key: str) -> None:
        """Put one token back: it was not needed."""
        self._buckets[key] = (min(self._tokens(key) + 1.0, self._rate.burst), self._monotonic())

    def take(self, key: str) -> None:
        """Take one token. Raises a refusal with 429 where there is none."""
        if seconds := self.wait(key):
            raise too_often(math.ceil(seconds))
        self.spend(key)

    def _tokens(self, key: str) -> float:
        tokens, at = self._buckets.get(key, (self._rate.burst, 0.0))
        gained = (self._monotonic() - at) * self._rate.per_second
        return min(self._rate.burst, tokens + max(0.0, gained))
