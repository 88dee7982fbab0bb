"""How far a replica is, as far as its files tell: what the status line says of it."""

from dataclasses import dataclass

from agent_desktop.store import former
from agent_desktop.store.replica import Replica
from sync.client.scan_place import SCANNED, ScanPlace


@dataclass(frozen=True, slots=True)
class Progress:
    """`waiting` counts unconfirmed operations; of a scan that is under way `done` of `total` rows have come."""

    waiting: int = 0
    done: int = 0
    total: int = 0
    is_anew: bool = False
    """Whether rows of before are shown that have not come anew yet, though they may be gone at the server."""
    is_exact: bool = False


def progress_of(replica: Replica) -> Progress:
    """How far a replica is now. Raises StoreError."""
    state = replica.state()
    place = ScanPlace() if state.scan in (None, SCANNED) else ScanPlace.parse(state.scan)
    with replica.database.read() as connection:
        # The pull behind the scan is still to come when the last page is here, and may even bring a scan of its own.
        is_anew = place.anew or former.is_any(connection)
    return Progress(
        waiting=replica.outbox.count(state.ack),
        done=place.done,
        total=place.total,
        is_anew=is_anew,
        is_exact=bool(state.epoch) and state.scan is None,
    )
