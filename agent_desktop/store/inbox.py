"""Queries behind the lists of conversations: keys in order, exact counts, rows of a page."""

import json
from array import array
from collections.abc import Iterable, Sequence
from datetime import datetime

from agent_desktop.domain.clock import from_microseconds, to_microseconds
from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.delivery import Delivery
from agent_desktop.domain.draft import BEGINS
from agent_desktop.domain.ids import Id
from agent_desktop.domain.merging import MERGE_HOPS
from agent_desktop.domain.view import ConversationFilter, SortOrder
from agent_desktop.store.database import Database, Value
from agent_desktop.store.filters import condition_of
from agent_desktop.store.inbox_row import COLUMNS, SOURCES, InboxRow
from agent_desktop.store.schema import LISTED, LISTED_BY_KEY, TO_BE_SENT, ReplicaSchema

_PARTS: dict[SortOrder, tuple[str, ...]] = {
    SortOrder.NEWEST: ("-last_message_at", "-conversation.pk"),
    SortOrder.OLDEST: ("last_message_at", "conversation.pk"),
    SortOrder.PRIORITY: ("priority_rank", "due_rank", "conversation.pk"),
    SortOrder.DUE: ("due_rank", "conversation.pk"),
}
_ORDERS: dict[SortOrder, str] = {
    SortOrder.NEWEST: "last_message_at DESC, conversation.pk DESC",
    SortOrder.OLDEST: "last_message_at, conversation.pk",
    SortOrder.PRIORITY: "priority_rank, due_rank, conversation.pk",
    SortOrder.DUE: "due_rank, conversation.pk",
}
# CROSS JOIN keeps the order of the keys.
_LISTED = f"""SELECT {COLUMNS} FROM json_each(?) AS wanted
    CROSS JOIN conversation ON conversation.pk = wanted.value {SOURCES}"""  # noqa: S608 - names from code
_COUNT = "SELECT count(*), count(*) FILTER (WHERE due_at <= ?) FROM conversation"
_LISTED_COUNT = (
    "(SELECT count(*) FROM conversation) - (SELECT count(*) FROM conversation WHERE merged_into IS NOT NULL)"
)
# What was merged is never due.
_COUNT_ALL = f"SELECT {_LISTED_COUNT}, (SELECT count(*) FROM conversation WHERE due_rank <= ?)"  # noqa: S608 - names from code
_WAITING_REPLIES = (
    f"SELECT conversation_id, delivery FROM message WHERE {TO_BE_SENT} AND (?1 IS NULL OR author_id = ?1)"  # noqa: S608 - names from code
)
_MERGED_KEYS = """SELECT c.pk, c.id FROM json_each(?) AS wanted CROSS JOIN conversation c ON c.pk = wanted.value
    WHERE c.merged_into IS NOT NULL"""
_MERGED = f"""WITH RECURSIVE up (id, at_id, hop) AS (
    SELECT c.id, c.merged_into, 1 FROM json_each(?) AS wanted CROSS JOIN conversation c ON c.id = wanted.value
        WHERE c.merged_into IS NOT NULL
    UNION ALL SELECT up.id, c.merged_into, hop + 1 FROM up CROSS JOIN conversation c ON c.id = at_id
        WHERE c.merged_into IS NOT NULL AND hop < {MERGE_HOPS})
    SELECT id, at_id FROM up ORDER BY hop"""  # noqa: S608 - a number from code


