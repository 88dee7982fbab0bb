"""When an answer is due: one rule for client and server, so that offline work shows the right clock."""

from dataclasses import replace
from datetime import datetime, timedelta

from agent_desktop.domain.conversation import Conversation, Priority, Status

REPLY_TARGETS: dict[Priority, timedelta] = {
    Priority.URGENT: timedelta(minutes=30),
    Priority.HIGH: timedelta(hours=1),
    Priority.NORMAL: timedelta(hours=4),
    Priority.LOW: timedelta(hours=24),
}
"""Time to answer a waiting customer, in calendar time."""

BREACHING_SOON = timedelta(minutes=30)
"""How long before the due time a conversation counts as breaching soon."""


def due_at(status: Status, priority: Priority, waiting_since: datetime | None) -> datetime | None:
    """When an answer is due, or None when the customer is not waiting on us."""
    if status is not Status.OPEN or waiting_since is None:
        return None
    return waiting_since + REPLY_TARGETS[priority]


def with_due(conversation: Conversation) -> Conversation:
    """The conversation with the due time that follows from its state."""
    due = due_at(conversation.status, conversation.priority, conversation.waiting_since)
    return conversation if due == conversation.due_at else replace(conversation, due_at=due)
