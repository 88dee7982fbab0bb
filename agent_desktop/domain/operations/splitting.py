"""Taking a message, and what followed it, out of a conversation into a new one. Merging that back is the way back."""

from dataclasses import dataclass, replace
from datetime import datetime

from agent_desktop.domain.conversation import Conversation, Status
from agent_desktop.domain.conversation_merging import (
    bring_up_to_date,
    merged_with,
    messages_of,
    moment_of_merge,
    need_conversation,
    survivor_of_conversation,
    waited_for_since,
)
from agent_desktop.domain.customer import Customer
from agent_desktop.domain.errors import Reason, Rejected
from agent_desktop.domain.ids import Id
from agent_desktop.domain.message import Attachment, Direction, Message, MessageKind
from agent_desktop.domain.operations.base import Context, OperationKind, put_event
from agent_desktop.domain.operations.conversation import take_number
from agent_desktop.domain.operations.merging import MergeConversations, named
from agent_desktop.domain.permissions import Permission
from agent_desktop.domain.policy import LEGAL_HOLD
from agent_desktop.domain.rows import Rows
from agent_desktop.domain.scopes import conversation_scope
from agent_desktop.domain.standing import is_waited_for


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitConversation:
    """Take a message out into a new conversation; `following`: with everything that was written after it.

    The customer of the new one is who wrote the message. Replies that wait leave as they would have.
    """

    conversation_id: Id
    message_id: Id
    new_conversation_id: Id
    following: bool = False
    subject: str = ""


def moved_by_split(messages: list[Message], message: Message, following: bool) -> list[Message]:
    """Which of a conversation's messages go along: no lines that say what was done in it."""
    written = [one for one in messages if one.kind is not MessageKind.EVENT]
    if not following:
        return [one for one in written if one.id == message.id]
    return [one for one in written if (one.created_at, one.id) >= (message.created_at, message.id)]


def _split(rows: Rows, payload: SplitConversation, context: Context) -> None:
    origin = need_conversation(rows, payload.conversation_id)
    if rows.get(Conversation, payload.new_conversation_id) is not None:
        raise Rejected(Reason.EXISTS, "conversation")
    messages = messages_of(rows, origin)
    message = next((one for one in messages if one.id == payload.message_id), None)
    if message is None:
        raise Rejected(Reason.GONE, "message")
    moved = moved_by_split(messages, message, payload.following)
    left = sum(one.kind is not MessageKind.EVENT for one in messages) - len(moved)
    if not moved or not left:
        raise Rejected(Reason.INVALID, "nothing to take out, or nothing left")
    new = _new(rows, payload, origin, moved, context)
    rows.put(new)
    for one in moved:
        rows.put(replace(one, conversation_id=new.id))
        if one.attachment_count:
            for file in rows.query(Attachment, message_id=one.id):
                rows.put(replace(file, conversation_id=new.id))
    bring_up_to_date(rows, new)
    bring_up_to_date(rows, origin)
    put_event(rows, origin.id, f"Took a message out into {named(new)}", context)
    put_event(rows, new.id, f"Taken out of {named(origin)}", context)


def _new(
    rows: Rows, payload: SplitConversation, origin: Conversation, moved: list[Message], context: Context
) -> Conversation:
    members = merged_with(rows, origin)
    first = min(moved, key=lambda one: (one.created_at, one.id))
    writer = next((one.author_id for one in moved if one.direction is Direction.IN), None)
    customer = rows.get(Customer, writer) if writer else None
    new = Conversation(
        id=payload.new_conversation_id,
        number=take_number(rows, context),
        subject=payload.subject.strip() or first.subject or origin.subject,
        customer_id=customer.id if customer else origin.customer_id,
        channel_id=origin.channel_id,
        status=Status.OPEN,
        priority=origin.priority,
        assignee_id=origin.assignee_id,
        team_id=origin.team_id,
        # What is held for the law is held wherever it goes.
        tags=(LEGAL_HOLD,) if any(LEGAL_HOLD in part.tags for part in members) else (),
        created_at=first.created_at,
        last_message_at=first.created_at,
        reopened_at=_start(members, moved),
        follow_up_of=origin.id,
    )
    on = first.channel_id
    if on is not None and on != origin.channel_id:
        there = replace(new, channel_id=on)
        if conversation_scope(rows, there, context.narrow) == conversation_scope(rows, new, context.narrow):
            return there
    return new


def _start(members: list[Conversation], moved: list[Message]) -> datetime | None:
    """From when on what is taken out is waited for: from the first message on that was waited for where it was."""
    starts = waited_for_since(members)
    known = [start for one in moved if (start := starts[one.conversation_id]) is not None]
    if not known:
        return None
    waited = (one.created_at for one in moved if is_waited_for(one, starts[one.conversation_id]))
    return min(waited, default=max(known))


def _inverse_split(
    rows: Rows, payload: SplitConversation, context: Context
) -> tuple[MergeConversations, ...]:
    origin = survivor_of_conversation(rows, payload.conversation_id)
    if origin is None:
        return ()
    return (
        MergeConversations(
            conversation_id=payload.new_conversation_id,
            into_id=origin.id,
            merged_at=moment_of_merge(context.at, origin),
        ),
    )


SPLIT_CONVERSATION = OperationKind(
    name="conversation.split",
    permission=Permission.CONVERSATION_MERGE,
    title="Take a message out",
    payload=SplitConversation,
    apply=_split,
    inverse=_inverse_split,
    about=lambda payload: payload.conversation_id,
)
KINDS = (SPLIT_CONVERSATION,)
