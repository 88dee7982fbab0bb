"""Takes mail over: once `store` has returned, a mail is here for good, however often it is handed over.

What becomes of it is decided later, by `ingesting`. Nothing is read of it here but its head.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from agent_desktop.domain.clock import EPOCH, Clock, to_microseconds
from agent_desktop.domain.ids import Id, derived_id
from agent_desktop.services.mail.head import key_of
from sync.server.database import ServerDatabase
from sync.server.mail.references import sender_number
from sync.server.ports import FileKeeper

TURN = timedelta(seconds=2)
"""So far behind the one before is the turn of each further mail of a sender: whoever sends thousands waits behind those
who send one, and nobody waits where nobody else does."""
_THERE = "SELECT 1 FROM inbound WHERE inbound_id = ?"
_LAST_TURN = "SELECT max(turn) FROM inbound WHERE sender = ? AND state = 'waiting'"
_INSERT = (
    "INSERT INTO inbound (inbound_id, channel_id, key, raw_blob, size, received_at, sender, state, turn, lease_until,"
    " attempts) VALUES (?, ?, ?, ?, ?, ?, ?, 'waiting', ?, 0, 0) ON CONFLICT (inbound_id) DO NOTHING"
)


def inbound_id(channel_id: Id, key: str) -> Id:
    """By what a mail is known that came on a channel: the same for every copy."""
    return derived_id(EPOCH, "inbound", channel_id, key)


class InboundStore:
    """Keeps raw mails until they have become messages. Implements `InboundPort`."""

    def __init__(self, database: ServerDatabase, files: FileKeeper, clock: Clock) -> None:
        self._database = database
        self._files = files
        self._clock = clock
        self._listeners: list[Callable[[], None]] = []

    def subscribe(self, listener: Callable[[], None]) -> None:
        """Call `listener` when there is something new, on the thread that stored it."""
        self._listeners.append(listener)

    def store(self, channel_id: Id, raw: bytes, received_at: datetime) -> bool:
        """Keep a mail, durably; False when it was here before. Raises StoreError when there is no room for it."""
        number, written_by = key_of(raw)
        key = f"{number:032x}"
        row_id, sender = inbound_id(channel_id, key), sender_number(written_by.address)
        with self._database.read() as connection:
            if connection.execute(_THERE, (row_id,)).fetchone() is not None:
                return False
        blob, now = self._files.put(raw), to_microseconds(self._clock.now())
        with self._database.write() as connection:
            (last,) = connection.execute(_LAST_TURN, (sender,)).fetchone()
            turn = now if last is None else max(now, last + TURN // timedelta(microseconds=1))
            values = (
                row_id,
                channel_id,
                key,
                blob,
                len(raw),
                to_microseconds(received_at),
                sender,
                turn,
            )
            is_new = connection.execute(_INSERT, values).rowcount == 1
        if is_new:
            for listener in self._listeners:
                listener()
        return is_new
