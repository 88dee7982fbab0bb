"""Judges operations of clients: each gets a verdict, and none may stop those behind it."""

import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import Connection, insert, select, update

from agent_desktop.domain.clock import EPOCH, from_microseconds, to_microseconds
from agent_desktop.domain.errors import Reason, Rejected
from agent_desktop.domain.files import files_of
from agent_desktop.domain.ids import Id
from agent_desktop.domain.operations import decode_payload, kind_of, perform
from agent_desktop.domain.operations.base import Context, Operation
from agent_desktop.domain.records import Record, storable_text
from agent_desktop.domain.result import OperationResult, Verdict
from agent_desktop.domain.rows import user_scope
from agent_desktop.domain.scopes import scopes_of
from agent_desktop.domain.workspace import Channel, Team, User
from sync.protocol.messages import PushAnswer, PushRequest, WireOperation
from sync.server.database import ServerDatabase
from sync.server.members import Members
from sync.server.ports import FilePort
from sync.server.schema import ServerSchema
from sync.server.transaction import LogEntry, Transaction

AHEAD = timedelta(minutes=2)
"""So far a client's clock may be ahead before its times are taken back to the server's."""
LONGEST_ID = 64
_LARGEST = 2**53
_log = logging.getLogger("agent_desktop.server")


class InvalidPush(Exception):
    """A push that no client of ours makes. Nothing was recorded."""


@dataclass(frozen=True, slots=True)
class Push:
    """What one client hands over, and who is signed in on it."""

    user_id: Id
    request: PushRequest


def mended(wire: WireOperation) -> WireOperation:
    """The operation as any database can hold it: texts without NUL, numbers of 64 bits.

    It has no effect on what our clients send. Raises InvalidPush when it could not be told apart from others then.
    """
    if not 0 < len(wire.id) <= LONGEST_ID or storable_text(wire.id) != wire.id:
        raise InvalidPush("the id of an operation")
    return msgspec.structs.replace(
        wire,
        kind=storable_text(wire.kind),
        payload=storable_text(wire.payload),
        group=None if wire.group is None else storable_text(wire.group),
        version=max(0, min(wire.version, _LARGEST)),
    )


