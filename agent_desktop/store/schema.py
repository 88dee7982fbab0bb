"""What statements on the client files rely on, and how rows are read. The tables are made by `store.definitions`."""

from agent_desktop.domain.conversation import ACTIVE
from agent_desktop.domain.delivery import WAITING
from agent_desktop.store.mapping import EntityTables

LATEST = 4_000_000_000_000_000_000
"""A time behind all others: conversations without a due time sort after those with one, newest first."""
WORKED_ON = f"status IN ({', '.join(repr(status.value) for status in ACTIVE)})"
LAST_POSITION = "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'outbox'), 0)"
"""The last position of the outbox that was ever taken: beyond it the replica shows nothing."""
TO_BE_SENT = f"delivery IN ({', '.join(repr(delivery.value) for delivery in sorted(WAITING))})"
"""Word for word in indexes and queries: an index over a part of the rows is used for nothing else."""


class ReplicaSchema:
    """The rows of `replica.db`."""

    def __init__(self) -> None:
        self.tables = EntityTables()
