"""What goes into one push, so that an operation which the server does not survive is found and left out.

Whoever was in a push that died is under suspicion, and goes with fewer others the next time: after a few deaths each
goes alone. What died alone often enough is sent to be skipped. The deaths are kept with the operations, so neither a
restart nor the success of others makes the search begin again; and what is confirmed is under suspicion no more.
"""

from collections.abc import Callable, Collection, Iterable, Sequence

from agent_desktop.domain.ids import Id
from agent_desktop.domain.operations.together import LARGEST_TOGETHER, MOST_TOGETHER, units
from agent_desktop.store.outbox import Pending

PUSH_OPERATIONS = MOST_TOGETHER
PUSH_BYTES = LARGEST_TOGETHER
"""So many operations, and so many bytes of them, go at once; but what goes together, or alone, always does."""
FIRST_LOOK = 2 * PUSH_OPERATIONS
"""So many of the oldest are looked at first, where many wait."""
ALONE = 3
"""After so many deaths an operation goes alone."""
SKIPPED = 8
"""After so many deaths the server is asked not to run it."""


def first_push(
    pending: Callable[[int], Sequence[Pending]], parked: Callable[[Sequence[Pending]], Collection[Id]]
) -> list[Pending]:
    """What goes next of what is pending (so many of the oldest; -1: all) without what is parked: looked for among the
    oldest, and among all only where those do not fill a push. What is parked must follow from what is older.
    """
    for most in (FIRST_LOOK, -1):
        oldest = pending(most)
        left_out = parked(oldest)
        waiting = [item for item in oldest if item.id not in left_out]
        chosen = next_push(waiting)
        if len(chosen) < len(waiting):
            break  # what goes is whole: only the last, which does not go, may go on behind what was looked at
    return chosen


def next_push(waiting: Iterable[Pending]) -> list[Pending]:
    """The first of those that wait, as many as may go together."""
    chosen: list[Pending] = []
    most, size = PUSH_OPERATIONS, 0
    for unit in units(waiting):
        most = min(most, *(_most_beside(item.deaths) for item in unit))
        size += sum(len(item.payload.encode()) for item in unit)
        if chosen and (len(chosen) + len(unit) > most or size > PUSH_BYTES):
            break
        chosen += unit
    return chosen


def _most_beside(deaths: int) -> int:
    return max(PUSH_OPERATIONS // 4**deaths, 1) if deaths < ALONE else 1


def is_skipped(push: Sequence[Pending]) -> bool:
    """Whether the server is to record these as failed without running them."""
    return all(item.deaths >= SKIPPED for item in push)