class Judge:
    """Judges within a transaction. `files` tells whether the content of a file is here; None: it always is."""

    def __init__(self, database: ServerDatabase, schema: ServerSchema, files: FilePort | None) -> None:
        self._database = database
        self._schema = schema
        self._files = files
        self._members = Members(schema)

    def push(self, transaction: Transaction, push: Push) -> PushAnswer:
        """Judge operations of one client, each once and in its order. Raises PermissionError for another's client."""
        client_id, connection = push.request.client_id, transaction.connection
        if push.request.epoch != transaction.epoch:
            return PushAnswer(client_id=client_id, epoch=transaction.epoch, expected=0, resync=True)
        if not 0 < len(client_id) <= LONGEST_ID or storable_text(client_id) != client_id:
            raise InvalidPush("the id of the client")
        operations = [mended(wire) for wire in push.request.operations]
        before = last = self._last_number(connection, client_id, push.user_id)
        if self._is_forked(connection, client_id, last, operations):
            return PushAnswer(client_id=client_id, epoch=transaction.epoch, expected=last + 1, forked=True)
        known = self._judged(transaction, operations)
        missing: list[str] = []
        for wire in operations:
            if wire.number <= last:
                continue
            if wire.number > last + 1:
                break
            if wire.id not in known:
                missing = self._missing(wire)
                if missing:
                    break
                self._judge(transaction, client_id, push.user_id, wire)
                known.add(wire.id)
            last = wire.number
        if last > before:
            table = self._schema.client
            connection.execute(
                update(table)
                .where(table.c.client_id == client_id)
                .values(last_number=last, ver=transaction.version)
            )
            transaction.took_numbers = True
        return PushAnswer(client_id=client_id, epoch=transaction.epoch, expected=last + 1, missing=missing)

    def _last_number(self, connection: Connection, client_id: str, user_id: Id) -> int:
        table = self._schema.client
        found = connection.execute(select(table).where(table.c.client_id == client_id)).first()
        if found is None:
            connection.execute(
                insert(table).values(client_id=client_id, user_id=user_id, last_number=0, ver=0)
            )
            return 0
        if found.user_id != user_id:
            raise PermissionError("this client belongs to another user")
        return int(found.last_number)

    def _is_forked(
        self, connection: Connection, client_id: str, last: int, operations: list[WireOperation]
    ) -> bool:
        """Whether a number that was taken comes with another operation: a copy of the profile goes on by itself."""
        again = {wire.number: wire.id for wire in operations if wire.number <= last}
        if not again:
            return False
        log = self._schema.operation.c
        statement = select(log.number, log.operation_id).where(
            log.client_id == client_id, log.number.in_(list(again))
        )
        return any(again[number] != operation_id for number, operation_id in connection.execute(statement))

    def _judged(self, transaction: Transaction, operations: list[WireOperation]) -> set[Id]:
        """Those of the operations that have a verdict already, maybe under another number."""
        log = self._schema.operation.c
        ids = [wire.id for wire in operations]
        known = set(
            transaction.connection.execute(
                select(log.operation_id).where(log.operation_id.in_(ids))
            ).scalars()
        )
        return known | {entry.operation_id for entry in transaction.log}

    def _missing(self, wire: WireOperation) -> list[str]:
        if self._files is None or wire.skip:
            return []
        try:
            payload = decode_payload(wire.kind, wire.version, wire.payload)
        except Rejected:
            return []  # it is judged without them
        return [sha256 for sha256 in dict.fromkeys(files_of(payload)) if not self._files.has(sha256)]

    def _judge(self, transaction: Transaction, client_id: str, user_id: Id, wire: WireOperation) -> None:
        created_at = _time_of(wire, transaction.time)
        verdict, reason, note = Verdict.OK, None, ""
        try:
            if wire.skip:
                raise Skipped
            with transaction.rows.attempt():
                self._perform(transaction, user_id, wire, created_at)
        except Skipped:
            _log.warning("operation not run kind=%s id=%s", wire.kind, wire.id)
            verdict, reason = Verdict.FAILED, Reason.DEFECT
        except Rejected as rejected:
            verdict, reason, note = Verdict.REJECTED, rejected.reason, rejected.note
        except Exception as error:  # a border: a defect in one handler must not stop everybody's queue
            if self._database.is_environment(error):
                raise  # a full disk judges nobody: the whole push comes again
            _log.exception("operation failed kind=%s id=%s", wire.kind, wire.id)
            verdict, reason = Verdict.FAILED, Reason.DEFECT
        if reason is not None:
            result = OperationResult(
                id=wire.id,
                scope=user_scope(user_id),
                kind=wire.kind,
                verdict=verdict,
                reason=reason,
                note=note,
                payload=wire.payload,
                created_at=created_at,
                conversation_id=_about(wire, reason),
            )
            transaction.rows.put(result)
        transaction.log.append(
            LogEntry(
                operation_id=wire.id,
                client_id=client_id,
                number=wire.number,
                user_id=user_id,
                kind=wire.kind,
                kind_version=wire.version,
                payload=wire.payload,
                created_at=created_at,
                group_id=wire.group,
                verdict=verdict,
                reason=reason.value if reason else None,
            )
        )

    def _scopes(self, transaction: Transaction, user: User) -> Collection[str]:
        """The scopes that a user sees, as the operations before this one left them."""
        rows = transaction.rows
        if rows.moves_members:
            return frozenset(scopes_of(user, rows.query(Team), rows.query(Channel)))
        if user.id not in transaction.scopes:
            transaction.scopes[user.id] = self._members.scopes(transaction.connection, user.id)
        return transaction.scopes[user.id]

    def _perform(
        self, transaction: Transaction, user_id: Id, wire: WireOperation, created_at: datetime
    ) -> None:
        payload: Record = decode_payload(wire.kind, wire.version, wire.payload)
        user = transaction.rows.get(User, user_id)
        if user is None or not user.active:
            raise Rejected(Reason.FORBIDDEN, "user")
        operation = Operation(
            id=wire.id, payload=payload, created_at=created_at, seen=wire.seen, group=wire.group
        )
        context = Context(
            operation_id=wire.id,
            actor_id=user_id,
            role=user.role,
            at=created_at,
            authoritative=True,
            received_at=transaction.time,
            scopes=self._scopes(transaction, user),
        )
        perform(transaction.rows, operation, context)


class Skipped(Exception):
    """The client asks not to run an operation any more: the server did not survive it."""


def _time_of(wire: WireOperation, now: datetime) -> datetime:
    """When the operation was made, by a clock that may be wrong: not before 1970, and hardly ahead of the server's."""
    return from_microseconds(max(to_microseconds(EPOCH), min(wire.at, to_microseconds(now + AHEAD))))


def _about(wire: WireOperation, reason: Reason) -> Id | None:
    if reason is Reason.UNKNOWN_OPERATION:
        return None
    try:
        payload = decode_payload(wire.kind, wire.version, wire.payload)
    except Rejected:
        return None
    return kind_of(payload).about(payload)
