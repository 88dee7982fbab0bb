"""What customers have written, found while others write.

Messages are not indexed by who wrote them: every message would pay for a question that is asked when a customer is
exported or erased. All are looked through instead, before the write lock is taken; under it, those that changed since.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from agent_desktop.domain.erasing import family, written_by
from agent_desktop.domain.ids import Id
from agent_desktop.domain.message import Direction, Message
from agent_desktop.domain.rows import Rows
from agent_desktop.store.database import Statements
from sync.server.many import AMONG, Among

_BY_AUTHOR = (
    f"SELECT author_id, id FROM message WHERE author_id {AMONG} AND direction = '{Direction.IN.value}'"  # noqa: S608 - from code
)
_SINCE = "SELECT id FROM message WHERE ver > ?"
_VERSION = "SELECT version FROM head"


@dataclass(frozen=True, slots=True)
class Written:
    """By author, the messages that a customer, and everybody merged with them, had written at this version."""

    version: int
    ids: dict[Id, list[Id]]

    @classmethod
    def look(cls, sql: Statements, rows: Rows, customer_id: Id) -> "Written":
        """Find them. `sql`, and the rows from it, are of one version."""
        ids: dict[Id, list[Id]] = {customer.id: [] for customer in family(rows, customer_id)}
        (version,) = sql.execute(_VERSION).fetchone()
        for author_id, message_id in sql.execute(_BY_AUTHOR, (Among(ids),)):
            ids[author_id].append(message_id)
        return cls(version, ids)

    def within(self, sql: Statements) -> Callable[[Rows, Id], list[Message]]:
        """Finds, in a transaction that began later, what one of them has written by now."""
        return partial(self._now, sql)

    def _now(self, sql: Statements, rows: Rows, author_id: Id) -> list[Message]:
        before = self.ids.get(author_id)
        if before is None:  # merged with them since
            return written_by(rows, author_id)
        changed = (row_id for (row_id,) in sql.execute(_SINCE, (self.version,)))
        found = (rows.get(Message, row_id) for row_id in dict.fromkeys([*before, *changed]))
        return [row for row in found if row and row.author_id == author_id and row.direction is Direction.IN]
