"""Lists of conversations: keys in order, rows of a page, exact counts."""

from array import array
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from agent_desktop.domain.clock import Clock, to_microseconds
from agent_desktop.domain.conversation import Conversation, Priority
from agent_desktop.domain.delivery import Delivery
from agent_desktop.domain.ids import Id
from agent_desktop.domain.view import ConversationFilter, SortOrder
from agent_desktop.services.inbox_rows import InboxRow
from agent_desktop.store.drafts import DraftKind, Drafts
from agent_desktop.store.inbox import InboxQueries
from agent_desktop.store.schema import LATEST

_PRIORITY_RANK = {priority: -rank for rank, priority in enumerate(Priority)}


class ViewCount(NamedTuple):
    """How many conversations a view holds, and how many of them are overdue."""

    total: int
    overdue: int


class InboxService:
    """Reads for lists of conversations as one user sees them."""

    def __init__(self, queries: InboxQueries, drafts: Drafts, clock: Clock, user_id: Id) -> None:
        self._queries = queries
        self._drafts = drafts
        self._clock = clock
        self._user_id = user_id

    def first_page(self, wanted: ConversationFilter, sort: SortOrder, limit: int = 100) -> "array[int]":
        """The keys of the first screen."""
        return self._queries.keys(wanted, sort, self._user_id, self._clock.now(), limit)

    def keys(self, wanted: ConversationFilter, sort: SortOrder) -> "array[int]":
        """The keys of everything in the view, in order."""
        return self._queries.keys(wanted, sort, self._user_id, self._clock.now())

    def order(self, wanted: ConversationFilter, sort: SortOrder) -> "tuple[array[int], ...]":
        """The parts of `sort_key` for everything in the view, as parallel columns."""
        return self._queries.order(wanted, sort, self._user_id, self._clock.now())

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
        ids = self._drafts.conversation_ids()
        survivors = self._queries.survivors(ids) if ids else {}
        return tuple(dict.fromkeys(survivors.get(row_id, row_id) for row_id in ids))

    def begun(self) -> int:
        """How many messages that begin conversations this user is writing, here or on another device."""
        here = {draft.conversation_id for draft in self._drafts.of_kind(DraftKind.NEW)}
        return len(here | self._queries.begun(self._user_id))

    def waiting_ids(self) -> tuple[Id, ...]:
        """Conversations with replies of this user that have not left."""
        return tuple(self._queries.waiting_replies(self._user_id))

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
        return self._with_local(self._queries.listed(keys, self._user_id))

    def first_screen(
        self, wanted: ConversationFilter, sort: SortOrder, limit: int
    ) -> "tuple[tuple[array[int], ...], list[InboxRow]]":
        """What `order` and `rows` give for the beginning of a view, by one query."""
        order, rows = self._queries.page(wanted, sort, self._user_id, self._clock.now(), limit)
        return order, self._with_local(rows)

    def _with_local(self, rows: list[InboxRow]) -> list[InboxRow]:
        """The rows with what is on its way on this device: few of them have any of it."""
        waiting = self._queries.waiting_replies()
        drafts = frozenset(self.draft_ids())
        if not waiting and not drafts:
            return rows
        return [
            _marked(row, waiting.get(row.id, ()), row.id in drafts)
            if row.id in waiting or row.id in drafts
            else row
            for row in rows
        ]


def _marked(row: InboxRow, waiting: Sequence[Delivery], has_draft: bool) -> InboxRow:
    held = waiting.count(Delivery.HELD)
    return row._replace(has_draft=has_draft, waiting_to_send=len(waiting) - held, held=held > 0)
