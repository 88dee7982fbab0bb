"""Judges operations of clients: each gets a verdict, and none may stop those behind it."""

import logging
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from agent_desktop.domain.access import actor_of
from agent_desktop.domain.clock import EPOCH, from_microseconds, to_microseconds
from agent_desktop.domain.entities import ENTITIES
from agent_desktop.domain.errors import Reason, Rejected
from agent_desktop.domain.files import files_of
from agent_desktop.domain.ids import Id
from agent_desktop.domain.operations import decode_payload, kind_of, perform
from agent_desktop.domain.operations.base import Context, Operation
from agent_desktop.domain.operations.message import ReleaseReply, Reply
from agent_desktop.domain.operations.together import units
from agent_desktop.domain.records import Record, storable_text
from agent_desktop.domain.result import OperationResult, Verdict
from agent_desktop.domain.rows import Entity, user_scope
from agent_desktop.domain.scopes import scopes_of
from agent_desktop.domain.workspace import Channel, Team, User
from agent_desktop.store.database import Statements
from sync.protocol.messages import PushAnswer, PushRequest, WireOperation
from sync.server.database import ServerDatabase
from sync.server.file_rights import sent, shown
from sync.server.many import AMONG, Among, store_all, upserting
from sync.server.members import Members
from sync.server.ports import FilePort
from sync.server.transaction import LogEntry, Transaction

AHEAD = timedelta(minutes=2)
"""So far a client's clock may be ahead before its times are taken back to the server's."""
LONGEST_ID = 64
_LARGEST = 2**53
_CLIENTS = upserting(
    "client", ["client_id", "user_id", "last_number", "ver"], keys=["client_id"], unchanged=["user_id"]
)
_KNOWN = f"SELECT client_id, user_id, last_number FROM client WHERE client_id {AMONG}"  # noqa: S608 - from code
_JUDGED = f"SELECT operation_id FROM operation WHERE operation_id {AMONG}"  # noqa: S608 - from code
_RENUMBER = "UPDATE operation SET number = ? WHERE operation_id = ? AND client_id = ?"
_TAKEN = f"SELECT number, operation_id FROM operation WHERE client_id = ? AND number {AMONG}"  # noqa: S608 - from code
_NAMED_BY = {f"{entity.table}_id": entity for entity in ENTITIES}
"""Payloads name rows by these fields."""
_log = logging.getLogger("agent_desktop.server")


class InvalidPush(Exception):
    """A push that no client of ours makes. Nothing was recorded."""


@dataclass(frozen=True, slots=True)
class Push:
    """What one client hands over, and who is signed in on it."""

    user_id: Id
    request: PushRequest


@dataclass(slots=True)
class _Client:
    """Whose a client is, and its last number: before these pushes (None: it is new), and now."""

    user_id: Id
    before: int | None
    last: int


@dataclass(frozen=True, slots=True)
class _Session:
    """What is known in a transaction, of the clients and operations that are handed over in it."""

    clients: dict[str, _Client]
    judged: set[Id]


def _is_plain(text: str) -> bool:
    """Whether a text can be an id: what a database would change, or cannot find, cannot."""
    return 0 < len(text) <= LONGEST_ID and storable_text(text) == text


def _named_in(payload: str) -> Iterator[tuple[type[Entity], Id]]:
    """Rows that a payload names, whatever version of a program made it."""
    try:
        plain = msgspec.json.decode(payload)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return  # it is judged for that
    if isinstance(plain, dict):
        for name, value in plain.items():
            if name in _NAMED_BY and isinstance(value, str) and _is_plain(value):
                yield _NAMED_BY[name], value


def mended(wire: WireOperation) -> WireOperation:
    """The operation as any database can hold it: texts without NUL, numbers of 64 bits.

    It has no effect on what our clients send. Raises InvalidPush when it could not be told apart from others then.
    """
    if not _is_plain(wire.id):
        raise InvalidPush("the id of an operation")
    return msgspec.structs.replace(
        wire,
        kind=storable_text(wire.kind),
        payload=storable_text(wire.payload),
        group=None if wire.group is None else storable_text(wire.group),
        version=max(0, min(wire.version, _LARGEST)),
    )


