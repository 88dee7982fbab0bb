"""One write transaction of the server: take the version, judge operations, keep log, tombstones and digests.

The version is one integer per transaction, taken under the write lock, so that order of version is order of commit.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from agent_desktop.domain.changes import ChangeSet, Origin
from agent_desktop.domain.clock import Clock, from_microseconds, to_microseconds
from agent_desktop.domain.errors import Reason, Rejected
from agent_desktop.domain.ids import Id, IdSource
from agent_desktop.domain.message import Delivery, Direction, Message, MessageKind
from agent_desktop.domain.operations import decode_payload, encode_payload, kind_of, perform
from agent_desktop.domain.operations.base import Context, Operation
from agent_desktop.domain.records import Record
from agent_desktop.domain.result import OperationResult, Verdict
from agent_desktop.domain.rows import Entity, user_scope
from agent_desktop.domain.workspace import Role, User
from agent_desktop.store.mapping import EntityTables
from agent_desktop.store.rows import SqlRows
from sync.protocol.messages import PushAnswer, PushRequest, WireOperation
from sync.server.database import ServerDatabase, Topic, upsert
from sync.server.schema import ServerSchema

SYSTEM_ID: Id = "0" * 32
"""The actor of what the server does by itself."""

_log = logging.getLogger("agent_desktop.server")


class VersionedRows(SqlRows):
    """Rows of one transaction, stamped with its version."""

    def __init__(self, connection: Connection, tables: EntityTables, version: int) -> None:
        super().__init__(connection, tables)
        self._version = version

    def put(self, row: Entity) -> None:
        """Insert or replace the row with this transaction's version."""
        super().put(replace(row, ver=self._version))


@dataclass(slots=True)
class Transaction:
    """What a write transaction works with. `counts`: something else than rows was written that needs a version."""

    connection: Connection
    rows: VersionedRows
    version: int
    epoch: str
    counts: bool = False


