"""Operations that make one conversation of two, take them apart again, and decide about a suggested match.

A merge is an alias: nothing is moved, whatever comes for the merged one later happens to the survivor, and taking apart
is forgetting the alias.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from agent_desktop.domain.conversation import Conversation, Status
from agent_desktop.domain.conversation_merging import (
    bring_up_to_date,
    depth_of,
    hops_of,
    join,
    join_again,
    need_conversation,
    separate,
    survivor_of_conversation,
)
from agent_desktop.domain.errors import Reason, Rejected
from agent_desktop.domain.ids import Id
from agent_desktop.domain.merging import MERGE_HOPS
from agent_desktop.domain.operations.base import Context, OperationKind, need, put_event
from agent_desktop.domain.permissions import Permission
from agent_desktop.domain.policy import LEGAL_HOLD
from agent_desktop.domain.rows import Rows
from agent_desktop.domain.scopes import conversation_scope


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeConversations:
    """Make a conversation part of another one, or of what that one is part of meanwhile.

    `merged_at` is given by an undo of taking apart: nothing but the alias is changed then.
    """

    conversation_id: Id
    into_id: Id
    merged_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SurvivorBefore:
    """What a merge changed of the survivor beside what its messages say, as it was before."""

    status: Status
    last_in_id: Id | None
    solved_at: datetime | None
    reopened_at: datetime | None
    snoozed_until: datetime | None
    added_tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UnmergeConversation:
    """Take a merged conversation out of the one that it is part of. What was addressed to it stays with it, whenever
    it came; what was addressed to the survivor stays there.

    `before` is given by an undo of the merge, which brings the survivor back as it was.
    """

    conversation_id: Id
    into_id: Id
    before: SurvivorBefore | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DismissSuggestion:
    """Keep a conversation apart from the one that it may belong to."""

    conversation_id: Id
    suggested_id: Id


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreSuggestion:
    """Ask again whether a conversation belongs to another one."""

    conversation_id: Id
    suggested_id: Id


def named(conversation: Conversation) -> str:
    """A conversation in a line of a timeline: without its words, which may be erased later."""
    return f"#{conversation.number}" if conversation.number else "a new conversation"


def _merge(rows: Rows, payload: MergeConversations, context: Context) -> None:
    source = need(rows, Conversation, payload.conversation_id)
    survivor = need_conversation(rows, payload.into_id)
    if payload.conversation_id == payload.into_id:
        raise Rejected(Reason.INVALID, "into itself")
    if need_conversation(rows, source.id).id == survivor.id:
        return  # somebody else did the same, or the same the other way round
    if source.merged_into is not None:
        raise Rejected(Reason.MERGED)
    if not context.actor.may(Permission.CONVERSATION_MERGE, survivor):
        raise Rejected(Reason.FORBIDDEN, "survivor")
    here, there = (conversation_scope(rows, one, context.narrow) for one in (source, survivor))
    if here != there:
        raise Rejected(Reason.SEEN_BY_OTHERS)
    above = 0 if payload.merged_at is None else hops_of(rows, need(rows, Conversation, payload.into_id))
    if depth_of(rows, source) + 1 + above > MERGE_HOPS:
        raise Rejected(Reason.INVALID, "merged too often")
    if payload.merged_at is not None:
        join_again(rows, source, payload.into_id, payload.merged_at)
    else:
        join(rows, source, survivor, context.at)
    put_event(rows, survivor.id, f"Merged {named(source)} into this", context)


def _inverse_merge(
    rows: Rows, payload: MergeConversations, context: Context
) -> tuple[UnmergeConversation, ...]:
    source = rows.get(Conversation, payload.conversation_id)
    survivor = survivor_of_conversation(rows, payload.into_id)
    if source is None or survivor is None or source.merged_into is not None or source.id == survivor.id:
        return ()
    before = SurvivorBefore(
        status=survivor.status,
        last_in_id=survivor.last_in_id,
        solved_at=survivor.solved_at,
        reopened_at=survivor.reopened_at,
        snoozed_until=survivor.snoozed_until,
        added_tags=tuple(tag for tag in source.tags if tag not in survivor.tags and tag != LEGAL_HOLD),
    )
    return (UnmergeConversation(conversation_id=source.id, into_id=survivor.id, before=before),)


def _unmerge(rows: Rows, payload: UnmergeConversation, context: Context) -> None:
    source = need(rows, Conversation, payload.conversation_id)
    survivor = need_conversation(rows, source.id)
    meant = survivor_of_conversation(rows, payload.into_id)
    if source.merged_into is None or meant is None or meant.id != survivor.id:
        return  # somebody else did it already
    seen = conversation_scope(rows, survivor, context.narrow)
    if _home(conversation_scope(rows, replace(source, merged_into=None), context.narrow)) != _home(seen):
        # It must not be seen by more people for that it was taken apart.
        source = replace(source, team_id=survivor.team_id)
        if _home(conversation_scope(rows, replace(source, merged_into=None), context.narrow)) != _home(seen):
            raise Rejected(Reason.SEEN_BY_OTHERS)
    direct = source.merged_into
    separate(rows, source)
    if payload.before is not None and direct == survivor.id:
        _bring_back(rows, need(rows, Conversation, survivor.id), payload.before)
    put_event(rows, survivor.id, f"Took {named(source)} out of this again", context)


def _home(scope: str) -> str:
    """Where a conversation is, whoever sees it besides."""
    return scope.partition("+")[0]


def _bring_back(rows: Rows, survivor: Conversation, before: SurvivorBefore) -> None:
    tags = tuple(tag for tag in survivor.tags if tag not in before.added_tags or tag == LEGAL_HOLD)
    survivor = replace(survivor, tags=tags)
    if survivor.last_in_id == before.last_in_id:
        # Otherwise the customer has written meanwhile, who must not be put away.
        survivor = replace(
            survivor,
            status=before.status,
            solved_at=before.solved_at,
            reopened_at=before.reopened_at,
            snoozed_until=before.snoozed_until,
        )
    bring_up_to_date(rows, survivor)


def _inverse_unmerge(
    rows: Rows, payload: UnmergeConversation, context: Context
) -> tuple[MergeConversations, ...]:
    source = rows.get(Conversation, payload.conversation_id)
    if source is None or source.merged_into is None:
        return ()
    return (
        MergeConversations(
            conversation_id=source.id, into_id=source.merged_into, merged_at=source.merged_at or context.at
        ),
    )


def _dismiss(rows: Rows, payload: DismissSuggestion, context: Context) -> None:
    conversation = need(rows, Conversation, payload.conversation_id)
    if conversation.suggested_id == payload.suggested_id:
        rows.put(replace(conversation, suggested_id=None))


def _inverse_dismiss(
    rows: Rows, payload: DismissSuggestion, context: Context
) -> tuple[RestoreSuggestion, ...]:
    conversation = rows.get(Conversation, payload.conversation_id)
    if conversation is None or conversation.suggested_id != payload.suggested_id:
        return ()
    return (RestoreSuggestion(conversation_id=conversation.id, suggested_id=payload.suggested_id),)


def _restore(rows: Rows, payload: RestoreSuggestion, context: Context) -> None:
    conversation = need(rows, Conversation, payload.conversation_id)
    need(rows, Conversation, payload.suggested_id)
    if conversation.suggested_id is None and conversation.id != payload.suggested_id:
        rows.put(replace(conversation, suggested_id=payload.suggested_id))


def _inverse_restore(
    rows: Rows, payload: RestoreSuggestion, context: Context
) -> tuple[DismissSuggestion, ...]:
    conversation = rows.get(Conversation, payload.conversation_id)
    if conversation is None or conversation.suggested_id is not None:
        return ()
    return (DismissSuggestion(conversation_id=conversation.id, suggested_id=payload.suggested_id),)


MERGE_CONVERSATIONS = OperationKind(
    name="conversation.merge",
    permission=Permission.CONVERSATION_MERGE,
    title="Merge conversations",
    payload=MergeConversations,
    apply=_merge,
    inverse=_inverse_merge,
    about=lambda payload: payload.conversation_id,
)
UNMERGE_CONVERSATION = OperationKind(
    name="conversation.unmerge",
    permission=Permission.CONVERSATION_MERGE,
    title="Take apart",
    payload=UnmergeConversation,
    apply=_unmerge,
    inverse=_inverse_unmerge,
    about=lambda payload: payload.conversation_id,
)
DISMISS_SUGGESTION = OperationKind(
    name="conversation.dismiss_suggestion",
    permission=Permission.CONVERSATION_EDIT,
    title="Keep apart",
    payload=DismissSuggestion,
    apply=_dismiss,
    inverse=_inverse_dismiss,
    about=lambda payload: payload.conversation_id,
)
RESTORE_SUGGESTION = OperationKind(
    name="conversation.restore_suggestion",
    permission=Permission.CONVERSATION_EDIT,
    title="Suggest again",
    payload=RestoreSuggestion,
    apply=_restore,
    inverse=_inverse_restore,
    about=lambda payload: payload.conversation_id,
)
KINDS = (MERGE_CONVERSATIONS, UNMERGE_CONVERSATION, DISMISS_SUGGESTION, RESTORE_SUGGESTION)