class InboxQueries:
    """Reads of conversations for lists. Keys are local integers (`pk`)."""

    def __init__(self, database: Database, schema: ReplicaSchema) -> None:
        self._database = database
        self._conversation = schema.tables[Conversation]
        columns = ", ".join(f"conversation.{name}" for name in self._conversation.columns)
        self._conversations = (
            f"SELECT {columns}, conversation.pk FROM conversation"  # noqa: S608 - names from code
            " WHERE pk IN (SELECT value FROM json_each(?))"
        )

    def keys(
        self,
        wanted: ConversationFilter,
        sort: SortOrder,
        viewer_id: Id,
        now: datetime,
        limit: int | None = None,
    ) -> "array[int]":
        """The keys of all matching conversations in order, or of the first `limit`."""
        return self._columns(("conversation.pk",), wanted, sort, viewer_id, now, limit)[0]

    def order(
        self,
        wanted: ConversationFilter,
        sort: SortOrder,
        viewer_id: Id,
        now: datetime,
    ) -> "tuple[array[int], ...]":
        """What `keys` orders by, as parallel columns; the last one is the key, negative where high keys come first."""
        return self._columns(_PARTS[sort], wanted, sort, viewer_id, now)

    def _columns(
        self,
        parts: Sequence[str],
        wanted: ConversationFilter,
        sort: SortOrder,
        viewer_id: Id,
        now: datetime,
        limit: int | None = None,
    ) -> "tuple[array[int], ...]":
        condition = condition_of(wanted, viewer_id, now)
        # Of everything, its keys are read from an index alone.
        where = LISTED_BY_KEY if condition.sql == LISTED and limit is None else condition.sql
        sql = (
            f"SELECT {', '.join(parts)} FROM conversation WHERE {where}"  # noqa: S608 - values are bound
            f" ORDER BY {_ORDERS[sort]} LIMIT ?"
        )
        columns = tuple(array("q") for _ in parts)
        for chunk in self._database.chunks(sql, (*condition.values, -1 if limit is None else limit)):
            for column, values in zip(columns, zip(*chunk, strict=True), strict=True):
                column.extend(values)
        return columns

    def page(
        self, wanted: ConversationFilter, sort: SortOrder, viewer_id: Id, now: datetime, limit: int
    ) -> "tuple[tuple[array[int], ...], list[InboxRow]]":
        """The first `limit` conversations in order: what `order` gives, and what a list shows of them."""
        condition, parts = condition_of(wanted, viewer_id, now), _PARTS[sort]
        sql = (
            f"SELECT {', '.join(parts)}, {COLUMNS} FROM conversation {SOURCES}"  # noqa: S608 - values are bound
            f" WHERE {condition.sql} ORDER BY {_ORDERS[sort]} LIMIT ?"
        )
        found = self._database.query(sql, (viewer_id, *condition.values, limit))
        columns = tuple(array("q", [row[part] for row in found]) for part in range(len(parts)))
        return columns, [InboxRow._make(row[len(parts) :]) for row in found]

    def counts(
        self, filters: Sequence[ConversationFilter], viewer_id: Id, now: datetime
    ) -> list[tuple[int, int]]:
        """For each filter, how many conversations match, and how many of these are overdue."""
        if not filters:
            return []
        parts: list[str] = []
        values: list[Value] = []
        for wanted in filters:
            condition = condition_of(wanted, viewer_id, now)
            # Everything is counted by pages of an index; the rest in one pass for both figures.
            parts.append(_COUNT_ALL if condition.sql == LISTED else f"{_COUNT} WHERE {condition.sql}")
            values += [to_microseconds(now), *condition.values]
        return [
            (total, overdue) for total, overdue in self._database.query(" UNION ALL ".join(parts), values)
        ]

    def total(self) -> int:
        """How many conversations are on this device."""
        return int(self._database.query("SELECT count(*) FROM conversation")[0][0])

    def listed(self, keys: Sequence[int], viewer_id: Id) -> list[InboxRow]:
        """What a list shows of the conversations with these keys, in their order; what is gone is left out."""
        return list(map(InboxRow._make, self._database.query(_LISTED, (json.dumps(list(keys)), viewer_id))))

    def conversations(self, keys: Sequence[int]) -> dict[int, Conversation]:
        """The conversations with these keys."""
        found = self._database.query(self._conversations, (json.dumps(list(keys)),))
        return {row[-1]: self._conversation.row(row) for row in found}

    def keys_of(self, ids: Sequence[Id]) -> dict[Id, int]:
        """The keys of conversations by id."""
        found = self._database.query(
            "SELECT id, pk FROM conversation WHERE id IN (SELECT value FROM json_each(?))",
            (json.dumps(list(ids)),),
        )
        return dict(found)

    def survivors(self, ids: Iterable[Id]) -> dict[Id, Id]:
        """What those of these conversations are part of that were merged into another."""
        return dict(self._database.query(_MERGED, (json.dumps(list(ids)),)))

    def surviving_keys(self, keys: Iterable[int]) -> dict[int, int]:
        """What those of these keys are part of that are of merged conversations."""
        wanted = json.dumps(list(keys))
        merged = dict(self._database.query(_MERGED_KEYS, (wanted,)))
        if not merged:
            return {}
        survivors = self.survivors(merged.values())
        keys_of = self.keys_of(list(survivors.values()))
        return {
            pk: keys_of[survivors[row_id]] for pk, row_id in merged.items() if survivors[row_id] in keys_of
        }

    def id_by_number(self, number: int) -> Id | None:
        """The conversation with this number."""
        found = self._database.query("SELECT id FROM conversation WHERE number = ?", (number,))
        return found[0][0] if found else None

    def begun(self, user_id: Id) -> set[Id]:
        """What this user has shared of messages that begin conversations, by the ids of these."""
        found = self._database.query(
            "SELECT conversation_id FROM draft_copy WHERE user_id = ? AND kind = ?", (user_id, BEGINS)
        )
        return {row[0] for row in found}

    def waiting_replies(self, author_id: Id | None = None) -> dict[Id, list[Delivery]]:
        """Deliveries of our replies that wait, were held or failed, by conversation: those of one author, or all."""
        waiting: dict[Id, list[Delivery]] = {}
        for conversation_id, delivery in self._database.query(_WAITING_REPLIES, (author_id,)):
            waiting.setdefault(conversation_id, []).append(Delivery(delivery))
        for merged, survivor in (self.survivors(waiting) if waiting else {}).items():
            waiting.setdefault(survivor, []).extend(waiting.pop(merged))
        return waiting

    def next_wake(self, now: datetime) -> datetime | None:
        """When the next snoozed conversation wakes."""
        found = self._database.query(
            "SELECT min(snoozed_until) FROM conversation WHERE snoozed_until > ?", (to_microseconds(now),)
        )[0][0]
        return None if found is None else from_microseconds(found)
