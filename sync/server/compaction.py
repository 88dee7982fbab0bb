"""Forgets what is only of use to clients that were away for very long: these fetch everything anew."""

from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update

from agent_desktop.domain.clock import Clock, from_microseconds, to_microseconds
from sync.server.database import ServerDatabase, upsert
from sync.server.schema import ServerSchema

KEPT = timedelta(days=30)
"""So long a client may be away and go on where it was."""
EVERY = timedelta(days=1)


class Compactor:
    """Notes once a day which version it is, and drops tombstones of versions from before `kept`."""

    def __init__(
        self, database: ServerDatabase, schema: ServerSchema, clock: Clock, kept: timedelta = KEPT
    ) -> None:
        self._database = database
        self._schema = schema
        self._clock = clock
        self._kept = kept
        self._next = datetime.min.replace(tzinfo=clock.now().tzinfo)

    def run(self) -> None:
        """Compact if a day has passed since any process did."""
        now = self._clock.now()
        if now < self._next:
            return
        milestone = self._schema.milestone
        with self._database.read() as connection:
            last = connection.execute(select(func.max(milestone.c.at))).scalar()
        if last is None or now - from_microseconds(last) >= EVERY:
            self._compact(now)
            last = to_microseconds(now)
        self._next = from_microseconds(last) + EVERY

    def _compact(self, now: datetime) -> None:
        head, milestone = self._schema.head, self._schema.milestone
        tombstone, member = self._schema.tombstone, self._schema.member
        long_ago = to_microseconds(now - self._kept)
        with self._database.write() as connection:
            version = connection.execute(select(head.c.version)).scalar_one()
            # Where nothing happened for a day, the version is as old as its first milestone.
            new = {"version": version, "at": to_microseconds(now)}
            upsert(connection, milestone, ["version"], new, {"version": version})
            oldest = connection.execute(
                select(func.max(milestone.c.version)).where(milestone.c.at <= long_ago)
            ).scalar()
            if oldest is None:
                return
            connection.execute(delete(tombstone).where(tombstone.c.ver <= oldest))
            connection.execute(delete(member).where(member.c.until_ver <= oldest))
            connection.execute(delete(milestone).where(milestone.c.version < oldest))
            connection.execute(update(head).where(head.c.oldest_cursor < oldest).values(oldest_cursor=oldest))
