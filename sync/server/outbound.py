"""Sending to customers: a transactional outbox with a lease, and a question before any second attempt.

A reply goes through these states of `outbound`: `queued`, `trying` (an attempt is made, and the provider surely does
not have it), `sending` (the provider may have it), and what became of it. Each step is committed before the next.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from agent_desktop.domain.clock import Clock, from_microseconds, to_microseconds
from agent_desktop.domain.ids import Id
from agent_desktop.domain.message import Delivery, Message
from agent_desktop.domain.operations.message import ASKING, ReportDelivery
from agent_desktop.domain.workspace import Channel
from agent_desktop.store.database import Statements
from agent_desktop.store.rows import SqlRows
from sync.server.commit import ServerStore
from sync.server.following import MAYBE_SENT
from sync.server.lanes import Lanes
from sync.server.many import AMONG, Among
from sync.server.outbound_recipients import Recipients, tried_no_more
from sync.server.outgoing import load_outgoing
from sync.server.ports import (
    ALL_ALIKE,
    ByRecipient,
    ChannelPort,
    Outgoing,
    ReadFile,
    SendResult,
    TakenBack,
    no_files,
)
from sync.server.transaction import Transaction

LEASE = timedelta(minutes=10)
FIRST_RETRY, LAST_RETRY = timedelta(seconds=30), timedelta(minutes=30)
BATCH = 50
_CHANNEL = "SELECT channel_id FROM message WHERE id = outbound.message_id"
_FREE = f"NOT (coalesce(({_CHANNEL}), '') {AMONG})"
_NEXT = f"SELECT min(not_before) FROM outbound WHERE state = 'queued' AND {_FREE}"  # noqa: S608 - from code
_DUE = (
    f"SELECT message_id, ({_CHANNEL}) FROM outbound"  # noqa: S608 - from code
    f" WHERE state = 'queued' AND not_before <= ? AND {_FREE} ORDER BY not_before LIMIT ?"
)
_STUCK = (
    f"SELECT message_id, ({_CHANNEL}) FROM outbound"  # noqa: S608 - from code
    f" WHERE state IN ('trying', 'sending') AND (lease_until <= ? OR lease_until > ?) AND {_FREE}"
)
_TAKE = (
    "UPDATE outbound SET state = 'trying', attempts = attempts + 1, lease_until = ?"
    " WHERE message_id = ? AND state = 'queued'"
)
_HAND_OVER = (
    "UPDATE outbound SET state = 'sending', lease_until = ?, recipients = ?"
    " WHERE message_id = ? AND state = 'trying' AND attempts = ?"
)
# Who answers meanwhile has it held, and what is held does not leave.
_END = f"""UPDATE outbound SET state = ?, recipients = ?, lease_until = 0
    WHERE message_id = ? AND state != '{MAYBE_SENT}'"""  # noqa: S608 - from code
_UNTRIED = (
    "UPDATE outbound SET state = 'queued', lease_until = 0"
    " WHERE message_id = ? AND state = 'trying' AND attempts = ?"
)
_ASK_LATER = (
    "UPDATE outbound SET lease_until = ?"
    " WHERE message_id = ? AND state = 'sending' AND attempts = ? AND lease_until = ?"
)
_UNCONNECTED = "UPDATE outbound SET state = 'unconnected' WHERE message_id = ? AND state = 'queued'"
# Of a channel that may send so much a minute; a clock that was set back since makes nobody wait.
_TAKE_TURN = (
    "INSERT INTO job (name, lease_until, next_at) VALUES (?, 0, ?) ON CONFLICT (name)"
    " DO UPDATE SET next_at = excluded.next_at WHERE job.next_at <= ? OR job.next_at > ?"
)
_TURN = "SELECT next_at FROM job WHERE name = ?"
_OTHERS = "SELECT 1 FROM outbound WHERE message_id = ? AND NOT (attempts = ? AND lease_until = ?)"
_PUT_OFF = "UPDATE outbound SET not_before = ? WHERE message_id = ?"
_log = logging.getLogger("agent_desktop.server")
NOT_CONNECTED = "This channel is not connected yet. The reply is kept and goes out once it is."
NOT_REACHED = "The provider could not be reached. The reply is kept and sent again in a while."
STOPPED = "The program stopped while this was being sent."
NOBODY_KNOWS = "The channel was asked and cannot say whether this arrived."
GIVEN_UP = "It was tried again and again and is not tried any more. The last answer: {detail}"


@dataclass(slots=True)
class _Attempt:
    """An attempt as it stands in the table: where that says something else, another one came after it."""

    number: int
    recipients: Recipients
    lease: int


class OutboundWorker:
    """Takes replies that are due, one lease at a time, and reports what became of them."""

    def __init__(
        self,
        store: ServerStore,
        clock: Clock,
        port_of: Callable[[Channel], ChannelPort | None],
        read: ReadFile = no_files,
    ) -> None:
        self._store = store
        self._clock = clock
        self._port_of = port_of
        self._read = read
        self._lanes = Lanes(clock)
        self._stopping = False

    # ----- when

    def start(self, done: Callable[[], None]) -> None:
        """Send each channel's replies on a thread of its own from now on; `done` is called when one is over."""
        self._lanes.start(done)

    def stop(self, seconds: float) -> bool:
        """Hand nothing over any more, and wait for what is being handed over; whether it is over."""
        self._stopping = True
        return self._lanes.stop(seconds)

    def next_due(self) -> datetime | None:
        """When the next reply may leave; None when nothing waits but for channels that say themselves when."""
        if self._lanes.full:
            return None
        blocked = Among(sorted(self._lanes.blocked()))
        with self._store.database.read() as connection:
            (found,) = connection.execute(_NEXT, (blocked,)).fetchone()
        times = [self._lanes.wakes_at(), None if found is None else from_microseconds(found)]
        return min((moment for moment in times if moment is not None), default=None)

    def run_due(self) -> int:
        """Send what is due now, or begin to; how many attempts were made."""
        now = to_microseconds(self._clock.now())
        blocked = Among(sorted(self._lanes.blocked()))
        with self._store.database.read() as connection:
            due = connection.execute(_DUE, (now, blocked, BATCH)).fetchall()
            # No lease reaches so far: the clock was set back since. Another process may be a little ahead.
            beyond = to_microseconds(self._clock.now() + 2 * LEASE)
            unfinished = connection.execute(_STUCK, (now, beyond, blocked)).fetchall()
        work: dict[Id, tuple[list[Id], list[Id]]] = {}
        for place, found in enumerate((unfinished, due)):
            for message_id, channel_id in found:
                work.setdefault(channel_id or "", ([], []))[place].append(message_id)
        return sum(
            self._lanes.run(channel_id, _bound(self._work, *both)) for channel_id, both in work.items()
        )

    def _work(self, unfinished: list[Id], due: list[Id]) -> int:
        """One channel's part, in the order in which it is due; how many attempts were made."""
        for message_id in unfinished:
            self._resolve(message_id)
        attempts = 0
        for message_id in due:
            if self._stopping:
                break
            outgoing = self._load(message_id)
            port = None if outgoing is None else self._port_of(outgoing.channel)
            if outgoing is None or port is None:
                self._wait_for_account(message_id, outgoing)
                continue
            wait = self._turn(channel_id=outgoing.channel.id, pause=port.pause)
            if wait:
                self._lanes.rest(outgoing.channel.id, wait)
                break
            sent = self._send(outgoing, port)
            attempts += sent
            if sent and port.pause:
                self._lanes.rest(outgoing.channel.id, port.pause)
                break
        return attempts

    def _turn(self, channel_id: Id, pause: timedelta) -> timedelta:
        """Take the turn of a channel, which all processes share; how long to wait where it is not here yet."""
        if not pause:
            return pause
        moment = self._clock.now()
        name, now, until = f"sending {channel_id}", to_microseconds(moment), to_microseconds(moment + pause)
        with self._store.database.write() as connection:
            if connection.execute(_TAKE_TURN, (name, until, now, until)).rowcount == 1:
                return timedelta()
            (next_at,) = connection.execute(_TURN, (name,)).fetchone()
        return timedelta(microseconds=max(int(next_at) - now, 1))

    def recover(self) -> None:
        """At start no attempt of ours can be running: whatever was being sent is asked about."""
        with self._store.database.write() as connection:
            connection.execute("UPDATE outbound SET lease_until = 0 WHERE state IN ('trying', 'sending')")

    def reconnect(self) -> None:
        """A channel was connected: what waited for it is due again."""
        with self._store.database.write() as connection:
            connection.execute("UPDATE outbound SET state = 'queued' WHERE state = 'unconnected'")

    # ----- one attempt

    def _load(self, message_id: Id) -> Outgoing | None:
        with self._store.database.read() as connection:
            return load_outgoing(SqlRows(connection, self._store.schema.tables), message_id, self._read)

    def _send(self, outgoing: Outgoing, port: ChannelPort) -> int:
        message_id = outgoing.message.id
        attempt = self._take(message_id)
        if attempt is None:
            return 0
        handed_over = False

        def hand_over(recipients: ByRecipient = ALL_ALIKE) -> None:
            nonlocal handed_over
            self._hand_over(outgoing, attempt, recipients)
            handed_over = True

        try:
            result = port.send(replace(outgoing, settled=attempt.recipients.settled), hand_over)
        except TakenBack:
            with self._store.database.write() as connection:
                connection.execute(_UNTRIED, (message_id, attempt.number))
            return 0
        except OSError as error:
            _log.info("the end of an attempt was not seen: %s", error)
            if handed_over:
                return 1  # asked about when the lease is over
            result = SendResult(Delivery.QUEUED, NOT_REACHED)
        if attempt.number > attempts_within(port.patience):
            result = tried_no_more(result, GIVEN_UP)
        self._finish(message_id, outgoing, result, attempt)
        if result.afterwards is not None:
            result.afterwards()
        return 1

    def _take(self, message_id: Id) -> _Attempt | None:
        """Write an attempt down before it is made; None when the reply is not to be sent any more."""
        until = to_microseconds(self._clock.now() + LEASE)
        with self._store.database.write() as connection:
            if connection.execute(_TAKE, (until, message_id)).rowcount != 1:
                return None
            return _Attempt(*_standing(connection, message_id), until)

    def _hand_over(self, outgoing: Outgoing, attempt: _Attempt, recipients: ByRecipient) -> None:
        """Write down that the provider may have the reply from now on. Raises TakenBack when it must not get it."""
        if self._stopping:
            raise TakenBack
        until = to_microseconds(self._clock.now() + LEASE)
        with self._store.transaction() as transaction:
            message_id = outgoing.message.id
            handed = attempt.recipients.handed_over(recipients)
            values = (until, handed.column, message_id, attempt.number)
            if transaction.connection.execute(_HAND_OVER, values).rowcount != 1:
                raise TakenBack
            message = transaction.rows.get(Message, message_id)
            if message is not None and message.delivery is Delivery.QUEUED:  # else somebody has it already
                self._report(transaction, message, Delivery.SENDING)
        attempt.lease = until

    # ----- afterwards

    def _resolve(self, message_id: Id) -> None:
        """An attempt whose end nobody saw: ask the provider; when it cannot know, a person decides."""
        with self._store.database.write() as connection:
            found = connection.execute(
                "SELECT state, attempts, lease_until, recipients FROM outbound WHERE message_id = ?",
                (message_id,),
            ).fetchone()
            if found is None or found[0] not in ("trying", "sending"):
                return
            if found[0] == "trying":  # it was never handed over
                connection.execute(_UNTRIED, (message_id, found[1]))
                connection.execute(_PUT_OFF, (self._next_attempt(found[1]), message_id))
                return
        attempt = _Attempt(found[1], Recipients.read(found[3]), found[2])
        outgoing = self._load(message_id)
        port = None if outgoing is None else self._port_of(outgoing.channel)
        try:
            # Where somebody had the reply before, that it is there says nothing about the others.
            asked = port is not None and not attempt.recipients.reached
            answer = port.find(message_id) if port is not None and asked else None
        except OSError as error:
            _log.info("the provider could not be asked: %s", error)
            with self._store.database.write() as connection:
                later = to_microseconds(self._clock.now() + FIRST_RETRY)
                connection.execute(_ASK_LATER, (later, message_id, attempt.number, attempt.lease))
            return
        if answer is None:
            again = outgoing is not None and outgoing.message.delivery_detail == ASKING
            answer = SendResult(Delivery.UNKNOWN, NOBODY_KNOWS if again else STOPPED)
        self._finish(message_id, outgoing, answer, attempt)

    def _finish(
        self, message_id: Id, outgoing: Outgoing | None, result: SendResult, attempt: _Attempt
    ) -> None:
        """Write down what became of an attempt. What another one after it does is not undone: only that a reply was
        sent is true whoever says it.
        """
        with self._store.transaction() as transaction:
            connection = transaction.connection
            others = connection.execute(_OTHERS, (message_id, attempt.number, attempt.lease)).fetchone()
            if others is not None and result.delivery is not Delivery.SENT:
                _log.info("an attempt ended after another one was begun: %s", message_id)
                return
            number, recipients = _standing(connection, message_id)
            recipients = recipients.after(result)
            if others is not None:
                recipients = recipients.given_up()
            state = Delivery.QUEUED if recipients.wait else result.delivery
            if state is Delivery.QUEUED:
                connection.execute(_PUT_OFF, (self._next_attempt(number), message_id))
            connection.execute(_END, (state.value, recipients.column, message_id))
            message = transaction.rows.get(Message, message_id)
            if message is not None:
                delivery, detail = recipients.told(message, result)
                if (delivery, detail) != (message.delivery, message.delivery_detail):
                    self._report(transaction, message, delivery, detail)

    def _wait_for_account(self, message_id: Id, outgoing: Outgoing | None) -> None:
        """Nothing here sends for its channel; another process may do so, and have begun meanwhile."""
        with self._store.transaction() as transaction:
            waits = transaction.connection.execute(_UNCONNECTED, (message_id,)).rowcount == 1
            if waits and outgoing is not None:
                self._report(transaction, outgoing.message, Delivery.QUEUED, NOT_CONNECTED)

    def _report(
        self, transaction: Transaction, message: Message, delivery: Delivery, detail: str = ""
    ) -> None:
        report = ReportDelivery(
            conversation_id=message.conversation_id, message_id=message.id, delivery=delivery, detail=detail
        )
        self._store.report(transaction, report)

    def _next_attempt(self, attempts: int) -> int:
        """When: each time later than before."""
        return to_microseconds(self._clock.now() + wait_after(attempts))


def _standing(connection: Statements, message_id: Id) -> tuple[int, Recipients]:
    """How often a reply was tried, and what became of it for its recipients."""
    found = connection.execute(
        "SELECT attempts, recipients FROM outbound WHERE message_id = ?", (message_id,)
    ).fetchone()
    return (int(found[0]), Recipients.read(found[1])) if found else (0, Recipients())


def wait_after(attempts: int) -> timedelta:
    """How long to wait after so many attempts."""
    return min(FIRST_RETRY * (1 << min(attempts, 16)) // 2, LAST_RETRY)


def attempts_within(patience: timedelta) -> int:
    """How many attempts are made in this time. What was not tried, for the program did not run, is not counted."""
    attempts, tried = 1, timedelta()
    while (tried := tried + wait_after(attempts)) <= patience:
        attempts += 1
    return attempts


def _bound(
    work: Callable[[list[Id], list[Id]], int], unfinished: list[Id], due: list[Id]
) -> Callable[[], int]:
    return lambda: work(unfinished, due)
