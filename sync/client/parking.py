"""Operations that have to wait while others overtake them: which those are that must wait with them."""

from collections.abc import Collection, Mapping, Sequence

from agent_desktop.domain.ids import Id
from agent_desktop.domain.operations import kind_of
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


def with_followers(pending: Sequence[Pending], waiting: Collection[Id]) -> frozenset[Id]:
    """Also what was done later to the same thing, or in one go with it: order matters there."""
    if not waiting:
        return frozenset()
    parked: set[Id] = set()
    things: set[Id] = set()
    groups: set[Id] = set()
    for item in pending:
        operation = item.operation()
        about = None if operation is None else kind_of(operation.payload).about(operation.payload)
        if item.id in waiting or about in things or item.group in groups:
            parked.add(item.id)
            if about is not None:
                things.add(about)
            if item.group is not None:
                groups.add(item.group)
    return frozenset(parked)
