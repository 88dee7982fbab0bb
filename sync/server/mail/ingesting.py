"""Turns raw mails that wait into messages: takes some, reads them, and commits what they become in one transaction.

Several processes may do so side by side. A mail is leased while it is read; whether it still waits is asked again in
the transaction that makes it a message, so that it becomes one exactly once, wherever a process stops.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from agent_desktop.domain.clock import Clock, from_microseconds, to_microseconds
from agent_desktop.domain.errors import StoreError
from agent_desktop.domain.ids import Id
from agent_desktop.store.database import Statements
from sync.server.commit import ServerStore
from sync.server.mail.bounces import ReportsOnOurs
from sync.server.mail.deciding import InboundState, MailDecisions, OnOurs, Outcome
from sync.server.mail.held import RELEASED
from sync.server.mail.reading import Arrived, MailReading, RawMailLost, Waiting
from sync.server.mail.threads import NamedReply
from sync.server.many import AMONG, Among
from sync.server.ports import FileKeeper

BATCH = 50
"""So many mails become messages in one transaction."""
BATCH_BYTES = 32_000_000
SLICE = timedelta(seconds=2)
"""After so long of reading, what was read is committed, and others have their turn."""
LEASE = timedelta(minutes=5)
MOST_ATTEMPTS = 6
"""A mail that was begun so often is held."""
LOST, FAILED = "lost", "failed"
_FREE = "state = 'waiting' AND (lease_until <= ? OR lease_until > ?)"
_ANY = f"SELECT 1 FROM inbound WHERE {_FREE} LIMIT 1"  # noqa: S608 - from code
_NEXT = (
    "SELECT inbound_id, channel_id, key, raw_blob, size, received_at, sender, attempts, reason"  # noqa: S608 - from code
    f" FROM inbound WHERE {_FREE} ORDER BY turn LIMIT {BATCH}"
)
_LEASE = f"UPDATE inbound SET lease_until = ?, attempts = attempts + 1 WHERE inbound_id {AMONG}"  # noqa: S608 - from code
_UNTOUCHED = (
    "UPDATE inbound SET lease_until = 0, attempts = attempts - 1"  # noqa: S608 - from code
    f" WHERE state = 'waiting' AND inbound_id {AMONG}"
)
_WAITS = f"SELECT inbound_id FROM inbound WHERE state = 'waiting' AND inbound_id {AMONG}"  # noqa: S608 - from code
_END = (
    "UPDATE inbound SET state = ?, lease_until = 0, done_at = ?, conversation_id = ?, reason = ?, answered_at = ?,"
    " bare_answer = ? WHERE inbound_id = ?"
)
_log = logging.getLogger("agent_desktop.server")


def nothing_signed(name: str) -> Id | None:
    """No name is ours."""
    return None


def no_trusted_host(channel_id: Id) -> str:
    """No mail server's word is taken."""
    return ""


