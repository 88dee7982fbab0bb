"""Replies that have not left while somebody else writes: they are held, for their authors have not seen that."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.conversation_merging import messages_of, need_conversation, standing_of
from agent_desktop.domain.delivery import MAXIMUM_UNDO_SECONDS, Delivery
from agent_desktop.domain.ids import Id
from agent_desktop.domain.message import Message
from agent_desktop.domain.operations.base import Context
from agent_desktop.domain.rows import Rows
from agent_desktop.domain.standing import is_said


def change_reply(rows: Rows, before: Message, after: Message) -> None:
    """Write what became of a reply, and what the conversation says about its messages now."""
    rows.put(after)
    if is_said(before) or is_said(after):
        conversation = need_conversation(rows, after.conversation_id)
        standing = standing_of(rows, conversation)
        if standing != conversation:
            rows.put(standing)


def hold_waiting(rows: Rows, conversation: Conversation, context: Context) -> Conversation:
    """Hold the replies that are to be sent later, or could not leave in time, such as on a channel that is not
    connected: the customer has written, and their authors have not seen it.
    """
    longest = timedelta(seconds=MAXIMUM_UNDO_SECONDS)

    def waits(message: Message) -> bool:
        leaves = message.not_before
        return leaves is not None and (leaves - message.created_at > longest or context.at - leaves > longest)

    return _hold(rows, conversation, waits)


def hold_of_others(
    rows: Rows, conversation: Conversation, authors: set[Id | None], said_at: datetime, context: Context
) -> Conversation:
    """Hold what others have written and has not left: one of `authors` answers, at `said_at`, and they have not
    seen it. What leaves before the answer does stays: whoever answers has seen it.
    """

    def waits(message: Message) -> bool:
        leaves = message.not_before
        return message.author_id not in authors and not (leaves and context.at < leaves <= said_at)

    return _hold(rows, conversation, waits)


def _hold(rows: Rows, conversation: Conversation, waits: Callable[[Message], bool]) -> Conversation:
    """Hold the queued replies that are meant; the conversation as it stands without them.

    An automatic one is called back: it comes too late, and has no author who could decide.
    """
    queued = messages_of(rows, conversation, delivery=Delivery.QUEUED.value)
    held = [message for message in queued if waits(message) and not message.forwarded]
    for message in held:
        stays = Delivery.CANCELLED if message.automatic else Delivery.HELD
        change_reply(rows, message, replace(message, delivery=stays))
    return need_conversation(rows, conversation.id) if held else conversation
