"""What statements on the replica rely on, and how its rows are read. The tables are made by `store.definitions`."""

from agent_desktop.domain.conversation import ACTIVE
from agent_desktop.domain.delivery import WAITING
from agent_desktop.store.mapping import EntityTables

LATEST = 4_000_000_000_000_000_000
"""A time behind all others: conversations without a due time sort after those with one, newest first."""
WORKED_ON = f"status IN ({', '.join(repr(status.value) for status in ACTIVE)})"
TO_BE_SENT = f"delivery IN ({', '.join(repr(delivery.value) for delivery in sorted(WAITING))})"
"""Word for word in indexes and queries: an index over a part of the rows is used for nothing else."""


class ReplicaSchema:
    """The rows of `replica.db`."""

    def __init__(self) -> None:
        self.tables = EntityTables()