class ServerStore:
    """The authority: the only place where operations become confirmed rows."""

    def __init__(self, database: ServerDatabase, schema: ServerSchema, clock: Clock, ids: IdSource) -> None:
        self.database = database
        self.schema = schema
        self._clock = clock
        self._ids = ids
        self._listeners: list[Callable[[int], None]] = []

    def subscribe(self, listener: Callable[[int], None]) -> None:
        """Call `listener` with the version after each commit of this process, on the committing thread.

        Commits of others are heard by `database.peers`.
        """
        self._listeners.append(listener)

    def start(self) -> None:
        """Give a new file its epoch."""
        with self.database.write() as connection:
            if connection.execute(select(self.schema.head)).first() is None:
                connection.execute(
                    insert(self.schema.head).values(only=1, version=0, epoch=self._ids.new(), oldest_cursor=0)
                )

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Commit what is written to `rows` as the next version; nothing when nothing was written."""
        with self.database.write() as connection:
            head = connection.execute(select(self.schema.head)).one()
            version = head.version + 1
            self.database.begin_version(connection, str(version))
            rows = VersionedRows(connection, self.schema.tables, version)
            transaction = Transaction(connection, rows, version, head.epoch)
            yield transaction
            if not (rows.before or transaction.counts):
                return
            changes = rows.changes(Origin.REMOTE)
            self._follow_replies(connection, changes)
            self._keep_tombstones(connection, changes, version)
            self._keep_digests(connection, changes)
            connection.execute(update(self.schema.head).values(version=version))
            self.database.peers.tell(Topic.COMMIT, str(version), connection)
        for listener in self._listeners:
            listener(version)

    # ----- operations

    def push(self, request: PushRequest, user_id: Id) -> PushAnswer:
        """Judge operations of one client, each once and in its order."""
        with self.transaction() as transaction:
            if request.epoch != transaction.epoch:
                return PushAnswer(
                    client_id=request.client_id, epoch=transaction.epoch, expected=0, resync=True
                )
            before = last = self._last_number(transaction.connection, request.client_id, user_id)
            for position, wire in enumerate(request.operations):
                if wire.number <= last:
                    continue
                if wire.number > last + 1:
                    break
                self._judge(transaction, request.client_id, user_id, wire, position)
                last = wire.number
            if last > before:
                transaction.counts = True
                table = self.schema.client
                transaction.connection.execute(
                    update(table)
                    .where(table.c.client_id == request.client_id)
                    .values(last_number=last, ver=transaction.version)
                )
            return PushAnswer(client_id=request.client_id, epoch=transaction.epoch, expected=last + 1)

    def _last_number(self, connection: Connection, client_id: str, user_id: Id) -> int:
        table = self.schema.client
        found = connection.execute(select(table).where(table.c.client_id == client_id)).first()
        if found is None:
            connection.execute(
                insert(table).values(client_id=client_id, user_id=user_id, last_number=0, ver=0)
            )
            return 0
        if found.user_id != user_id:
            raise PermissionError("this client belongs to another user")
        return int(found.last_number)

    def _judge(
        self, transaction: Transaction, client_id: str, user_id: Id, wire: WireOperation, position: int
    ) -> None:
        connection = transaction.connection
        log = self.schema.operation
        if connection.execute(select(log.c.ver).where(log.c.operation_id == wire.id)).first() is not None:
            return
        verdict, reason, note = Verdict.OK, None, ""
        try:
            with transaction.rows.attempt():
                self._perform(transaction, user_id, wire)
        except Rejected as rejected:
            verdict, reason, note = Verdict.REJECTED, rejected.reason, rejected.note
        except Exception as error:  # a border: a defect in one handler must not stop everybody's queue
            if self.database.is_environment(error):
                raise  # a full disk judges nobody: the whole push comes again
            _log.exception("operation failed kind=%s id=%s", wire.kind, wire.id)
            verdict, reason = Verdict.FAILED, Reason.DEFECT
        if reason is not None:
            self._put_result(transaction, user_id, wire, verdict, reason, note)
        entry = {
            "operation_id": wire.id,
            "client_id": client_id,
            "number": wire.number,
            "user_id": user_id,
            "kind": wire.kind,
            "kind_version": wire.version,
            "payload": wire.payload,
            "created_at": wire.at,
            "group_id": wire.group,
            "ver": transaction.version,
            "position": position,
            "verdict": verdict.value,
            "reason": reason.value if reason else None,
        }
        connection.execute(insert(log), entry)

    def _perform(self, transaction: Transaction, user_id: Id, wire: WireOperation) -> None:
        payload = decode_payload(wire.kind, wire.version, wire.payload)
        user = transaction.rows.get(User, user_id)
        if user is None or not user.active:
            raise Rejected(Reason.FORBIDDEN, "user")
        operation = Operation(
            id=wire.id,
            payload=payload,
            created_at=from_microseconds(wire.at),
            seen=wire.seen,
            group=wire.group,
        )
        context = Context(
            operation_id=wire.id,
            actor_id=user_id,
            role=user.role,
            at=operation.created_at,
            authoritative=True,
        )
        perform(transaction.rows, operation, context)

    @staticmethod
    def _put_result(
        transaction: Transaction,
        user_id: Id,
        wire: WireOperation,
        verdict: Verdict,
        reason: Reason,
        note: str,
    ) -> None:
        about = None
        if reason is not Reason.UNKNOWN_OPERATION:
            try:
                payload = decode_payload(wire.kind, wire.version, wire.payload)
                about = kind_of(payload).about(payload)
            except Rejected:
                about = None
        transaction.rows.put(
            OperationResult(
                id=wire.id,
                scope=user_scope(user_id),
                kind=wire.kind,
                verdict=verdict,
                reason=reason,
                note=note,
                payload=wire.payload,
                created_at=from_microseconds(wire.at),
                conversation_id=about,
            )
        )

    def commit(self, payloads: Sequence[Record]) -> None:
        """What the server itself does: receive messages, report deliveries, set up. All or none.

        Raises Rejected when one of them is not possible.
        """
        with self.transaction() as transaction:
            for position, payload in enumerate(payloads):
                self._perform_own(transaction, payload, position)

    def report(self, transaction: Transaction, payload: Record) -> None:
        """Do one thing of the server's own inside an open transaction."""
        self._perform_own(transaction, payload, 0)

    def _perform_own(self, transaction: Transaction, payload: Record, position: int) -> None:
        now = self._clock.now()
        operation = Operation(id=self._ids.new(), payload=payload, created_at=now)
        context = Context(
            operation_id=operation.id, actor_id=SYSTEM_ID, role=Role.SYSTEM, at=now, authoritative=True
        )
        perform(transaction.rows, operation, context)
        transaction.counts = True
        kind = kind_of(payload)
        transaction.connection.execute(
            insert(self.schema.operation).values(
                operation_id=operation.id,
                client_id=SYSTEM_ID,
                number=None,
                user_id=SYSTEM_ID,
                kind=kind.name,
                kind_version=kind.version,
                payload=encode_payload(payload),
                created_at=to_microseconds(now),
                group_id=None,
                ver=transaction.version,
                position=position,
                verdict=Verdict.OK.value,
                reason=None,
            )
        )

    # ----- what follows from a commit

    def _follow_replies(self, connection: Connection, changes: ChangeSet) -> None:
        """Only a queued reply enters the outbound table; one that is called back or held leaves it.

        One that a person wants to know about stands there like an attempt whose end was not seen.
        """
        outbound = self.schema.outbound
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
                    "state": message.delivery.value,
                    "lease_until": 0,
                    "not_before": to_microseconds(message.not_before or message.created_at),
                }
                new = {"message_id": message.id, "attempts": 0, **values}
                upsert(connection, outbound, ["message_id"], new, values)
            elif message.delivery in (Delivery.CANCELLED, Delivery.HELD) and old is not None:
                connection.execute(delete(outbound).where(outbound.c.message_id == message.id))

    def _keep_tombstones(self, connection: Connection, changes: ChangeSet, version: int) -> None:
        tombstone = self.schema.tombstone
        for change in changes.changes:
            if change.old is not None and (change.new is None or change.new.scope != change.old.scope):
                left = {
                    "entity": change.entity.table,
                    "id": change.id,
                    "scope": change.old.scope,
                    "ver": version,
                }
                upsert(connection, tombstone, ["entity", "id", "scope"], left, {"ver": version})
        there = [
            {"table": change.entity.table, "row_id": change.id, "in_scope": change.new.scope}
            for change in changes.changes
            if change.new is not None and (change.old is None or change.old.scope != change.new.scope)
        ]
        if there:
            c = tombstone.c
            gone = (
                c.entity == bindparam("table"),
                c.id == bindparam("row_id"),
                c.scope == bindparam("in_scope"),
            )
            connection.execute(delete(tombstone).where(*gone), there)

    def _keep_digests(self, connection: Connection, changes: ChangeSet) -> None:
        sums: dict[tuple[str, str], list[int]] = {}
        for change in changes.changes:
            for row, sign in ((change.old, -1), (change.new, 1)):
                if row is not None:
                    entry = sums.setdefault((row.scope, change.entity.table), [0, 0])
                    entry[0] += sign
                    entry[1] += sign * row.ver
        digest = self.schema.digest
        for (scope, table), (rows, versions) in sums.items():
            new = {"scope": scope, "entity": table, "rows": rows, "versions": versions}
            added = {"rows": digest.c.rows + rows, "versions": digest.c.versions + versions}
            upsert(connection, digest, ["scope", "entity"], new, added)
