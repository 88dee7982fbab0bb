"""What follows from a commit: members, who is let in, replies on their way, tombstones, and digests."""

from agent_desktop.domain.changes import ChangeSet
from agent_desktop.domain.clock import to_microseconds
from agent_desktop.domain.ids import Id
from agent_desktop.domain.message import Delivery, Direction, Message, MessageKind
from agent_desktop.store.database import Statements
from sync.server.following_people import follow_people
from sync.server.mail.references import follow_references
from sync.server.many import AMONG, Among, Target, store_all, upserting
from sync.server.members import Members
from sync.server.outbound_recipients import MAY_HAVE_IT, send_again
from sync.server.transaction import Transaction

_ASK = Delivery.SENDING.value
"""The state of an attempt whose end was not seen: the channel is asked before the next one."""
MAYBE_SENT = "maybe_sent"
"""The state of a reply that is held and may have been sent before: it is asked about when it is released."""
_KEEP_IN_MIND = f"""UPDATE outbound SET state = '{MAYBE_SENT}'
    WHERE (state = '{_ASK}' OR recipients LIKE ?) AND message_id {AMONG}"""  # noqa: S608 - from code
_LEAVE = f"DELETE FROM outbound WHERE state != '{MAYBE_SENT}' AND message_id {AMONG}"  # noqa: S608 - from code
_CALL_BACK = f"DELETE FROM outbound WHERE message_id {AMONG}"  # noqa: S608 - from code
_IN_MIND = f"SELECT message_id FROM outbound WHERE state = '{MAYBE_SENT}' AND message_id {AMONG}"  # noqa: S608 - from code

_UNDER_WAY = f"SELECT message_id FROM outbound WHERE lease_until > 0 AND message_id {AMONG}"  # noqa: S608 - from code

_OUTBOUND = upserting(
    "outbound",
    ["message_id", "conversation_id", "state", "not_before", "lease_until", "attempts"],
    keys=["message_id"],
)
_TOMBSTONES = upserting("tombstone", ["entity", "id", "scope", "ver"], keys=["entity", "id", "scope"])
_RETURNED = f"DELETE FROM tombstone WHERE entity = ? AND scope = ? AND id {AMONG}"  # noqa: S608 - from code
DIGESTS = Target(
    "scope_digest",
    ("scope", "entity", "rows", "versions"),
    "ON CONFLICT (scope, entity) DO UPDATE SET"
    ' "rows" = scope_digest."rows" + excluded."rows", versions = scope_digest.versions + excluded.versions',
)
"""Counts of rows, and sums of their versions, that are added to what was there."""


class Following:
    """Keeps the tables that are derived from changed rows, in the transaction that changes them."""

    def __init__(self) -> None:
        self._members = Members()

    def follow(self, transaction: Transaction, changes: ChangeSet) -> None:
        """Do what follows from these changes."""
        connection, version = transaction.connection, transaction.version
        self._members.follow(connection, transaction.rows, changes, version)
        follow_people(transaction, changes)
        self._replies(transaction, changes)
        follow_references(connection, changes)
        self._tombstones(connection, changes, version)
        self._digests(connection, changes)

    def _replies(self, transaction: Transaction, changes: ChangeSet) -> None:
        """Only a queued reply enters the outbound table; one that is called back, held or removed leaves it.

        One that a person wants to know about stands there like an attempt whose end was not seen; so does one that may
        have been sent before the server was restored. While that one is held, it stays in mind.
        """
        connection = transaction.connection
        entering: list[Message] = []
        asked: set[Id] = set()
        held: list[Id] = []
        called_back: list[Id] = []
        again: list[Message] = []
        for change in changes.of(Message):
            message, old = change.new, change.old
            if message is None:
                called_back.append(change.id)
                continue
            if not _is_reply(message):
                continue
            # What is put back after an attempt has its place already.
            waits = old is not None and old.delivery in (Delivery.QUEUED, Delivery.SENDING)
            if message.delivery is Delivery.SENDING and old is not None and old.delivery is Delivery.UNKNOWN:
                asked.add(message.id)
                entering.append(message)
            elif message.delivery is Delivery.QUEUED and not waits:
                entering.append(message)
                if old is not None:
                    again.append(old)
            elif message.delivery is Delivery.HELD and old is not None:
                held.append(message.id)
            elif message.delivery is Delivery.CANCELLED and old is not None:
                called_back.append(message.id)
        if entering:
            ids = Among([message.id for message in entering])
            # What is being tried for one recipient while a person has it sent to another is not taken by anybody else.
            for question in (_IN_MIND, _UNDER_WAY):
                asked |= {message_id for (message_id,) in connection.execute(question, (ids,))}
            asked |= transaction.maybe_sent
            rows = [_outbound(message, _ASK if message.id in asked else "queued") for message in entering]
            store_all(connection, _OUTBOUND, rows)
        if again:
            send_again(connection, again)
        if held:
            connection.execute(_KEEP_IN_MIND, (MAY_HAVE_IT, Among(held)))
            connection.execute(_LEAVE, (Among(held),))
        if called_back:
            connection.execute(_CALL_BACK, (Among(called_back),))
        in_mind = [transaction.rows.get(Message, row_id) for row_id in sorted(transaction.maybe_sent)]
        store_all(
            connection,
            _OUTBOUND,
            [
                _outbound(message, MAYBE_SENT)
                for message in in_mind
                if message is not None and message.delivery is Delivery.HELD
            ],
        )

    def _tombstones(self, connection: Statements, changes: ChangeSet, version: int) -> None:
        left = []
        there: dict[tuple[str, str], list[Id]] = {}
        for change in changes.changes:
            table, old, new = change.entity.table, change.old, change.new
            if old is not None and (new is None or new.scope != old.scope):
                left.append((table, change.id, old.scope, version))
            if new is not None and (old is None or old.scope != new.scope):
                there.setdefault((table, new.scope), []).append(change.id)
        store_all(connection, _TOMBSTONES, left)
        for (table, scope), ids in there.items():
            connection.execute(_RETURNED, (table, scope, Among(ids)))

    def _digests(self, connection: Statements, changes: ChangeSet) -> None:
        sums: dict[tuple[str, str], list[int]] = {}
        for change in changes.changes:
            for row, sign in ((change.old, -1), (change.new, 1)):
                if row is not None:
                    entry = sums.setdefault((row.scope, change.entity.table), [0, 0])
                    entry[0] += sign
                    entry[1] += sign * row.ver
        store_all(connection, DIGESTS, [(*keys, *entry) for keys, entry in sums.items()])


def _is_reply(message: Message) -> bool:
    return message.kind is MessageKind.REPLY and message.direction is Direction.OUT


def _outbound(message: Message, state: str) -> tuple[str | int, ...]:
    due = to_microseconds(message.not_before or message.created_at)
    return message.id, message.conversation_id, state, due, 0, 0
