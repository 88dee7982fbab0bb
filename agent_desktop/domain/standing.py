"""What a conversation says about its messages: who wrote last, who waits since when, the preview, the count."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.ids import Id
from agent_desktop.domain.message import Delivery, Direction, Message, MessageKind, preview_of
from agent_desktop.domain.sla import with_due

NEXT = timedelta(microseconds=1)
"""The shortest time between two things that are said in one conversation."""


def is_said(message: Message) -> bool:
    """Whether the message is part of what was said: not a note, an event, an automatic answer of ours, or a reply that
    is kept back.
    """
    if message.kind is MessageKind.REPLY:
        answers = message.automatic and message.direction is Direction.OUT
        return not answers and message.delivery not in (Delivery.CANCELLED, Delivery.HELD)
    return message.kind is MessageKind.CALL


def is_news_to(author_id: Id | None, message: Message) -> bool:
    """Whether somebody else than this author said it, so that a reply of theirs may not know of it."""
    return is_said(message) and (message.direction is Direction.IN or message.author_id != author_id)


def time_of_next(conversation: Conversation, wanted: datetime) -> datetime:
    """When the next message counts as said: as wanted, but after everything that was said before it.

    Order of time is therefore order of arrival, however wrong the clocks of senders are: a late message is new to
    its readers, stays unread and holds back replies whose author has not seen it.
    """
    said = max(
        (moment for moment in (conversation.last_in_at, conversation.last_out_at) if moment), default=None
    )
    return wanted if said is None or wanted > said else said + NEXT


def with_message(conversation: Conversation, message: Message) -> Conversation:
    """The conversation after one more thing was said, later than all before it."""
    return _with_message(conversation, message, conversation.reopened_at)


def _with_message(conversation: Conversation, message: Message, start: datetime | None) -> Conversation:
    changed = replace(
        conversation,
        last_message_at=message.created_at,
        preview=preview_of(message.text) or preview_of(message.subject),
        preview_out=message.direction is Direction.OUT,
        message_count=conversation.message_count + 1,
    )
    if message.direction is Direction.IN:
        changed = replace(changed, last_in_id=message.id, last_in_at=message.created_at)
        if conversation.waiting_since is None and is_waited_for(message, start):
            changed = replace(changed, waiting_since=message.created_at)
    else:
        changed = replace(changed, last_out_id=message.id, last_out_at=message.created_at)
        if message.delivery is not Delivery.FAILED and not message.automatic and not message.forwarded:
            changed = replace(changed, waiting_since=None)
    return with_due(changed)


def is_waited_for(message: Message, start: datetime | None) -> bool:
    """Whether somebody who wrote this waits for an answer, where what came before `start` was over."""
    return (
        message.direction is Direction.IN
        and not message.automatic
        and is_said(message)
        and (start is None or message.created_at >= start)
    )


def with_messages(
    conversation: Conversation,
    messages: Iterable[Message],
    starts: Mapping[Id, datetime | None] | None = None,
) -> Conversation:
    """The conversation as it stands with exactly these messages, in whatever order they are given.

    `starts` says of conversations that were merged into it from when on their messages are waited for.
    """
    since = {conversation.id: conversation.reopened_at, **(starts or {})}
    standing = replace(
        conversation,
        last_message_at=conversation.created_at,
        last_in_id=None,
        last_in_at=None,
        last_out_id=None,
        last_out_at=None,
        waiting_since=None,
        preview="",
        preview_out=False,
        message_count=0,
    )
    said = (message for message in messages if is_said(message))
    for message in sorted(said, key=lambda message: (message.created_at, message.id)):
        start = since.get(message.conversation_id, conversation.reopened_at)
        standing = _with_message(standing, message, start)
    return with_due(standing)
