"""Which files a server has, as far as it said so. A restored server, known by its new epoch, is asked again."""

from collections.abc import Iterable

from agent_desktop.store.database import Database

_NOTE = (
    "INSERT INTO upload (sha256, epoch, uploaded_at) VALUES (?, ?, ?)"
    " ON CONFLICT (sha256) DO UPDATE SET epoch = excluded.epoch, uploaded_at = excluded.uploaded_at"
)


class Uploads:
    """The table of them in `work.db`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def missing(self, epoch: str, sha256s: Iterable[str]) -> list[str]:
        """Those of these files that are not known to be at the server of this epoch, in their order."""
        there = "SELECT 1 FROM upload WHERE sha256 = ? AND epoch = ?"
        return [sha256 for sha256 in sha256s if not self._database.query(there, (sha256, epoch))]

    def note(self, epoch: str, sha256: str, now: int) -> None:
        """The server has the file, at this time in microseconds."""
        with self._database.write() as connection:
            connection.execute(_NOTE, (sha256, epoch, now))

    def forget(self, sha256s: Iterable[str]) -> None:
        """The server says that it has them no more."""
        with self._database.write() as connection:
            connection.executemany("DELETE FROM upload WHERE sha256 = ?", [(sha256,) for sha256 in sha256s])
