"""One world with a time of its own: what happens stands on a heap, and everything in it follows from the plan."""

import heapq
from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256
from random import Random

from tests.fakes import START
from tests.simulation.oracle import must
from tests.simulation.plan import Plan

MOST_EVENTS = 12_000
"""Whoever needs more goes round in circles."""
Happening = Callable[[], None]


class World:
    """Virtual time, chance, and the trace of what happened."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.time = 0.0
        """Seconds since the start."""
        self.pauses = timedelta()
        """Time in which nothing happened and every computer slept."""
        self.calm = False
        """Whether the faults have stopped."""
        self.lines: list[str] = []
        self._heap: list[tuple[float, int, Happening]] = []
        self._count = 0
        self._chances: dict[str, Random] = {}

    def at(self, delay: float, what: Happening) -> None:
        """Let something happen after so many seconds."""
        self._count += 1
        heapq.heappush(self._heap, (self.time + delay, self._count, what))

    def run_until(self, moment: float, done: Callable[[], bool] = lambda: False) -> None:
        """Let happen what happens until then, or until it is `done`, which is looked at every five seconds."""
        look_at = self.time
        while self._heap and self._heap[0][0] <= moment:
            if self.time >= look_at:
                if done():
                    return
                look_at = self.time + 5
            self.time, _, what = heapq.heappop(self._heap)
            must(self._count < MOST_EVENTS, "L1 there is no end")
            what()
        self.time = max(self.time, moment)

    def chance(self, name: str) -> Random:
        """A stream of chance of its own, so that what happens elsewhere does not change it."""
        if name not in self._chances:
            self._chances[name] = self.plan.chance(name)
        return self._chances[name]

    def often(self, fault: str, chance: Random) -> bool:
        """Whether a fault that happens again and again happens now."""
        rate = 0.0 if self.calm else self.plan.rates.get(fault, 0.0)
        return rate > 0 and chance.random() < rate

    def note(self, *words: object) -> None:
        """Write a line of the trace."""
        self.lines.append(f"{self.time:9.3f} {' '.join(map(str, words))}")

    @property
    def trace_hash(self) -> str:
        """The same for the same history."""
        return sha256("\n".join(self.lines).encode("utf-8", "surrogatepass")).hexdigest()


class NodeClock:
    """The clock of one computer, which may be wrong."""

    def __init__(self, world: World, skew: float) -> None:
        self._world = world
        self.skew = timedelta(seconds=skew)

    def now(self) -> datetime:
        """The time that the computer believes it is."""
        return START + timedelta(hours=1, seconds=self._world.time) + self._world.pauses + self.skew
