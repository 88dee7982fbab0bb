"""Which files a server has, as far as is known. A restored server, known by its new epoch, is asked again."""

from collections.abc import Callable, Iterable

from agent_desktop.store.database import Database

_NOTE = (
    "INSERT INTO upload (sha256, epoch, uploaded_at) VALUES (?, ?, ?)"
    " ON CONFLICT (sha256) DO UPDATE SET epoch = excluded.epoch, uploaded_at = excluded.uploaded_at"
)
_NOWHERE = ""
"""Stands for the epoch where the server said that it has not got a file."""


class Uploads:
    """The table of them in `work.db`.

    What a message names that came from the server (`replica`) was never sent from here, and need not be: whoever sees
    the message may name the file once more.
    """

    def __init__(self, database: Database, replica: Database | None = None) -> None:
        self._database = database
        self._replica = replica

    def missing(self, epoch: str, sha256s: Iterable[str], is_here: Callable[[str], bool]) -> list[str]:
        """Those of these files that are not known to be at the server of this epoch, in their order. What `is_here` is
        sent rather than looked for: that costs nothing where the server has it.
        """
        return [sha256 for sha256 in sha256s if not self._is_there(epoch, sha256, is_here)]

    def _is_there(self, epoch: str, sha256: str, is_here: Callable[[str], bool]) -> bool:
        noted = {
            row[0] for row in self._database.query("SELECT epoch FROM upload WHERE sha256 = ?", (sha256,))
        }
        if epoch and epoch in noted:
            return True
        return _NOWHERE not in noted and not is_here(sha256) and self._is_named(sha256)

    def _is_named(self, sha256: str) -> bool:
        named = "SELECT 1 FROM attachment WHERE sha256 = ? AND ver > 0 LIMIT 1"
        return self._replica is not None and bool(self._replica.query(named, (sha256,)))

    def note(self, epoch: str, sha256: str, now: int) -> None:
        """The server has the file, at this time in microseconds."""
        with self._database.write() as connection:
            connection.execute(_NOTE, (sha256, epoch, now))

    def forget(self, sha256s: Iterable[str]) -> None:
        """The server says that it has them not, whatever is known."""
        with self._database.write() as connection:
            connection.executemany(_NOTE, [(sha256, _NOWHERE, 0) for sha256 in sha256s])
