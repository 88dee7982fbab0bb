"""Filters over conversations as SQL. The meaning is `ConversationFilter.matches`; a test holds both to each other."""

from datetime import datetime, timedelta
from typing import NamedTuple

from agent_desktop.domain.clock import to_microseconds
from agent_desktop.domain.conversation import ACTIVE
from agent_desktop.domain.ids import Id
from agent_desktop.domain.view import NOBODY, ConversationFilter
from agent_desktop.store.database import Value
from agent_desktop.store.schema import LISTED, LISTED_WORKED_ON

_TAGGED = "conversation.pk IN (SELECT pk FROM conversation_facet WHERE facet = ?)"
# A tag may be on very many conversations: of the few that are worked on, each is looked up.
_IS_TAGGED = "EXISTS (SELECT 1 FROM conversation_facet AS f WHERE f.facet = ? AND f.pk = conversation.pk)"


class Condition(NamedTuple):
    """An SQL condition over `conversation` and the values bound to it. `sql` is LISTED where everything matches."""

    sql: str
    values: tuple[Value, ...]


def condition_of(wanted: ConversationFilter, viewer_id: Id, now: datetime) -> Condition:
    """The condition of a filter as a user sees it at a moment.

    The same filter gives the same text at any time, so that SQLite prepares it once.
    """
    found: list[tuple[str, tuple[Value, ...]]] = []
    active = bool(wanted.statuses) and all(status in ACTIVE for status in wanted.statuses)
    found.append((LISTED_WORKED_ON if active else LISTED, ()))
    if wanted.statuses and set(wanted.statuses) != set(ACTIVE):
        found.append(_one_of("status", tuple(status.value for status in wanted.statuses)))
    if wanted.assignee == NOBODY:
        found.append(("conversation.assignee_id IS NULL", ()))
    elif wanted.assignee:
        found.append(("conversation.assignee_id = ?", (wanted.assignee_id(viewer_id),)))
    for column in ("team_id", "channel_id", "customer_id"):
        value = getattr(wanted, column)
        if value:
            found.append((f"conversation.{column} = ?", (value,)))
    if wanted.priorities:
        found.append(_one_of("priority", tuple(priority.value for priority in wanted.priorities)))
    if wanted.tag:
        found.append((_IS_TAGGED if active else _TAGGED, (f"tag:{wanted.tag}",)))
    if wanted.mentions_me:
        found.append((_TAGGED, (f"mention:{viewer_id}",)))
    if wanted.snoozed is not None:
        asleep = (
            "conversation.snoozed_until > ?"
            if wanted.snoozed
            else "coalesce(conversation.snoozed_until, 0) <= ?"
        )
        found.append((asleep, (to_microseconds(now),)))
    if wanted.due_within_minutes is not None:
        limit = to_microseconds(now + timedelta(minutes=wanted.due_within_minutes))
        # The rank is what indexes are ordered by; without a due time it lies behind every limit.
        found.append(("conversation.due_rank <= ?", (limit,)))
    sql = " AND ".join(part for part, _ in found)
    return Condition(sql, tuple(value for _, values in found for value in values))


def _one_of(column: str, values: tuple[str, ...]) -> tuple[str, tuple[Value, ...]]:
    return f"conversation.{column} IN ({', '.join('?' * len(values))})", values
