"""Writing down telephone calls that were made outside of this program."""

from dataclasses import dataclass
from datetime import datetime

from agent_desktop.domain.call import CallOutcome, call_line, ends_waiting
from agent_desktop.domain.conversation_merging import belongs_to, need_conversation, standing_of
from agent_desktop.domain.errors import Reason, Rejected
from agent_desktop.domain.ids import Id
from agent_desktop.domain.message import Direction, Message, MessageKind
from agent_desktop.domain.operations.base import Context, OperationKind, need
from agent_desktop.domain.operations.holding import hold_of_others, hold_waiting
from agent_desktop.domain.permissions import Permission
from agent_desktop.domain.rows import Rows
from agent_desktop.domain.standing import time_of_next, with_message
from agent_desktop.domain.workspace import Channel, User

LONGEST_CALL = 24 * 3600
"""Seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogCall:
    """Write down a call with the customer. `seconds` is how long it took, `notes` what was said."""

    conversation_id: Id
    message_id: Id
    direction: Direction
    outcome: CallOutcome
    started_at: datetime
    seconds: int = 0
    notes: str = ""
    channel_id: Id | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveCall:
    """Take back a call that one has written down oneself."""

    conversation_id: Id
    message_id: Id


def _log(rows: Rows, payload: LogCall, context: Context) -> None:
    conversation = need_conversation(rows, payload.conversation_id)
    if rows.get(Message, payload.message_id) is not None:
        raise Rejected(Reason.EXISTS, "message")
    if payload.channel_id is not None:
        need(rows, Channel, payload.channel_id)
    if not 0 <= payload.seconds <= LONGEST_CALL:
        raise Rejected(Reason.INVALID, "duration")
    answered = ends_waiting(payload.direction, payload.outcome)
    tried = payload.direction is Direction.OUT and not answered
    if answered:
        conversation = hold_of_others(rows, conversation, {context.actor_id}, context.at, context)
    elif not tried:
        conversation = hold_waiting(rows, conversation, context)
    author = rows.get(User, context.actor_id)
    line = call_line(payload.direction, payload.outcome, payload.seconds)
    message = Message(
        id=payload.message_id,
        conversation_id=payload.conversation_id,
        kind=MessageKind.CALL,
        # Whoever was heard last: after a call in which both spoke, nobody waits for us.
        direction=Direction.OUT if answered else payload.direction,
        created_at=time_of_next(conversation, min(payload.started_at, context.at)),
        author_id=context.actor_id,
        author_name=author.name if author else "",
        channel_id=payload.channel_id,
        text=f"{line}\n{payload.notes.strip()}".strip(),
        automatic=tried,
    )
    rows.put(message)
    rows.put(with_message(conversation, message))


def _remove(rows: Rows, payload: RemoveCall, context: Context) -> None:
    message = need(rows, Message, payload.message_id)
    own = message.kind is MessageKind.CALL and message.author_id == context.actor_id
    if not own or not belongs_to(rows, message, payload.conversation_id, context.actor):
        raise Rejected(Reason.FORBIDDEN, "not a call of this user")
    rows.delete(Message, message.id)
    rows.put(standing_of(rows, need_conversation(rows, message.conversation_id)))


LOG_CALL = OperationKind(
    name="call.log",
    permission=Permission.CALL_LOG,
    title="Log a call",
    payload=LogCall,
    apply=_log,
    inverse=lambda rows, payload, context: (
        RemoveCall(conversation_id=payload.conversation_id, message_id=payload.message_id),
    ),
    about=lambda payload: payload.conversation_id,
)
REMOVE_CALL = OperationKind(
    name="call.remove",
    permission=Permission.CALL_LOG,
    title="Remove a call",
    payload=RemoveCall,
    apply=_remove,
    about=lambda payload: payload.conversation_id,
)
KINDS = (LOG_CALL, REMOVE_CALL)
