"""What statements on the client files rely on, and how rows are read. The tables are made by `store.definitions`."""

from agent_desktop.domain.conversation import ACTIVE
from agent_desktop.domain.delivery import WAITING
from agent_desktop.store.mapping import EntityTables

LATEST = 4_000_000_000_000_000_000
"""A time behind all others: conversations without a due time sort after those with one, newest first."""
WORKED_ON = f"status IN ({', '.join(repr(status.value) for status in ACTIVE)})"
LISTED = "conversation.merged_into IS NULL"
"""Conversations that lists show: those that were merged into another are part of it."""
LISTED_WORKED_ON = f"{WORKED_ON} AND {LISTED}"
LISTED_BY_KEY = (
    "conversation.pk NOT IN (SELECT part.pk FROM conversation AS part WHERE part.merged_into IS NOT NULL)"
)
"""The same where an index has all that is read but this: no row has to be looked up, of those that lists leave out."""
LAST_POSITION = "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'outbox'), 0)"
"""The last position of the outbox that was ever taken: beyond it the replica shows nothing."""
TO_BE_SENT = f"delivery IN ({', '.join(repr(delivery.value) for delivery in sorted(WAITING))})"
"""Word for word in indexes and queries: an index over a part of the rows is used for nothing else."""


class ReplicaSchema:
    """The rows of `replica.db`."""

    def __init__(self) -> None:
        self.tables = EntityTables()
