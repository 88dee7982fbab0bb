"""What follows from a commit: members, replies on their way, tombstones, and digests."""

from collections.abc import Set

from agent_desktop.domain.changes import ChangeSet
from agent_desktop.domain.clock import to_microseconds
from agent_desktop.domain.ids import Id
from agent_desktop.domain.message import Delivery, Direction, Message, MessageKind
from agent_desktop.store.database import Statements
from sync.server.many import AMONG, Among, Target, store_all, upserting
from sync.server.members import Members
from sync.server.transaction import Transaction

_ASK = Delivery.SENDING.value
"""The state of an attempt whose end was not seen: the channel is asked before the next one."""

_OUTBOUND = upserting(
    "outbound",
    ["message_id", "conversation_id", "state", "not_before", "lease_until", "attempts"],
    keys=["message_id"],
    unchanged=["attempts"],
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
        self._replies(connection, changes, transaction.maybe_sent)
        self._tombstones(connection, changes, version)
        self._digests(connection, changes)

    def _replies(self, connection: Statements, changes: ChangeSet, maybe_sent: Set[Id]) -> None:
        """Only a queued reply enters the outbound table; one that is called back or held leaves it.

        One that a person wants to know about stands there like an attempt whose end was not seen; so does one that may
        have been sent before the server was restored.
        """
        entering: list[tuple[str | int, ...]] = []
        leaving: list[Id] = []
        for change in changes.of(Message):
            message, old = change.new, change.old
            if (
                message is None
                or message.kind is not MessageKind.REPLY
                or message.direction is not Direction.OUT
            ):
                continue
            # What is put back after an attempt has its place already.
            waits = old is not None and old.delivery in (Delivery.QUEUED, Delivery.SENDING)
            asked = (
                message.delivery is Delivery.SENDING and old is not None and old.delivery is Delivery.UNKNOWN
            )
            if asked or (message.delivery is Delivery.QUEUED and not waits):
                state = _ASK if message.id in maybe_sent else message.delivery.value
                due = to_microseconds(message.not_before or message.created_at)
                entering.append((message.id, message.conversation_id, state, due, 0, 0))
            elif message.delivery in (Delivery.CANCELLED, Delivery.HELD) and old is not None:
                leaving.append(message.id)
        store_all(connection, _OUTBOUND, entering)
        if leaving:
            connection.execute(f"DELETE FROM outbound WHERE message_id {AMONG}", (Among(leaving),))  # noqa: S608 - ours

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
