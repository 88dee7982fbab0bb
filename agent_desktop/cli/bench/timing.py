"""Measures two things in turns, so that whatever else the machine does meets both alike."""

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median

from agent_desktop.cli.bench.figure import Reading

Clock = Callable[[], float]
Measured = Callable[[int], object]
"""Is given the number of the round, counted from 0; may give a `Done`."""

CPU: Clock = time.thread_time
"""CPU time of this thread: for what needs no disk and no other thread."""
WALL: Clock = time.perf_counter
_WARM_UP = 2


@dataclass(frozen=True, slots=True)
class Done:
    """When what is measured was done, by the clock, where more happened before it could be told."""

    at: float


def in_turns(
    ours: Measured,
    limit: Measured,
    rounds: int,
    clock: Clock = CPU,
    rest: Callable[[], None] = lambda: None,
) -> Reading:
    """The medians in milliseconds of both, after a few rounds that do not count.

    `rest` comes between them and is not measured.
    """
    our_times: list[float] = []
    limit_times: list[float] = []
    with without_collector():
        for number in range(-_WARM_UP, rounds):
            first = elapsed(ours, number, clock)
            rest()
            second = elapsed(limit, number, clock)
            if number >= 0:
                our_times.append(first)
                limit_times.append(second)
    return Reading(ours=median(our_times), limit=median(limit_times), details={"worst": max(our_times)})


def elapsed(work: Measured, number: int, clock: Clock) -> float:
    """How many milliseconds one round takes."""
    started = clock()
    outcome = work(max(0, number))
    ended = outcome.at if isinstance(outcome, Done) else clock()
    return (ended - started) * 1_000


@contextmanager
def without_collector() -> Iterator[None]:
    """No garbage collection while measuring: in the window it runs by a timer, too."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
