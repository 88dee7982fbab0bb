"""Takes away raw mails that became no message: copies of our own, reports on replies, mails that were discarded.

Nobody can see them. Their rows stay, so that a mail that comes again is known; the files go once the time is over that
the workspace keeps raw mails, or that which is meant here where it has chosen none.
"""

from datetime import datetime, timedelta

from agent_desktop.domain.access import SYSTEM_ID
from agent_desktop.domain.audit import AuditAction
from agent_desktop.domain.clock import Clock, from_microseconds, to_microseconds
from agent_desktop.domain.policy import LEGAL_HOLD, policy_of
from agent_desktop.store.database import Statements
from agent_desktop.store.rows import SqlRows
from sync.server.commit import ServerStore
from sync.server.erasing import note
from sync.server.many import AMONG, Among

DAYS = 90
"""So long such a mail is kept where the workspace keeps raw mails for ever: what a report was about may be asked."""
SLICE = 100
EVERY = timedelta(days=1)
_JOB = "raw mails"
_ANY = "SELECT 1 FROM inbound LIMIT 1"
_DECIDED = "'done', 'own', 'discarded'"
_HELD = f"tags LIKE '%{LEGAL_HOLD}%'"
_UNNAMED = (
    f"FROM inbound WHERE state IN ({_DECIDED})"  # noqa: S608 - from code
    " AND raw_blob <> '' AND done_at < ?"
    " AND NOT EXISTS (SELECT 1 FROM message WHERE message.raw_blob = inbound.raw_blob)"
    " AND NOT EXISTS (SELECT 1 FROM conversation p JOIN conversation c ON c.id = coalesce(p.merged_into, p.id)"
    f" WHERE p.id = inbound.conversation_id AND (p.{_HELD} OR c.{_HELD}))"
)
_LEFT = f"SELECT inbound_id, raw_blob {_UNNAMED} LIMIT {SLICE}"
_FORGET = f"UPDATE inbound SET raw_blob = '' WHERE inbound_id {AMONG}"  # noqa: S608 - from code
_NEXT = (
    "INSERT INTO job (name, lease_until, next_at) VALUES (?, 0, ?)"
    " ON CONFLICT (name) DO UPDATE SET next_at = excluded.next_at"
)


def count_unnamed(sql: Statements, before: int) -> int:
    """How many raw mails that became no message were done with before this time, in microseconds."""
    return int(sql.execute(f"SELECT count(*) {_UNNAMED}", (before,)).fetchone()[0])


class UnnamedRawMails:
    """A job of the server's: once a day, a little at a time. Processes that do it at once do no harm."""

    def __init__(self, store: ServerStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._look_at = clock.now()

    def run(self) -> bool:
        """Have one slice go if a day has passed since the last round; whether there may be more."""
        now = self._clock.now()
        if now < self._look_at:
            return False
        with self._store.database.read() as connection:
            any_mail = connection.execute(_ANY).fetchone() is not None
            next_at = connection.execute("SELECT next_at FROM job WHERE name = ?", (_JOB,)).fetchone()
        if not any_mail:
            self._look_at = now + timedelta(hours=1)
            return False
        if next_at is not None and to_microseconds(now) < next_at[0]:
            self._look_at = min(from_microseconds(next_at[0]), now + timedelta(hours=1))
            return False
        return self._slice(now)

    def _slice(self, now: datetime) -> bool:
        with self._store.transaction() as transaction:
            sql = transaction.connection
            days = policy_of(SqlRows(sql, self._store.schema.tables)).raw_days or DAYS
            before = to_microseconds(now - timedelta(days=days))
            left = sql.execute(_LEFT, (before,)).fetchall()
            if not left:
                sql.execute(_NEXT, (_JOB, to_microseconds(now + EVERY)))
                self._look_at = now + timedelta(hours=1)
                return False
            sql.execute(_FORGET, (Among(row_id for row_id, _ in left),))
            # No row stands in two notes: what is forgotten is not found again.
            note(transaction, f"{_JOB} {left[0][0]}", (), {blob for _, blob in left})
            self._store.audit.record(
                sql, now, SYSTEM_ID, None, AuditAction.RETENTION_RAN, None, {"raw": len(left)}
            )
        return True
