"""Operations that have to wait while others overtake them: which those are that must wait with them."""

from collections.abc import Callable, Collection, Mapping, Sequence

from agent_desktop.domain.ids import Id
from agent_desktop.domain.operations import kind_of
from agent_desktop.domain.operations.together import units
from agent_desktop.store.outbox import Pending


def not_understood(pending: Sequence[Pending], operations: Mapping[str, int]) -> frozenset[Id]:
    """Those that a server which knows these kinds, up to these versions, would refuse, and what has to wait with them.

    A server that is older than this program is updated one day, and takes them then. What this program does not know
    itself, for a newer one has stored it, the server may refuse: its verdict keeps it where people see it.
    """
    waiting = {
        item.id
        for item in pending
        if item.version > operations.get(item.kind, 0) and item.operation() is not None
    }
    return with_followers(pending, waiting)


def too_large(pending: Sequence[Pending]) -> frozenset[Id]:
    """Those that a server over a network would not take, and what has to wait with them until they are given up."""
    return with_followers(pending, {item.id for item in pending if item.is_too_large})


def about(item: Pending) -> Id | None:
    """What it is done to; None when nothing else has to wait with it."""
    operation = item.operation()
    return None if operation is None else kind_of(operation.payload).about(operation.payload)


def with_followers(
    pending: Sequence[Pending], waiting: Collection[Id], about: Callable[[Pending], Id | None] = about
) -> frozenset[Id]:
    """Also what was done later to the same thing, or in one go with it: order matters there. What goes together waits
    together. `about` is for whoever knows already what the operations are done to.
    """
    if not waiting:
        return frozenset()
    parked: set[Id] = set()
    things: set[Id] = set()
    groups: set[Id] = set()
    for unit in units(pending):
        done_to = set(filter(None, map(about, unit)))
        group = unit[0].group
        if any(item.id in waiting for item in unit) or not things.isdisjoint(done_to) or group in groups:
            parked |= {item.id for item in unit}
            things |= done_to
            if group is not None:
                groups.add(group)
    return frozenset(parked)
