"""Every way to change something: the table of operation kinds, and how one operation is carried out."""

import json
from typing import Any

from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.conversation_merging import survivor_of_conversation
from agent_desktop.domain.errors import Reason, Rejected
from agent_desktop.domain.operations import (
    call,
    conversation,
    customer,
    draft,
    exporting,
    importing,
    inbound,
    knowledge,
    merging,
    message,
    policy,
    scopes,
    splitting,
    withdrawing,
    workspace,
)
from agent_desktop.domain.operations.base import Context, Operation, OperationKind
from agent_desktop.domain.records import Record, from_plain, to_plain
from agent_desktop.domain.rows import Rows
from agent_desktop.domain.scopes import ScopedRows

KINDS: tuple[OperationKind[Any], ...] = (
    *workspace.KINDS,
    *policy.KINDS,
    *conversation.KINDS,
    *message.KINDS,
    *merging.KINDS,
    *splitting.KINDS,
    *withdrawing.KINDS,
    *call.KINDS,
    *draft.KINDS,
    *scopes.KINDS,
    *importing.KINDS,
    *inbound.KINDS,
    *customer.KINDS,
    *knowledge.KINDS,
    *exporting.KINDS,
)
_BY_PAYLOAD: dict[type, OperationKind[Any]] = {kind.payload: kind for kind in KINDS}
_BY_NAME: dict[str, OperationKind[Any]] = {kind.name: kind for kind in KINDS}


def kind_of(payload: Record) -> OperationKind[Any]:
    """The kind that this payload belongs to."""
    return _BY_PAYLOAD[type(payload)]


def perform(rows: Rows, operation: Operation, context: Context) -> None:
    """Carry out one operation on rows: the same on the client, the server and in simulation.

    Raises Rejected when what the actor may do, or the state of the rows, forbids it.
    """
    kind = kind_of(operation.payload)
    seen = ScopedRows(rows, context.actor.scopes, context.narrow)
    if not context.actor.may(kind.permission) and not context.actor.may(
        kind.permission, _conversation_of(seen, operation.payload)
    ):
        raise Rejected(Reason.FORBIDDEN, kind.name)
    kind.apply(seen, operation.payload, context)


def _conversation_of(rows: Rows, payload: Record) -> Conversation | None:
    """The conversation that an operation works on: what somebody may do in its team or channel counts."""
    conversation_id = getattr(payload, "conversation_id", None)
    return survivor_of_conversation(rows, conversation_id) if conversation_id else None


def inverse_of(rows: Rows, operation: Operation, context: Context) -> tuple[Record, ...] | None:
    """The payloads that undo the operation, from the rows as they are before it; None when nothing can."""
    return kind_of(operation.payload).inverse(rows, operation.payload, context)


def encode_payload(payload: Record) -> str:
    """The payload as JSON text."""
    return json.dumps(to_plain(payload), ensure_ascii=False, separators=(",", ":"))


def decode_payload(name: str, version: int, text: str) -> Record:
    """The payload of a kind and version, brought up to the current version.

    Raises Rejected when the kind is unknown, the version is newer than ours, or the content is not valid.
    """
    kind = _BY_NAME.get(name)
    if kind is None or not 1 <= version <= kind.version:
        raise Rejected(Reason.UNKNOWN_OPERATION, name)
    try:
        plain = json.loads(text)
        if not isinstance(plain, dict):
            raise Rejected(Reason.INVALID, name)
        for upcast in kind.upcasters[version - 1 :]:
            plain = upcast(plain)
        payload: Record = from_plain(kind.payload, plain)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise Rejected(Reason.INVALID, name) from error
    return payload
