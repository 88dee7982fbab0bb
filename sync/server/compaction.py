"""Forgets what is only of use to clients that were away for very long: these fetch everything anew."""

from datetime import datetime, timedelta

from agent_desktop.domain.clock import Clock, from_microseconds, to_microseconds
from sync.server.database import ServerDatabase

KEPT = timedelta(days=30)
"""So long a client may be away and go on where it was."""
EVERY = timedelta(days=1)


class Compactor:
    """Notes once a day which version it is, and drops tombstones of versions from before `kept`."""

    def __init__(self, database: ServerDatabase, clock: Clock, kept: timedelta = KEPT) -> None:
        self._database = database
        self._clock = clock
        self._kept = kept
        self._next = datetime.min.replace(tzinfo=clock.now().tzinfo)

    def run(self) -> None:
        """Compact if a day has passed since any process did."""
        now = self._clock.now()
        if now < self._next:
            return
        with self._database.read() as connection:
            (last,) = connection.execute("SELECT max(at) FROM milestone").fetchone()
        if last is None or now - from_microseconds(last) >= EVERY:
            self._compact(now)
            last = to_microseconds(now)
        self._next = from_microseconds(last) + EVERY

    def _compact(self, now: datetime) -> None:
        long_ago = to_microseconds(now - self._kept)
        with self._database.write() as connection:
            # Where nothing happened for a day, the version is as old as its first milestone.
            connection.execute(
                "INSERT INTO milestone (version, at) SELECT version, ? FROM head WHERE TRUE"
                " ON CONFLICT (version) DO NOTHING",
                (to_microseconds(now),),
            )
            (oldest,) = connection.execute(
                "SELECT max(version) FROM milestone WHERE at <= ?", (long_ago,)
            ).fetchone()
            if oldest is None:
                return
            for forgotten in (
                "DELETE FROM tombstone WHERE ver <= ?",
                "DELETE FROM member WHERE until_ver <= ?",
                "DELETE FROM milestone WHERE version < ?",
            ):
                connection.execute(forgotten, (oldest,))
            connection.execute("UPDATE head SET oldest_cursor = ? WHERE oldest_cursor < ?", (oldest, oldest))
