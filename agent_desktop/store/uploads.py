"""Which files a server has, as far as is known. A restored server, known by its new epoch, is asked again."""

import json
from collections.abc import Callable, Iterable

from agent_desktop.store.database import Database

_NOTE = (
    "INSERT INTO upload (sha256, epoch, uploaded_at) VALUES (?, ?, ?)"
    " ON CONFLICT (sha256) DO UPDATE SET epoch = excluded.epoch, uploaded_at = excluded.uploaded_at"
)
_EPOCHS = "SELECT sha256, epoch FROM upload WHERE sha256 IN (SELECT value FROM json_each(?))"
_NAMED = "SELECT sha256 FROM attachment WHERE sha256 IN (SELECT value FROM json_each(?)) AND ver > 0"
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
        asked = list(sha256s)
        noted = dict(self._database.query(_EPOCHS, (json.dumps(asked),))) if asked else {}
        missing = [sha256 for sha256 in asked if not epoch or noted.get(sha256) != epoch]
        gone = [sha256 for sha256 in missing if noted.get(sha256) != _NOWHERE and not is_here(sha256)]
        named = self._named(gone)
        return [sha256 for sha256 in missing if sha256 not in named]

    def _named(self, sha256s: list[str]) -> set[str]:
        """Those that a message from the server names."""
        if self._replica is None or not sha256s:
            return set()
        return {row[0] for row in self._replica.query(_NAMED, (json.dumps(sha256s),))}

    def note(self, epoch: str, sha256: str, now: int) -> None:
        """The server has the file, at this time in microseconds."""
        with self._database.write() as connection:
            connection.execute(_NOTE, (sha256, epoch, now))

    def forget(self, sha256s: Iterable[str]) -> None:
        """The server says that it has them not, whatever is known."""
        with self._database.write() as connection:
            connection.executemany(_NOTE, [(sha256, _NOWHERE, 0) for sha256 in sha256s])
