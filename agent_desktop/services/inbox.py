"""Lists of conversations: keys in order, rows of a page, exact counts."""

import json
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from agent_desktop.domain.clock import Clock, from_microseconds, to_microseconds
from agent_desktop.domain.conversation import Conversation, Priority
from agent_desktop.domain.ids import Id
from agent_desktop.domain.message import Delivery
from agent_desktop.domain.view import ConversationFilter, SortOrder
from agent_desktop.domain.workspace import ChannelKind
from agent_desktop.services.directory import Directory
from agent_desktop.services.inbox_rows import InboxRow, initials_of
from agent_desktop.store.drafts import Drafts
from agent_desktop.store.inbox import InboxQueries, ListedConversation
from agent_desktop.store.schema import LATEST

_PRIORITY_RANK = {priority: -rank for rank, priority in enumerate(Priority)}


@dataclass(frozen=True, slots=True)
class ViewCount:
    """How many conversations a view holds, and how many of them are overdue."""

    total: int
    overdue: int


class InboxService:
    """Reads for lists of conversations as one user sees them."""

    def __init__(
        self, queries: InboxQueries, drafts: Drafts, directory: Directory, clock: Clock, user_id: Id
    ) -> None:
        self._queries = queries
        self._drafts = drafts
        self._directory = directory
        self._clock = clock
        self._user_id = user_id

    def first_page(self, wanted: ConversationFilter, sort: SortOrder, limit: int = 100) -> "array[int]":
        """The keys of the first screen."""
        return self._queries.keys(wanted, sort, self._user_id, self._clock.now(), limit)

    def keys(self, wanted: ConversationFilter, sort: SortOrder) -> "array[int]":
        """The keys of everything in the view, in order."""
        return self._queries.keys(wanted, sort, self._user_id, self._clock.now())

    def order(
        self, wanted: ConversationFilter, sort: SortOrder, limit: int | None = None
    ) -> "tuple[array[int], ...]":
        """The parts of `sort_key` for everything in the view (or its first `limit`), as parallel columns."""
        return self._queries.order(wanted, sort, self._user_id, self._clock.now(), limit)

    def counts(self, filters: Sequence[ConversationFilter]) -> list[ViewCount]:
        """Exact counts of several views, all of the same commit."""
        found = self._queries.counts(filters, self._user_id, self._clock.now())
        return [ViewCount(total, overdue) for total, overdue in found]

    def total(self) -> int:
        """How many conversations are on this device."""
        return self._queries.total()

    def next_wake(self) -> datetime | None:
        """When the next snoozed conversation wakes."""
        return self._queries.next_wake(self._clock.now())

    def keys_of(self, ids: Sequence[Id]) -> list[int]:
        """The keys of conversations, in the order of the ids; unknown ones are left out."""
        found = self._queries.keys_of(ids)
        return [found[row_id] for row_id in ids if row_id in found]

    def pk_of(self, conversation_id: Id) -> int | None:
        """The key of a conversation."""
        return self._queries.keys_of([conversation_id]).get(conversation_id)

    def id_of(self, pk: int) -> Id | None:
        """The conversation of a key."""
        found = self._queries.conversations([pk]).get(pk)
        return found.id if found else None

    def by_number(self, number: int) -> Id | None:
        """The conversation with this number."""
        return self._queries.id_by_number(number)

    def draft_ids(self) -> tuple[Id, ...]:
        """Conversations in which this user is writing something."""
        return self._drafts.conversation_ids()

    def waiting_ids(self) -> tuple[Id, ...]:
        """Conversations with replies that have not left."""
        return tuple(self._queries.waiting_replies())

    def matches(self, conversation: Conversation, wanted: ConversationFilter) -> bool:
        """Whether the view holds the conversation now."""
        return wanted.matches(conversation, self._user_id, self._clock.now())

    @staticmethod
    def sort_key(conversation: Conversation, sort: SortOrder, pk: int) -> tuple[int, ...]:
        """Compares as `keys` orders."""
        last = to_microseconds(conversation.last_message_at)
        due = LATEST - last if conversation.due_at is None else to_microseconds(conversation.due_at)
        match sort:
            case SortOrder.NEWEST:
                return (-last, -pk)
            case SortOrder.OLDEST:
                return (last, pk)
            case SortOrder.PRIORITY:
                return (_PRIORITY_RANK[conversation.priority], due, pk)
            case _:
                return (due, pk)

    def rows(self, keys: Sequence[int]) -> list[InboxRow]:
        """The rows of these keys in their order; what is gone is left out."""
        waiting = self._queries.waiting_replies()
        drafts = frozenset(self._drafts.conversation_ids())
        found = self._queries.listed(keys, self._user_id)
        return [self._row(item, waiting.get(item.id, []), item.id in drafts) for item in found]

    def _row(self, item: ListedConversation, waiting: list[Delivery], has_draft: bool) -> InboxRow:
        channel = self._directory.channel(item.channel_id)
        assignee = self._directory.user(item.assignee_id)
        name = item.customer_name or "Unknown customer"
        return InboxRow(
            pk=item.key,
            id=item.id,
            number=item.number,
            customer_name=name,
            initials=initials_of(name),
            channel_kind=(channel.kind if channel else ChannelKind.PORTAL).value,
            subject=item.subject,
            preview=f"You: {item.preview}" if item.preview_out else item.preview,
            last_message_at=from_microseconds(item.last_message_at),
            unread=bool(item.unread),
            status=item.status,
            priority=item.priority,
            assignee_id=item.assignee_id,
            assignee_name=assignee.name if assignee else None,
            due_at=None if item.due_at is None else from_microseconds(item.due_at),
            tags=_tags(item.tags),
            has_draft=has_draft,
            waiting_to_send=len(waiting) - waiting.count(Delivery.HELD),
            snoozed_until=None if item.snoozed_until is None else from_microseconds(item.snoozed_until),
            held=Delivery.HELD in waiting,
            first_reply=item.last_out_id is None,
        )


@lru_cache(maxsize=4096)
def _tags(text: str) -> tuple[str, ...]:
    """Tags from JSON: few combinations occur very often."""
    return tuple(json.loads(text))
