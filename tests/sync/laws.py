"""Laws about one file by itself: a server's rows follow from its log, and a replica's indexes from its rows."""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby

from agent_desktop.domain.access import SYSTEM_ACTOR, SYSTEM_ID
from agent_desktop.domain.clock import from_microseconds
from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.conversation_merging import survivor_of_conversation
from agent_desktop.domain.errors import Reason, Rejected
from agent_desktop.domain.ids import Id
from agent_desktop.domain.message import Delivery, Direction, Message, MessageKind
from agent_desktop.domain.operations import decode_payload, perform
from agent_desktop.domain.operations.base import Context, Operation
from agent_desktop.domain.operations.message import Reply
from agent_desktop.domain.operations.workspace import DiscardResult
from agent_desktop.domain.result import OperationResult, Verdict
from agent_desktop.domain.rows import Entity, user_scope
from agent_desktop.domain.scopes import narrow_places
from agent_desktop.domain.workspace import User
from sync.server.following import MAYBE_SENT
from tests.fakes import DictRows
from tests.sync.files import actor_among, without_versions

LogRow = Mapping[str, object]


def logged_operation(row: LogRow) -> Operation:
    """The operation of a row of the log. Raises Rejected when nobody knows its kind."""
    return Operation(
        id=str(row["operation_id"]),
        payload=decode_payload(str(row["kind"]), int(str(row["kind_version"])), str(row["payload"])),
        created_at=_time(row["created_at"]),
    )


def _time(value: object) -> datetime:
    return from_microseconds(int(str(value)))


def discarded(log: Iterable[LogRow]) -> set[Id]:
    """The operations whose results their authors have thrown away."""
    found = set()
    for row in log:
        if row["verdict"] == Verdict.OK.value:
            payload = logged_operation(row).payload
            if isinstance(payload, DiscardResult):
                found.add(payload.operation_id)
    return found


def check_verdicts_are_told(log: Sequence[LogRow], rows: DictRows) -> None:
    """Every operation was judged once, and who made it sees what was not done, with all that was in it."""
    ids = [str(row["operation_id"]) for row in log]
    assert len(ids) == len(set(ids)), "an operation was judged twice"
    thrown_away = discarded(log)
    for row in log:
        if row["user_id"] == SYSTEM_ID:
            continue
        result = rows.get(OperationResult, str(row["operation_id"]))
        if row["verdict"] == Verdict.OK.value:
            assert result is None, f"a result of {row['operation_id']}, which was done"
        else:
            assert result is not None or row["operation_id"] in thrown_away, "nobody is told of a verdict"
            assert result is None or result.scope == user_scope(str(row["user_id"]))
            assert result is None or result.payload == row["payload"]


def check_fold(
    first: DictRows, log: Sequence[LogRow], now: DictRows, together: Iterable[frozenset[Id]] = ()
) -> None:
    """The rows follow from the first ones and the log of what was taken, each operation once, and those that were made
    to happen `together` as one.
    """
    sets = {operation_id: ids for ids in together for operation_id in ids}
    rows = first
    for _, unit in groupby(log, lambda row: sets.get(str(row["operation_id"]), row)):
        rows = _after(rows, list(unit), sets)
    there = DictRows(*(_as_logged(row) for row in now))
    assert without_versions(rows) == without_versions(there), "the rows do not follow from the log"


def _after(rows: DictRows, unit: Sequence[LogRow], sets: Mapping[Id, frozenset[Id]]) -> DictRows:
    attempt, reason = rows.copy(), None
    try:
        for row in unit:
            attempt = _after_one(attempt, row)
    except Rejected as rejected:
        reason = rejected.reason.value
        attempt = rows.copy()
        for row in unit:
            grouped = str(row["operation_id"]) in sets and row["group_id"] is not None
            attempt.put(_result(row, str(row["group_id"]) if grouped else None))
    verdict = "ok" if reason is None else "failed" if reason == Reason.DEFECT.value else "rejected"
    for row in unit:
        assert (row["verdict"], row["reason"]) == (verdict, reason), f"another verdict on {row['kind']}"
    return attempt


