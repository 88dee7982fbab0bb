"""Makes rows of an inbox for tests."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from agent_desktop.services.inbox_rows import InboxRow

NOW = datetime(2025, 3, 14, 14, 0, tzinfo=UTC)

AMELIA = InboxRow(
    pk=1,
    id="0190-amelia",
    number=48213,
    customer_name="Amelia Novak",
    initials="AN",
    channel_kind="email",
    subject="Where is my replacement kettle",
    preview="The tracking number you sent has not moved since Tuesday.",
    last_message_at=NOW - timedelta(minutes=2),
    unread=True,
    status="open",
    priority="normal",
    assignee_id=None,
    assignee_name=None,
    due_at=NOW + timedelta(minutes=8),
    tags=(),
    has_draft=False,
    waiting_to_send=0,
    snoozed_until=None,
    held=False,
    first_reply=True,
)


def inbox_row(**changes: object) -> InboxRow:
    """Amelia's row with some fields changed."""
    return replace(AMELIA, **changes)
