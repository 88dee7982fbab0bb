"""What follows from a commit: members, replies on their way, tombstones, and digests."""

from collections.abc import Set

from sqlalchemy import Connection, delete

from agent_desktop.domain.changes import ChangeSet
from agent_desktop.domain.clock import to_microseconds
from agent_desktop.domain.ids import Id
from agent_desktop.domain.message import Delivery, Direction, Message, MessageKind
from sync.server.database import upsert
from sync.server.members import Members
from sync.server.schema import ServerSchema
from sync.server.transaction import Transaction

_AT_ONCE = 500
"""So many ids are named in one statement."""

_ASK = Delivery.SENDING.value
"""The state of an attempt whose end was not seen: the channel is asked before the next one."""


class Following:
    """Keeps the tables that are derived from changed rows, in the transaction that changes them."""

    def __init__(self, schema: ServerSchema) -> None:
        self._schema = schema
        self._members = Members(schema)

    def follow(self, transaction: Transaction, changes: ChangeSet) -> None:
        """Do what follows from these changes."""
        connection, version = transaction.connection, transaction.version
        self._members.follow(connection, transaction.rows, changes, version)
        self._replies(connection, changes, transaction.maybe_sent)
        self._tombstones(connection, changes, version)
        self._digests(connection, changes)

    def _replies(self, connection: Connection, changes: ChangeSet, maybe_sent: Set[Id]) -> None:
        """Only a queued reply enters the outbound table; one that is called back or held leaves it.

        One that a person wants to know about stands there like an attempt whose end was not seen; so does one that may
        have been sent before the server was restored.
        """
        outbound = self._schema.outbound
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
                values = {
                    "conversation_id": message.conversation_id,
                    "state": _ASK if message.id in maybe_sent else message.delivery.value,
                    "not_before": to_microseconds(message.not_before or message.created_at),
                    "lease_until": 0,
                }
                new = {"message_id": message.id, "attempts": 0, **values}
                upsert(connection, outbound, ["message_id"], new, values)
            elif message.delivery in (Delivery.CANCELLED, Delivery.HELD) and old is not None:
                connection.execute(delete(outbound).where(outbound.c.message_id == message.id))

    def _tombstones(self, connection: Connection, changes: ChangeSet, version: int) -> None:
        tombstone = self._schema.tombstone
        for change in changes.changes:
            if change.old is not None and (change.new is None or change.new.scope != change.old.scope):
                left = {
                    "entity": change.entity.table,
                    "id": change.id,
                    "scope": change.old.scope,
                    "ver": version,
                }
                upsert(connection, tombstone, ["entity", "id", "scope"], left, {"ver": version})
        there: dict[tuple[str, str], list[str]] = {}
        for change in changes.changes:
            new, old = change.new, change.old
            if new is not None and (old is None or old.scope != new.scope):
                there.setdefault((change.entity.table, new.scope), []).append(change.id)
        c = tombstone.c
        for (table, scope), ids in there.items():
            for start in range(0, len(ids), _AT_ONCE):
                some = ids[start : start + _AT_ONCE]
                connection.execute(
                    delete(tombstone).where(c.entity == table, c.scope == scope, c.id.in_(some))
                )

    def _digests(self, connection: Connection, changes: ChangeSet) -> None:
        sums: dict[tuple[str, str], list[int]] = {}
        for change in changes.changes:
            for row, sign in ((change.old, -1), (change.new, 1)):
                if row is not None:
                    entry = sums.setdefault((row.scope, change.entity.table), [0, 0])
                    entry[0] += sign
                    entry[1] += sign * row.ver
        digest = self._schema.digest
        for (scope, table), (rows, versions) in sums.items():
            new = {"scope": scope, "entity": table, "rows": rows, "versions": versions}
            added = {"rows": digest.c.rows + rows, "versions": digest.c.versions + versions}
            upsert(connection, digest, ["scope", "entity"], new, added)
