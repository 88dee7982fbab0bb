"""From the outbox to the wire."""

from agent_desktop.store.outbox import Pending
from sync.protocol.messages import WireOperation


def wire_of(item: Pending, epoch: str, *, skip: bool) -> WireOperation:
    """An operation that has its number, for the server of this epoch; `skip`: it is to be recorded, not run."""
    assert item.number is not None
    return WireOperation(
        id=item.id,
        number=item.number,
        kind=item.kind,
        version=item.version,
        at=item.created_at,
        seen=item.seen,
        payload=item.payload,
        group=item.group,
        together=bool(item.together),  # SQLite has numbers alone
        skip=skip,
        again=item.epoch not in (None, epoch),
    )
