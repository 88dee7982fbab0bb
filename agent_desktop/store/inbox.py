"""Queries behind the lists of conversations: keys in order, exact counts, rows of a page."""

from array import array
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from agent_desktop.domain.clock import from_microseconds, to_microseconds
from agent_desktop.domain.conversation import ACTIVE, Conversation, ReadMarker
from agent_desktop.domain.customer import Customer
from agent_desktop.domain.ids import Id
from agent_desktop.domain.message import WAITING, Delivery, Message
from agent_desktop.domain.view import NOBODY, ConversationFilter, SortOrder
from agent_desktop.store.database import Database
from agent_desktop.store.schema import ReplicaSchema

CHUNK = 2_000


class InboxQueries:
    """Reads of conversations for lists. Keys are local integers (`pk`)."""

    def __init__(self, database: Database, schema: ReplicaSchema) -> None:
        self._database = database
        self._schema = schema
        self._conversation = schema.tables[Conversation]
        self._table = self._conversation.table

    def conditions(self, wanted: ConversationFilter, viewer_id: Id, now: datetime) -> ColumnElement[bool]:
        """`ConversationFilter.matches` as SQL; a test holds both to each other."""
        c = self._table.c
        found: list[ColumnElement[bool]] = []
        if wanted.statuses == ACTIVE:
            found.append(c.active == 1)
        elif wanted.statuses:
            found.append(c.status.in_([status.value for status in wanted.statuses]))
            if all(status in ACTIVE for status in wanted.statuses):
                found.append(c.active == 1)
        if wanted.assignee == NOBODY:
            found.append(c.assignee_id.is_(None))
        elif wanted.assignee:
            found.append(c.assignee_id == wanted.assignee_id(viewer_id))
        if wanted.team_id:
            found.append(c.team_id == wanted.team_id)
        if wanted.channel_id:
            found.append(c.channel_id == wanted.channel_id)
        if wanted.customer_id:
            found.append(c.customer_id == wanted.customer_id)
        if wanted.priorities:
            found.append(c.priority.in_([priority.value for priority in wanted.priorities]))
        if wanted.tag:
            found.append(self._has_facet(f"tag:{wanted.tag}"))
        if wanted.mentions_me:
            found.append(self._has_facet(f"mention:{viewer_id}"))
        if wanted.snoozed is not None:
            sleeps = and_(c.snoozed_until.is_not(None), c.snoozed_until > to_microseconds(now))
            awake = or_(c.snoozed_until.is_(None), c.snoozed_until <= to_microseconds(now))
            found.append(sleeps if wanted.snoozed else awake)
        if wanted.due_within_minutes is not None:
            limit = now + timedelta(minutes=wanted.due_within_minutes)
            found.append(c.due_at <= to_microseconds(limit))
            # Without it the planner would not use the order by due time.
            found.append(c.due_rank <= to_microseconds(limit))
        return and_(True, *found)

    def _has_facet(self, facet: str) -> ColumnElement[bool]:
        table = self._schema.facet.c
        return self._table.c.pk.in_(select(table.pk).where(table.facet == facet))

    def _ordered(self, statement: Select[*tuple[Any, ...]], sort: SortOrder) -> Select[*tuple[Any, ...]]:
        c = self._table.c
        match sort:
            case SortOrder.NEWEST:
                return statement.order_by(c.last_message_at.desc(), c.pk.desc())
            case SortOrder.OLDEST:
                return statement.order_by(c.last_message_at, c.pk)
            case SortOrder.PRIORITY:
                return statement.order_by(c.priority_rank, c.due_rank, c.pk)
            case _:
                return statement.order_by(c.due_rank, c.pk)

    def keys(
        self,
        wanted: ConversationFilter,
        sort: SortOrder,
        viewer_id: Id,
        now: datetime,
        limit: int | None = None,
    ) -> "array[int]":
        """The keys of all matching conversations in order, or of the first `limit`."""
        statement = select(self._table.c.pk).where(self.conditions(wanted, viewer_id, now))
        keys = array("q")
        with self._database.read() as connection:
            found = connection.execute(self._ordered(statement, sort).limit(limit))
            for chunk in found.partitions(CHUNK):
                keys.extend(row.pk for row in chunk)
        return keys

    def order(
        self,
        wanted: ConversationFilter,
        sort: SortOrder,
        viewer_id: Id,
        now: datetime,
        limit: int | None = None,
    ) -> "tuple[array[int], ...]":
        """What `keys` orders by, as parallel columns; the last one is the key, negative where high keys come first."""
        parts = self._parts(sort)
        statement = select(*parts).where(self.conditions(wanted, viewer_id, now))
        columns = tuple(array("q") for _ in parts)
        with self._database.read() as connection:
            found = connection.execute(self._ordered(statement, sort).limit(limit))
            for chunk in found.partitions(CHUNK):
                for column, values in zip(columns, zip(*chunk, strict=True), strict=True):
                    column.extend(values)
        return columns

    def _parts(self, sort: SortOrder) -> tuple[ColumnElement[int], ...]:
        c = self._table.c
        match sort:
            case SortOrder.NEWEST:
                return (-c.last_message_at, -c.pk)
            case SortOrder.OLDEST:
                return (c.last_message_at, c.pk)
            case SortOrder.PRIORITY:
                return (c.priority_rank, c.due_rank, c.pk)
            case _:
                return (c.due_rank, c.pk)

    def count(self, wanted: ConversationFilter, viewer_id: Id, now: datetime) -> tuple[int, int]:
        """How many conversations match, and how many of these are overdue."""
        condition = self.conditions(wanted, viewer_id, now)
        due = self._table.c.due_rank <= to_microseconds(now)
        with self._database.read() as connection:
            total = connection.execute(select(func.count()).select_from(self._table).where(condition)).scalar() or 0
            overdue = connection.execute(select(func.count()).select_from(self._table).where(condition, due)).scalar() or 0
        return total, overdue

    def total(self) -> int:
        """How many conversations are on this device."""
        with self._database.read() as connection:
            return connection.execute(select(func.count()).select_from(self._table)).scalar() or 0

    def conversations(self, keys: Sequence[int]) -> dict[int, Conversation]:
        """The conversations with these keys."""
        c = self._table.c
        statement = select(*self._conversation.fields, c.pk).where(c.pk.in_(keys))
        with self._database.read() as connection:
            return {row[-1]: self._conversation.row(row) for row in connection.execute(statement)}

    def keys_of(self, ids: Sequence[Id]) -> dict[Id, int]:
        """The keys of conversations by id."""
        c = self._table.c
        with self._database.read() as connection:
            return {row[0]: row[1] for row in connection.execute(select(c.id, c.pk).where(c.id.in_(ids)))}

    def id_by_number(self, number: int) -> Id | None:
        """The conversation with this number."""
        c = self._table.c
        with self._database.read() as connection:
            return connection.execute(select(c.id).where(c.number == number)).scalar()

    def customer_names(self, ids: Sequence[Id]) -> dict[Id, str]:
        """The names that customers are shown by: the survivor's where they were merged."""
        c = self._schema.tables[Customer].table.c
        names: dict[Id, str] = {}
        with self._database.read() as connection:
            found = connection.execute(select(c.id, c.name, c.merged_into).where(c.id.in_(ids))).all()
            merged = {row[2] for row in found if row[2]}
            survivors = (
                dict(connection.execute(select(c.id, c.name).where(c.id.in_(merged))).tuples().all())
                if merged
                else {}
            )
        for row_id, name, merged_into in found:
            names[row_id] = survivors.get(merged_into, name) if merged_into else name
        return names

    def read_times(self, ids: Sequence[Id], user_id: Id) -> dict[Id, datetime]:
        """Up to when the user has read these conversations."""
        c = self._schema.tables[ReadMarker].table.c
        statement = select(c.conversation_id, c.read_at).where(
            c.conversation_id.in_(ids), c.user_id == user_id
        )
        with self._database.read() as connection:
            return {row[0]: from_microseconds(row[1]) for row in connection.execute(statement)}

    def waiting_replies(self) -> dict[Id, list[Delivery]]:
        """Deliveries of our replies that wait, were held or failed, by conversation."""
        c = self._schema.tables[Message].table.c
        found: dict[Id, list[Delivery]] = {}
        with self._database.read() as connection:
            for conversation_id, delivery in connection.execute(
                select(c.conversation_id, c.delivery).where(
                    c.delivery.in_(sorted(item.value for item in WAITING))
                )
            ):
                found.setdefault(conversation_id, []).append(Delivery(delivery))
        return found

    def next_wake(self, now: datetime) -> datetime | None:
        """When the next snoozed conversation wakes."""
        c = self._table.c
        statement = select(func.min(c.snoozed_until)).where(c.snoozed_until > to_microseconds(now))
        with self._database.read() as connection:
            found = connection.execute(statement).scalar()
        return None if found is None else from_microseconds(found)
