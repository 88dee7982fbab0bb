"""Conversations are merged into others, suggested to belong to others, and go on from others."""

from alembic import op
from sqlalchemy import Column, Integer, Text

_WORKED_ON = "status IN ('open', 'pending', 'on_hold')"
_COUNTED = "due_rank, due_at, snoozed_until, status, merged_into"
_INDEXES = {
    "conversation_due": (f"{_COUNTED}, priority, assignee_id, team_id", _WORKED_ON),
    "conversation_assignee": (f"assignee_id, {_COUNTED}", _WORKED_ON),
    "conversation_channel": (f"channel_id, {_COUNTED}", _WORKED_ON),
    "conversation_merged": ("merged_into", "merged_into IS NOT NULL"),
}


def upgrade() -> None:
    """Add the columns, and make the indexes anew by which lists are counted."""
    for name in ("merged_into", "suggested_id", "follow_up_of"):
        op.add_column("conversation", Column(name, Text))
    op.add_column("conversation", Column("merged_at", Integer))
    for name, (columns, condition) in _INDEXES.items():
        op.execute(f"DROP INDEX IF EXISTS {name}")
        op.execute(f"CREATE INDEX {name} ON conversation ({columns}) WHERE {condition}")