class Ingester:
    """A job of the server's thread. `alone`: no other process takes mails, so what is leased was left by a crash."""

    def __init__(
        self,
        store: ServerStore,
        files: FileKeeper,
        clock: Clock,
        *,
        named_reply: NamedReply = nothing_signed,
        on_ours: OnOurs | None = None,
        trusted_host: Callable[[Id], str] = no_trusted_host,
        alone: bool = True,
    ) -> None:
        self._store = store
        self._clock = clock
        self._named_reply = named_reply
        self._on_ours = on_ours or ReportsOnOurs(named_reply)
        self._reading = MailReading(files, trusted_host)
        self._alone = alone
        self._began = False

    def run(self) -> bool:
        """Let some mails become messages; whether more may wait. Raises StoreError when nothing can be stored now."""
        if self._alone and not self._began:
            with self._store.database.write() as connection:
                connection.execute(
                    "UPDATE inbound SET lease_until = 0 WHERE state = 'waiting' AND lease_until > 0"
                )
        self._began = True
        taken = self._take()
        if not taken:
            return False
        left = list(taken)
        try:
            read, begun = self._read(left)
            if read:
                self._finish(read)
            left = left[begun:]
        finally:
            self._give_back(left)
        return True

    def _take(self) -> list[Waiting]:
        """Lease the mails whose turn it is. One that was begun before is taken alone: whatever ended the program then
        may end it again, and must not be counted against those that were taken together with it.
        """
        now = self._clock.now()
        # No lease reaches so far: the clock was set back since. Another process may be a little ahead.
        free = (to_microseconds(now), to_microseconds(now + 2 * LEASE))
        with self._store.database.read() as connection:
            if connection.execute(_ANY, free).fetchone() is None:
                return []
        with self._store.database.write() as connection:
            taken: list[Waiting] = []
            size = 0
            for row in connection.execute(_NEXT, free).fetchall():
                waiting = _waiting(row)
                size += waiting.size
                if taken and (size > BATCH_BYTES or waiting.attempts):
                    break
                taken.append(waiting)
                if waiting.attempts:
                    break
            until = to_microseconds(now + LEASE)
            connection.execute(_LEASE, (until, Among([one.inbound_id for one in taken])))
        return taken

    def _read(self, taken: Sequence[Waiting]) -> tuple[list[Arrived | Waiting], int]:
        """Read mails as long as there is time, and how many were begun; one that cannot become anything stays as it
        is.
        """
        until = self._clock.now() + SLICE
        read: list[Arrived | Waiting] = []
        begun = 0
        for waiting in taken:
            if begun and self._clock.now() >= until:
                break
            begun += 1
            try:
                read.append(self._reading.read(waiting))
            except RawMailLost:
                _log.error("a raw mail is not where it was stored: %s", waiting.inbound_id)
                read.append(waiting)
            except Exception as error:
                if self._store.database.is_environment(error):
                    raise
                # A defect of ours: the others must not wait for this one.
                self._failed(waiting)
        return read, begun

    def _give_back(self, left: Sequence[Waiting]) -> None:
        """Whoever comes next may take what was not begun."""
        if not left:
            return
        try:
            with self._store.database.write() as connection:
                connection.execute(_UNTOUCHED, (Among([one.inbound_id for one in left]),))
        except StoreError as error:
            _log.warning("mails wait for the end of their lease: %s", error.detail)

    def _finish(self, read: Sequence[Arrived | Waiting]) -> None:
        if len(read) > 1:
            try:
                self._commit(read)
            except Exception as error:
                if self._store.database.is_environment(error):
                    raise
                # One of them is what the database or a handler does not take: each by itself.
            else:
                return
        for one in read:
            self._finish_alone(one)

    def _finish_alone(self, one: Arrived | Waiting) -> None:
        try:
            self._commit([one])
        except Exception as error:
            if self._store.database.is_environment(error):
                raise
            self._failed(one if isinstance(one, Waiting) else one.waiting)

    def _failed(self, waiting: Waiting) -> None:
        """Tell of a mail whose reading or deciding failed, and hold it when it failed so often."""
        _log.exception("a mail could not become a message: %s", waiting.inbound_id)
        if waiting.attempts + 1 >= MOST_ATTEMPTS:
            with self._store.database.write() as connection:
                self._end(connection, waiting, Outcome(InboundState.HELD, reason=FAILED), self._clock.now())

    def _commit(self, read: Sequence[Arrived | Waiting]) -> None:
        with self._store.transaction() as transaction:
            ids = [(one if isinstance(one, Waiting) else one.waiting).inbound_id for one in read]
            waits = {row_id for (row_id,) in transaction.connection.execute(_WAITS, (Among(ids),))}
            left = [one for one, row_id in zip(read, ids, strict=True) if row_id in waits]
            arrivals = [one for one in left if isinstance(one, Arrived)]
            decisions = MailDecisions(
                transaction,
                lambda payload: self._store.report(transaction, payload),
                self._named_reply,
                self._on_ours,
            )
            decisions.expect(arrivals)
            for arrived in arrivals:
                self._end(transaction.connection, arrived.waiting, decisions.take(arrived), transaction.time)
            decisions.threads.write()
            for one in left:
                if isinstance(one, Waiting):
                    self._end(
                        transaction.connection, one, Outcome(InboundState.HELD, reason=LOST), transaction.time
                    )

    @staticmethod
    def _end(connection: Statements, waiting: Waiting, outcome: Outcome, at: datetime) -> None:
        now = to_microseconds(at)
        answered_at = now if outcome.answered else None
        values = (
            outcome.state.value,
            now,
            outcome.conversation_id,
            outcome.reason,
            answered_at,
            int(outcome.bare_answer),
        )
        connection.execute(_END, (*values, waiting.inbound_id))

    def close(self) -> None:
        """End the processes that were started for large mails."""
        self._reading.close()


def _waiting(row: Sequence[Any]) -> Waiting:
    inbound_id, channel_id, key, raw_blob, size, received_at, sender, attempts, reason = row
    return Waiting(
        inbound_id=str(inbound_id),
        channel_id=str(channel_id),
        key=str(key),
        raw_blob=str(raw_blob),
        size=int(size),
        received_at=from_microseconds(int(received_at)),
        sender=str(sender),
        attempts=int(attempts),
        released=reason == RELEASED,
    )
