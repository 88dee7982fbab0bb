"""How a replica begins to fetch everything anew: from nothing, or over the rows that are here and may still be seen."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from agent_desktop.domain.access import sees
from agent_desktop.store.replica import Delta, Replica
from sync.client.deltas import delta_of_pages
from sync.client.scan_place import ScanPlace
from sync.protocol.messages import PullAnswer


def from_nothing(epoch: str) -> Delta:
    """A scan into an empty replica: all rows go first."""
    return Delta(epoch=epoch, cursor=0, ack=0, scan=ScanPlace().text(), anew=True)


def over_what_is_here(epoch: str, ack: int) -> Delta:
    """A scan over the rows that are here, which stay until they come anew."""
    return Delta(epoch=epoch, cursor=0, ack=ack, scan=ScanPlace(anew=True).text(), renews=True)


def instead_of(pages: Sequence[PullAnswer], ack: int) -> Delta:
    """A scan in place of these pages, which are alike and too many: what they say is gone goes at once."""
    gone = delta_of_pages(list(pages))
    return replace(over_what_is_here(pages[-1].epoch, ack), lost=gone.lost, removed=gone.removed)


def as_told(answer: PullAnswer, replica: Replica, ack: int) -> Delta:
    """What a server asks for that cannot go on from the cursor: what its user may not see any more goes at once."""
    if answer.sees is None:
        return from_nothing(answer.epoch)
    return replace(over_what_is_here(answer.epoch, ack), lost=unseen(replica, answer.sees))


def unseen(replica: Replica, held: Collection[str]) -> list[str]:
    """The scopes of rows that are here, and that somebody does not see who sees these. It looks at every row."""
    return sorted(scope for scope in replica.scopes() if not sees(held, scope))