class Judge:
    """Judges within a transaction. `files` tells whether the content of a file is here; None: it always is, and there
    is nobody from whom one of them is to be kept.
    """

    def __init__(self, database: ServerDatabase, files: FilePort | None) -> None:
        self._database = database
        self._files = files
        self._members = Members()

    def push_all(self, transaction: Transaction, pushes: Sequence[Push]) -> list[PushAnswer | Exception]:
        """Judge what several clients hand over: each operation once, and those of a client in their order.

        An answer is PermissionError for another user's client, and InvalidPush for what no client of ours sends.
        """
        session = self._session(transaction.connection, pushes)
        self._expect(transaction, pushes)
        answers: list[PushAnswer | Exception] = []
        for push in pushes:
            try:
                answers.append(self._push(transaction, session, push))
            except (PermissionError, InvalidPush) as refusal:
                answers.append(refusal)
        changed = [
            (client_id, client.user_id, client.last, transaction.version)
            for client_id, client in session.clients.items()
            if client.last != client.before
        ]
        if changed:
            store_all(transaction.connection, _CLIENTS, changed)
            transaction.took_numbers = True
        return answers

    def _session(self, connection: Statements, pushes: Sequence[Push]) -> "_Session":
        """What is known of these clients and operations, in two questions for all."""
        client_ids = {push.request.client_id for push in pushes if _is_plain(push.request.client_id)}
        ids = {wire.id for push in pushes for wire in push.request.operations if _is_plain(wire.id)}
        clients = {
            client_id: _Client(user_id, int(last), int(last))
            for client_id, user_id, last in connection.execute(_KNOWN, (Among(client_ids),))
        }
        judged = connection.execute(_JUDGED, (Among(ids),))
        return _Session(clients, {operation_id for (operation_id,) in judged})

    def _expect(self, transaction: Transaction, pushes: Sequence[Push]) -> None:
        """Read what the operations name, all rows of an entity in one question. Handlers find the rest themselves."""
        user_ids = {push.user_id for push in pushes}
        transaction.scopes.update(self._members.scopes_of_each(transaction.connection, user_ids))
        named: dict[type[Entity], set[Id]] = {User: user_ids}
        for push in pushes:
            for wire in push.request.operations:
                for entity, row_id in _named_in(wire.payload):
                    named.setdefault(entity, set()).add(row_id)
        for entity, ids in named.items():
            transaction.rows.expect(entity, ids)

    def _push(self, transaction: Transaction, session: "_Session", push: Push) -> PushAnswer:
        client_id, connection = push.request.client_id, transaction.connection
        if push.request.epoch != transaction.epoch:
            return PushAnswer(client_id=client_id, epoch=transaction.epoch, expected=0, resync=True)
        if not _is_plain(client_id):
            raise InvalidPush("the id of the client")
        operations = [mended(wire) for wire in push.request.operations]
        client = session.clients.setdefault(client_id, _Client(push.user_id, None, 0))
        if client.user_id != push.user_id:
            raise PermissionError("this client belongs to another user")
        if self._is_forked(connection, client_id, client.last, operations, session.judged):
            return PushAnswer(
                client_id=client_id, epoch=transaction.epoch, expected=client.last + 1, forked=True
            )
        absent = self._absent(transaction, session, client, push.user_id, operations)
        missing: list[str] = []
        for unit in units(wire for wire in operations if wire.number > client.last):
            if [wire.number for wire in unit] != list(range(client.last + 1, client.last + 1 + len(unit))):
                break
            new = {wire.id: wire for wire in unit if wire.id not in session.judged}
            missing = _named_among(absent, new.values())
            if missing:
                break
            for wire in unit:
                if wire.id not in new:
                    # So that a copy of the profile, which counts otherwise, finds out that it is not alone.
                    connection.execute(_RENUMBER, (wire.number, wire.id, client_id))
            if new:
                self._judge(transaction, client_id, push.user_id, list(new.values()))
                session.judged.update(new)
            client.last = unit[-1].number
        return PushAnswer(
            client_id=client_id, epoch=transaction.epoch, expected=client.last + 1, missing=missing
        )

    def _is_forked(
        self,
        connection: Statements,
        client_id: str,
        last: int,
        operations: list[WireOperation],
        judged: Collection[Id],
    ) -> bool:
        """Whether a number that was taken comes with another operation: a copy of the profile goes on by itself."""
        again = {wire.number: wire.id for wire in operations if wire.number <= last}
        if not again:
            return False
        if any(operation_id not in judged for operation_id in again.values()):
            return (
                True  # one that came a second time has taken the number, and has no entry for it in the log
            )
        taken = connection.execute(_TAKEN, (client_id, Among(again)))
        return any(again[number] != operation_id for number, operation_id in taken)

    def _absent(
        self,
        transaction: Transaction,
        session: "_Session",
        client: "_Client",
        user_id: Id,
        operations: Sequence[WireOperation],
    ) -> Collection[str]:
        """Files that new operations name, and are not here as far as their author is concerned: nobody comes to a file
        by knowing its SHA-256.
        """
        if self._files is None:
            return ()
        new = (wire for wire in operations if wire.number > client.last and wire.id not in session.judged)
        names = {sha256 for wire in new for sha256 in _files_of(wire)}
        here = {sha256 for sha256 in names if self._files.has(sha256)}
        theirs = sent(transaction.connection, here, user_id) if here else here
        if theirs != here:
            user = transaction.rows.get(User, user_id)
            scopes = self._scopes(transaction, user) if user is not None else ()
            visible = self._members.visible(transaction.connection, scopes)
            theirs = theirs | shown(transaction.connection, here - theirs, visible)
        return names - theirs

    def _judge(
        self, transaction: Transaction, client_id: str, user_id: Id, unit: Sequence[WireOperation]
    ) -> None:
        """One verdict for operations that happen together, or for one by itself."""
        verdict, reason, note = Verdict.OK, None, ""
        current = unit[0]
        try:
            if any(wire.skip for wire in unit):
                raise Skipped
            with transaction.rows.attempt():
                for current in unit:
                    self._perform(transaction, user_id, current)
        except Skipped:
            _log.warning("operation not run kind=%s id=%s", current.kind, current.id)
            verdict, reason = Verdict.FAILED, Reason.DEFECT
        except Rejected as rejected:
            verdict, reason, note = Verdict.REJECTED, rejected.reason, rejected.note
        except Exception as error:  # a border: a defect in one handler must not stop everybody's queue
            if self._database.is_environment(error):
                raise  # a full disk judges nobody: the whole push comes again
            _log.exception("operation failed kind=%s id=%s", current.kind, current.id)
            verdict, reason = Verdict.FAILED, Reason.DEFECT
        for wire in unit:
            created_at = _time_of(wire, transaction.time)
            if reason is None:
                self._note_again(transaction, wire)
            else:
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
                    group_id=wire.group if wire.together else None,
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

    @staticmethod
    def _note_again(transaction: Transaction, wire: WireOperation) -> None:
        """What was done may have been done before, to a customer, if this comes a second time."""
        if wire.again:
            payload = decode_payload(wire.kind, wire.version, wire.payload)
            if isinstance(payload, Reply | ReleaseReply):
                transaction.maybe_sent.add(payload.message_id)

    def _scopes(self, transaction: Transaction, user: User) -> Collection[str]:
        """The scopes that a user sees, as the operations before this one left them."""
        rows = transaction.rows
        if rows.moves_members:
            return frozenset(scopes_of(user, actor_of(rows, user), rows.query(Team), rows.query(Channel)))
        if user.id not in transaction.scopes:
            transaction.scopes[user.id] = self._members.scopes(transaction.connection, user.id)
        return transaction.scopes[user.id]

    def _perform(self, transaction: Transaction, user_id: Id, wire: WireOperation) -> None:
        created_at = _time_of(wire, transaction.time)
        payload: Record = decode_payload(wire.kind, wire.version, wire.payload)
        user = transaction.rows.get(User, user_id)
        if user is None or not user.active:
            raise Rejected(Reason.FORBIDDEN, "user")
        operation = Operation(
            id=wire.id,
            payload=payload,
            created_at=created_at,
            seen=wire.seen,
            group=wire.group,
            together=wire.together,
        )
        context = Context(
            operation_id=wire.id,
            actor=actor_of(transaction.rows, user, self._scopes(transaction, user)),
            at=created_at,
            authoritative=True,
            received_at=transaction.time,
            narrow=transaction.narrow_now(),
        )
        perform(transaction.rows, operation, context)


class Skipped(Exception):
    """The client asks not to run an operation any more: the server did not survive it."""


def _files_of(wire: WireOperation) -> Collection[str]:
    """The files that an operation names, each once, in their order. None of one that is not run in any case."""
    if wire.skip:
        return ()
    try:
        return dict.fromkeys(files_of(decode_payload(wire.kind, wire.version, wire.payload)))
    except Rejected:
        return ()  # it is judged without them


def _named_among(files: Collection[str], unit: Iterable[WireOperation]) -> list[str]:
    """Those of these files that operations name."""
    if not files:
        return []
    return [sha256 for wire in unit for sha256 in _files_of(wire) if sha256 in files]


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
