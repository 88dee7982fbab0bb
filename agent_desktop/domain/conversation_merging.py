"""Merged conversations: an alias that points to the survivor, and everything that is said under one of the names."""

from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.ids import Id
from agent_desktop.domain.merging import MERGE_HOPS
from agent_desktop.domain.rows import Rows


def survivor_of_conversation(rows: Rows, conversation_id: Id) -> Conversation | None:
    """The conversation that this id stands for after merges; None when there is none.

    After MERGE_HOPS the last one stands for all, so that a circle has an end.
    """
    conversation = rows.get(Conversation, conversation_id)
    for _ in range(MERGE_HOPS):
        if conversation is None or conversation.merged_into is None:
            return conversation
        conversation = rows.get(Conversation, conversation.merged_into) or conversation
    return conversation
