"""Which pictures on the internet were fetched for a message. Their addresses are kept as hashes: they name readers."""

import hashlib
import json
from collections.abc import Collection, Sequence

from agent_desktop.domain.ids import Id
from agent_desktop.store.database import Database

_NOTE = (
    "INSERT INTO remote_picture (message_id, address, sha256) VALUES (?, ?, ?)"
    " ON CONFLICT (message_id, address) DO UPDATE SET sha256 = excluded.sha256"
)
_OF = "FROM remote_picture WHERE message_id IN (SELECT value FROM json_each(?))"


class RemotePictureNotes:
    """The table of them in `replica.db`: what is lost with it is fetched again when somebody asks."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, message_id: Id, urls: Sequence[str]) -> dict[str, str]:
        """The SHA-256 of those of these pictures that were fetched for a message."""
        rows = self._database.query(f"SELECT address, sha256 {_OF}", (json.dumps([message_id]),))
        known = {str(address): str(sha256) for address, sha256 in rows}
        return {url: known[name] for url in urls if (name := _hashed(url)) in known}

    def note(self, message_id: Id, url: str, sha256: str) -> None:
        """This picture was fetched for a message."""
        with self._database.write() as connection:
            connection.execute(_NOTE, (message_id, _hashed(url), sha256))

    def forget(self, message_ids: Collection[Id]) -> set[str]:
        """Forget those of these messages; the SHA-256s that no other message has."""
        given = (json.dumps(sorted(message_ids)),)
        with self._database.write() as connection:
            named = {str(row[0]) for row in connection.execute(f"SELECT sha256 {_OF}", given)}
            connection.execute(f"DELETE {_OF}", given)
            left = connection.execute(
                "SELECT DISTINCT sha256 FROM remote_picture WHERE sha256 IN (SELECT value FROM json_each(?))",
                (json.dumps(sorted(named)),),
            )
            return named - {str(row[0]) for row in left}

    def forget_gone(self) -> None:
        """Forget those of messages that are not here any more."""
        with self._database.write() as connection:
            connection.execute("DELETE FROM remote_picture WHERE message_id NOT IN (SELECT id FROM message)")


def _hashed(url: str) -> str:
    return hashlib.sha256(url.encode("utf-8", "surrogatepass")).hexdigest()
