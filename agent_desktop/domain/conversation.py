"""Conversations: their state, who works on them, and when an answer is due."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from agent_desktop.domain.ids import Id
from agent_desktop.domain.rows import INBOX_SCOPE, Entity


class Status(StrEnum):
    """Where a conversation stands. Snoozing is apart: see `Conversation.snoozed_until`."""

    OPEN = "open"
    PENDING = "pending"
    """Waiting on the customer."""
    ON_HOLD = "on_hold"
    """Waiting on somebody else."""
    SOLVED = "solved"
    CLOSED = "closed"


ACTIVE = (Status.OPEN, Status.PENDING, Status.ON_HOLD)


class Priority(StrEnum):
    """How urgent a conversation is; decides how soon an answer is due."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation(Entity):
    """A thread with one customer.

    `number` is 0 until the server has taken the operation that made it. `last_*`, `preview*`, `message_count` and
    `waiting_since` (when the customer began to wait for an answer) follow from the messages that the customer or
    we wrote, never notes or events: see `standing`. `due_at` follows from `waiting_since`: see `sla`.
    `reopened_at` is when the customer last ended a time in which nobody waited for us; what came before it is not
    waited for. `mentioned_ids` are the users that notes ask for.

    A merged conversation keeps its own rows and points to the survivor by `merged_into`, so that a merge can be undone:
    see `conversation_merging`. `merged_at` is right after what its customers had said until then. `suggested_id` is the
    conversation that this one may belong to, until somebody decides; `follow_up_of` the one that it goes on from, or
    was taken out of.
    """

    table: ClassVar[str] = "conversation"

    scope: str = INBOX_SCOPE
    number: int = 0
    subject: str
    customer_id: Id
    channel_id: Id
    status: Status = Status.OPEN
    priority: Priority = Priority.NORMAL
    assignee_id: Id | None = None
    team_id: Id | None = None
    tags: tuple[str, ...] = ()
    mentioned_ids: tuple[Id, ...] = ()
    created_at: datetime
    last_message_at: datetime
    last_in_id: Id | None = None
    last_in_at: datetime | None = None
    last_out_id: Id | None = None
    last_out_at: datetime | None = None
    waiting_since: datetime | None = None
    due_at: datetime | None = None
    snoozed_until: datetime | None = None
    solved_at: datetime | None = None
    reopened_at: datetime | None = None
    preview: str = ""
    preview_out: bool = False
    message_count: int = 0
    external_id: str | None = None
    merged_into: Id | None = None
    merged_at: datetime | None = None
    suggested_id: Id | None = None
    follow_up_of: Id | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadMarker(Entity):
    """How far one user has read one conversation. Its id derives from both."""

    table: ClassVar[str] = "read_marker"

    conversation_id: Id
    user_id: Id
    read_at: datetime


def is_unread(conversation: Conversation, read_at: datetime | None) -> bool:
    """Whether the customer wrote after the user last read."""
    last_in = conversation.last_in_at
    return last_in is not None and (read_at is None or last_in > read_at)
