"""Merged conversations: an alias that points to the survivor, and everything that is said under one of the names.

Each keeps its own row and messages, so that taking them apart is only forgetting the alias. Whatever is meant for a
merged one happens to the survivor, which says what all of them say together.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from agent_desktop.domain.access import Actor
from agent_desktop.domain.conversation import Conversation, Status
from agent_desktop.domain.errors import Reason, Rejected
from agent_desktop.domain.ids import Id
from agent_desktop.domain.merging import MERGE_HOPS
from agent_desktop.domain.message import Message
from agent_desktop.domain.permissions import Permission
from agent_desktop.domain.policy import LEGAL_HOLD
from agent_desktop.domain.rows import Rows
from agent_desktop.domain.scopes import part_of
from agent_desktop.domain.standing import NEXT, with_messages

OVER = (Status.SOLVED, Status.CLOSED)
_MOST_URGENT = (Status.OPEN, Status.ON_HOLD, Status.PENDING, *OVER)


def survivor_of_conversation(rows: Rows, conversation_id: Id) -> Conversation | None:
    """The conversation that this id stands for after merges; None when there is none.

    After MERGE_HOPS the last one stands for all, so that a circle has an end.
    """
    conversation = rows.get(Conversation, conversation_id)
    return part_of(rows, conversation) if conversation else None


def need_conversation(rows: Rows, conversation_id: Id) -> Conversation:
    """What an operation on this id is done to, or the verdict that it is gone."""
    conversation = survivor_of_conversation(rows, conversation_id)
    if conversation is None:
        raise Rejected(Reason.GONE, Conversation.table)
    return conversation


def merged_with(rows: Rows, conversation: Conversation) -> list[Conversation]:
    """The conversation and everything that was merged into it, near before far."""
    found, last = [conversation], [conversation]
    for _ in range(MERGE_HOPS):
        last = [row for one in last for row in rows.query(Conversation, merged_into=one.id)]
        if not last:
            break
        found += last
    return found


def depth_of(rows: Rows, conversation: Conversation) -> int:
    """How many merges the farthest one is away that was merged into this conversation."""
    last = [conversation]
    for depth in range(MERGE_HOPS):
        last = [row for one in last for row in rows.query(Conversation, merged_into=one.id)]
        if not last:
            return depth
    return MERGE_HOPS


def hops_of(rows: Rows, conversation: Conversation) -> int:
    """How many merges the survivor is away."""
    hops = 0
    while conversation.merged_into is not None and hops < MERGE_HOPS:
        conversation = rows.get(Conversation, conversation.merged_into) or conversation
        hops += 1
    return hops


def messages_of(rows: Rows, conversation: Conversation, **equal: str) -> list[Message]:
    """The messages of a conversation and of everything that was merged into it, of which this holds."""
    return [
        message
        for one in merged_with(rows, conversation)
        for message in rows.query(Message, conversation_id=one.id, **equal)
    ]


def belongs_to(rows: Rows, message: Message, conversation_id: Id, actor: Actor) -> bool:
    """Whether a message is in a conversation, or was when it was last seen there: taken out since, or merged.

    Who may do something with the one need not be allowed to in the other.
    """
    if message.conversation_id == conversation_id:
        return True
    meant = survivor_of_conversation(rows, conversation_id)
    here = survivor_of_conversation(rows, message.conversation_id)
    if meant is None or here is None:
        return False
    if not actor.may(Permission.CONVERSATION_REPLY, here):
        return meant.id == here.id
    for _ in range(MERGE_HOPS):
        if here is None or here.id == meant.id:
            break
        here = survivor_of_conversation(rows, here.follow_up_of) if here.follow_up_of else None
    return here is not None and here.id == meant.id


def standing_of(rows: Rows, conversation: Conversation) -> Conversation:
    """The conversation as it stands with all of its messages."""
    members = merged_with(rows, conversation)
    messages = [message for one in members for message in rows.query(Message, conversation_id=one.id)]
    return with_messages(conversation, messages, waited_for_since(members))


def mentioning(rows: Rows, conversation: Conversation) -> Conversation:
    """The conversation with whom its notes ask for."""
    wanted = {
        user_id: None for message in messages_of(rows, conversation) for user_id in message.mentioned_ids
    }
    kept = [user_id for user_id in conversation.mentioned_ids if user_id in wanted]
    return replace(conversation, mentioned_ids=tuple(dict.fromkeys([*kept, *wanted])))


def waited_for_since(members: list[Conversation]) -> Mapping[Id, datetime | None]:
    """From when on the messages of each are waited for; None is from the first on. The survivor comes first.

    What was over before it was merged is not waited for.
    """
    survivor, *merged = members
    starts = {survivor.id: survivor.reopened_at}
    for one in merged:
        above = starts.get(one.merged_into or "")
        if above is not None and one.merged_at is not None and above >= one.merged_at:
            starts[one.id] = above  # what it was merged into was over since, and all of it with it
        elif one.status in OVER:
            starts[one.id] = (one.solved_at or one.last_message_at) + NEXT
        else:
            starts[one.id] = one.reopened_at
    return starts


def moment_of_merge(at: datetime, *conversations: Conversation) -> datetime:
    """When conversations are merged, in the time of what their customers said: after all of it and before whatever
    comes, so that what opens the survivor again is known to be later, whatever clocks say. `at` where nothing was said.
    """
    said = max((one.last_in_at for one in conversations if one.last_in_at), default=None)
    return at if said is None else said + NEXT


def join(rows: Rows, source: Conversation, survivor: Conversation, at: datetime) -> None:
    """Make `source` part of the survivor, which has the tags of both then, and waits if one of them does.

    What is held for the law is held where it is.
    """
    rows.put(
        replace(source, merged_into=survivor.id, merged_at=moment_of_merge(at, source, survivor), due_at=None)
    )
    tags = [tag for tag in source.tags if tag != LEGAL_HOLD]
    survivor = replace(survivor, tags=tuple(dict.fromkeys([*survivor.tags, *tags])))
    if source.status not in OVER:
        if survivor.status in OVER:
            # As if what is said in the source had been said here: what was over stays so.
            begin = source.waiting_since or source.created_at
            survivor = replace(survivor, reopened_at=begin, solved_at=None, status=source.status)
        survivor = replace(survivor, status=min(survivor.status, source.status, key=_MOST_URGENT.index))
        survivor = replace(survivor, snoozed_until=_earlier(survivor.snoozed_until, source.snoozed_until))
    bring_up_to_date(rows, survivor)


def join_again(rows: Rows, source: Conversation, into_id: Id, merged_at: datetime) -> None:
    """Make `source` part of another one as it was before: whatever else came of that is there already."""
    rows.put(replace(source, merged_into=into_id, merged_at=merged_at, due_at=None))
    bring_up_to_date(rows, need_conversation(rows, into_id))


def separate(rows: Rows, source: Conversation) -> None:
    """Take a merged conversation, with what was merged into it before, out of the one that it is part of.

    It is as it was, with what has come for it since. The survivor keeps what was done to it.
    """
    survivor = survivor_of_conversation(rows, source.id)
    if source.merged_into is not None and survivor is not None:
        bring_up_to_date(rows, replace(source, merged_into=None, merged_at=None))
        bring_up_to_date(rows, survivor)


def bring_up_to_date(rows: Rows, conversation: Conversation) -> None:
    """Write a conversation with what it says about its messages."""
    rows.put(standing_of(rows, mentioning(rows, conversation)))


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    return None if one is None or other is None else min(one, other)
