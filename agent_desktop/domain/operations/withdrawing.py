"""Taking back a message that began a conversation: nothing of it has left, so nothing of it stays."""

from collections import deque
from dataclasses import dataclass

from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.delivery import Delivery
from agent_desktop.domain.erasing import remove_conversation
from agent_desktop.domain.ids import Id
from agent_desktop.domain.message import Message, MessageKind
from agent_desktop.domain.operations.base import Context, OperationKind
from agent_desktop.domain.permissions import Permission
from agent_desktop.domain.policy import LEGAL_HOLD
from agent_desktop.domain.rows import Rows


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawConversation:
    """Remove a conversation that the acting user began with a reply that was called back. Where anybody has written
    since, or it was merged or is held for the law, it stays: nobody needs to hear that.
    """

    conversation_id: Id


def beginning_of(rows: Rows, conversation_id: Id, user_id: Id) -> Message | None:
    """The reply of this user that is all there is to a conversation, and of which nothing is known to have left."""
    conversation = rows.get(Conversation, conversation_id)
    if conversation is None or LEGAL_HOLD in conversation.tags:
        return None
    if (
        conversation.merged_into
        or conversation.follow_up_of
        or rows.query(Conversation, merged_into=conversation_id)
    ):
        return None
    messages = rows.query(Message, conversation_id=conversation_id)
    written = [message for message in messages if message.kind is not MessageKind.EVENT]
    if len(written) != 1:
        return None
    (reply,) = written
    # Something may have been said of it before it was called back: that some of its recipients have it, say.
    is_own = reply.kind is MessageKind.REPLY and reply.author_id == user_id
    return reply if is_own and not reply.delivery_detail else None


def _withdraw(rows: Rows, payload: WithdrawConversation, context: Context) -> None:
    reply = beginning_of(rows, payload.conversation_id, context.actor_id)
    conversation = rows.get(Conversation, payload.conversation_id)
    if conversation is not None and reply is not None and reply.delivery is Delivery.CANCELLED:
        deque(
            remove_conversation(rows, conversation), maxlen=0
        )  # no file goes: its author has a draft that names them


WITHDRAW_CONVERSATION = OperationKind(
    name="conversation.withdraw",
    permission=Permission.CONVERSATION_REPLY,
    title="Undo new conversation",
    payload=WithdrawConversation,
    apply=_withdraw,
    about=lambda payload: payload.conversation_id,
)
KINDS = (WITHDRAW_CONVERSATION,)