def _after_one(rows: DictRows, row: LogRow) -> DictRows:
    attempt, actor = rows.copy(), str(row["user_id"])
    user = rows.get(User, actor)
    if row["verdict"] == Verdict.FAILED.value:
        raise Rejected(Reason.DEFECT)
    operation = logged_operation(row)
    context = Context(
        operation_id=operation.id,
        actor=SYSTEM_ACTOR if actor == SYSTEM_ID else actor_among(rows, actor),
        at=operation.created_at,
        authoritative=True,
        narrow=narrow_places(rows),
        received_at=_time(row["received_at"]),
    )
    if actor != SYSTEM_ID and not (user and user.active):
        raise Rejected(Reason.FORBIDDEN)
    perform(attempt, operation, context)
    if isinstance(operation.payload, Reply):
        _check_held(rows, attempt, operation.payload)
    return attempt


def _result(row: LogRow, group_id: Id | None) -> OperationResult:
    """What the author of a refused operation must see."""
    return OperationResult(
        id=str(row["operation_id"]),
        scope=user_scope(str(row["user_id"])),
        kind=str(row["kind"]),
        verdict=Verdict(str(row["verdict"])),
        reason=Reason(str(row["reason"])),
        payload=str(row["payload"]),
        created_at=_time(row["created_at"]),
        group_id=group_id,
    )


def _as_logged(row: Entity) -> Entity:
    """The row; of a result, what the log tells of it."""
    return replace(row, note="", conversation_id=None) if isinstance(row, OperationResult) else row


def _check_held(before: DictRows, after: DictRows, reply: Reply) -> None:
    """A reply is held exactly when somebody wrote after its author last looked, to whatever it was merged with."""
    conversation = survivor_of_conversation(before, reply.conversation_id)
    message = after.get(Message, reply.message_id)
    assert conversation is not None
    assert message is not None
    seen = (reply.seen_in, reply.seen_out) == (conversation.last_in_id, conversation.last_out_id)
    stale = not (seen or reply.forward)  # what is passed on to somebody else answers nobody
    assert (message.delivery is Delivery.HELD) is stale, "a stale reply was not held, or a fresh one was"


def check_outbound(states: Mapping[Id, str], rows: DictRows) -> None:
    """What goes out is what was accepted as a reply, and is neither held nor called back. Of what is held it may stand
    there that it may have been sent before.
    """
    going_out = {row_id for row_id, state in states.items() if state != MAYBE_SENT}
    held = {row.id for row in rows.query(Message) if row.delivery is Delivery.HELD}
    assert states.keys() - going_out <= held, "what is not held is kept back"
    kept_back = (Delivery.NONE, Delivery.HELD, Delivery.CANCELLED)
    replies = {
        row.id
        for row in rows.query(Message)
        if row.kind is MessageKind.REPLY and row.direction is Direction.OUT and row.delivery not in kept_back
    }
    assert going_out == replies, "what goes out is not what was accepted"


def check_indexes(connection: sqlite3.Connection, rows: DictRows) -> None:
    """The full-text indexes of a replica, and that of tags and mentions, hold exactly what its rows say."""
    names = connection.execute("SELECT name FROM sqlite_master WHERE sql LIKE '%USING fts5(%'")
    for (name,) in names.fetchall():
        connection.execute(f"INSERT INTO {name} ({name}, rank) VALUES ('integrity-check', 1)")
    found = connection.execute(
        "SELECT facet, conversation.id FROM conversation_facet JOIN conversation USING (pk)"
    )
    assert set(found) == {
        (facet, row.id)
        for row in rows.query(Conversation)
        for facet in (*(f"tag:{tag}" for tag in row.tags), *(f"mention:{who}" for who in row.mentioned_ids))
    }, "the index of tags and mentions differs from the rows"
