"""Sending to customers: a transactional outbox with a lease, and a question before any second attempt."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from agent_desktop.domain.clock import Clock, from_microseconds, to_microseconds
from agent_desktop.domain.message import Attachment, Delivery, Message
from agent_desktop.domain.operations.message import ASKING, ReportDelivery
from agent_desktop.domain.workspace import Channel
from agent_desktop.store.rows import SqlRows
from sync.server.commit import ServerStore
from sync.server.following import MAYBE_SENT
from sync.server.ports import ChannelPort, Outgoing, SendResult
from sync.server.transaction import Transaction

LEASE = timedelta(minutes=10)
FIRST_RETRY, LAST_RETRY = timedelta(seconds=30), timedelta(minutes=30)
BATCH = 50
_NEXT = "SELECT min(not_before) FROM outbound WHERE state = 'queued'"
_DUE = (
    "SELECT message_id FROM outbound WHERE state = 'queued' AND not_before <= ? ORDER BY not_before LIMIT ?"
)
_STUCK = "SELECT message_id FROM outbound WHERE state = 'sending' AND (lease_until <= ? OR lease_until > ?)"
_TAKE = (
    "UPDATE outbound SET state = 'sending', attempts = attempts + 1, lease_until = ?"
    " WHERE message_id = ? AND state = 'queued'"
)
# Who answers meanwhile has it held, and what is held does not leave.
_END = f"UPDATE outbound SET state = ?, lease_until = 0 WHERE message_id = ? AND state != '{MAYBE_SENT}'"  # noqa: S608 - from code
_log = logging.getLogger("agent_desktop.server")
NOT_CONNECTED = "This channel is not connected yet. The reply is kept and goes out once it is."

STOPPED = "The program stopped while this was being sent."
NOBODY_KNOWS = "The channel was asked and cannot say whether this arrived."


class OutboundWorker:
    """Takes replies that are due, one lease at a time, and reports what became of them."""

    def __init__(
        self, store: ServerStore, clock: Clock, port_of: Callable[[Channel], ChannelPort | None]
    ) -> None:
        self._store = store
        self._clock = clock
        self._port_of = port_of

    def next_due(self) -> datetime | None:
        """When the next reply may leave; None when nothing waits."""
        with self._store.database.read() as connection:
            (found,) = connection.execute(_NEXT).fetchone()
        return None if found is None else from_microseconds(found)

    def run_due(self) -> int:
        """Send what is due now; how many attempts were made."""
        now = to_microseconds(self._clock.now())
        with self._store.database.read() as connection:
            ids = [message_id for (message_id,) in connection.execute(_DUE, (now, BATCH))]
            # No lease reaches so far: the clock was set back since. Another process may be a little ahead.
            beyond = to_microseconds(self._clock.now() + 2 * LEASE)
            unfinished = [message_id for (message_id,) in connection.execute(_STUCK, (now, beyond))]
        for message_id in unfinished:
            self._resolve(message_id)
        return sum(self._send(message_id) for message_id in ids)

    def recover(self) -> None:
        """At start no attempt of ours can be running: whatever was being sent is asked about."""
        with self._store.database.write() as connection:
            connection.execute("UPDATE outbound SET lease_until = 0 WHERE state = 'sending'")

    def _load(self, message_id: str) -> Outgoing | None:
        with self._store.database.read() as connection:
            rows = SqlRows(connection, self._store.schema.tables)
            message = rows.get(Message, message_id)
            if message is None or message.channel_id is None:
                return None
            channel = rows.get(Channel, message.channel_id)
            if channel is None:
                return None
            return Outgoing(message, channel, tuple(rows.query(Attachment, message_id=message_id)))

    def _send(self, message_id: str) -> int:
        outgoing = self._load(message_id)
        port = None if outgoing is None else self._port_of(outgoing.channel)
        if outgoing is None or port is None:
            self._finish(message_id, outgoing, SendResult(Delivery.QUEUED, NOT_CONNECTED), "unconnected")
            return 0
        if not self._lease(outgoing):
            return 0
        try:
            result = port.send(outgoing)
        except OSError as error:
            _log.info("the end of an attempt was not seen: %s", error)
            return 1  # asked about when the lease is over
        self._finish(message_id, outgoing, result, result.delivery.value)
        return 1

    def _lease(self, outgoing: Outgoing) -> bool:
        """Write the attempt down before it is made; False when somebody called the reply back meanwhile."""
        until = to_microseconds(self._clock.now() + LEASE)
        with self._store.transaction() as transaction:
            taken = transaction.connection.execute(_TAKE, (until, outgoing.message.id))
            if taken.rowcount != 1:
                return False
            self._store.report(
                transaction,
                ReportDelivery(
                    conversation_id=outgoing.message.conversation_id,
                    message_id=outgoing.message.id,
                    delivery=Delivery.SENDING,
                ),
            )
        return True

    def _resolve(self, message_id: str) -> None:
        """An attempt whose end nobody saw: ask the provider; when it cannot know, a person decides."""
        outgoing = self._load(message_id)
        port = None if outgoing is None else self._port_of(outgoing.channel)
        try:
            found = port.find(message_id) if port is not None else None
        except OSError as error:
            _log.info("the provider could not be asked: %s", error)
            return
        if found is None:
            again = outgoing is not None and outgoing.message.delivery_detail == ASKING
            found = SendResult(Delivery.UNKNOWN, NOBODY_KNOWS if again else STOPPED)
        self._finish(message_id, outgoing, found, found.delivery.value)

    def _finish(self, message_id: str, outgoing: Outgoing | None, result: SendResult, state: str) -> None:
        with self._store.transaction() as transaction:
            transaction.connection.execute(_END, (state, message_id))
            if state == Delivery.QUEUED.value:
                self._put_off(transaction, message_id)
            if outgoing is not None:
                self._store.report(
                    transaction,
                    ReportDelivery(
                        conversation_id=outgoing.message.conversation_id,
                        message_id=message_id,
                        delivery=result.delivery,
                        detail=result.detail,
                    ),
                )

    def _put_off(self, transaction: Transaction, message_id: str) -> None:
        """The next attempt comes later, and each time later than the one before."""
        connection = transaction.connection
        found = connection.execute(
            "SELECT attempts FROM outbound WHERE message_id = ?", (message_id,)
        ).fetchone()
        if found is not None:
            wait = min(FIRST_RETRY * 2 ** min(found[0], 16) // 2, LAST_RETRY)
            due = to_microseconds(self._clock.now() + wait)
            connection.execute("UPDATE outbound SET not_before = ? WHERE message_id = ?", (due, message_id))

    def reconnect(self) -> None:
        """A channel was connected: what waited for it is due again."""
        with self._store.database.write() as connection:
            connection.execute("UPDATE outbound SET state = 'queued' WHERE state = 'unconnected'")
