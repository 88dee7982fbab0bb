"""Makes rows of an inbox for tests."""

import json
from datetime import UTC, datetime, timedelta

from agent_desktop.domain.clock import to_microseconds
from agent_desktop.services.inbox_rows import InboxRow

NOW = datetime(2025, 3, 14, 14, 0, tzinfo=UTC)

AMELIA = InboxRow(
    pk=1,
    id="0190-amelia",
    number=48213,
    customer_name="Amelia Novak",
    channel_kind="email",
    subject="Where is my replacement kettle",
    words="The tracking number you sent has not moved since Tuesday.",
    words_out=False,
    last_message=to_microseconds(NOW - timedelta(minutes=2)),
    unread=True,
    status="open",
    priority="normal",
    assignee_id=None,
    due=to_microseconds(NOW + timedelta(minutes=8)),
    tags_json="[]",
    has_draft=False,
    waiting_to_send=0,
    snoozed=None,
    held=False,
    first_reply=True,
)


def inbox_row(**changes: object) -> InboxRow:
    """Amelia's row with some fields changed; times and tags may be given as its properties have them."""
    changed = AMELIA._asdict() | dict(_stored(name, value) for name, value in changes.items())
    return InboxRow._make(changed.values())


def _stored(name: str, value: object) -> tuple[str, object]:
    """A change of a property as a change of its field."""
    match name, value:
        case (("due_at" | "snoozed_until" | "last_message_at"), None | datetime()):
            field = {"due_at": "due", "snoozed_until": "snoozed"}.get(name, "last_message")
            return field, None if value is None else to_microseconds(value)
        case "tags", tuple():
            return "tags_json", json.dumps(value)
        case "preview", _:
            return "words", value
    return name, value
