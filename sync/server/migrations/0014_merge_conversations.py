"""Conversations are merged into others, suggested to belong to others, and go on from others."""

from alembic import op
from sqlalchemy import Column, text

from agent_desktop.store.core import TEXT, WHOLE


def upgrade() -> None:
    """Add the columns, and the index by which the survivor finds what was merged into it."""
    for name in ("merged_into", "suggested_id", "follow_up_of"):
        op.add_column("conversation", Column(name, TEXT))
    op.add_column("conversation", Column("merged_at", WHOLE))
    merged = text("merged_into IS NOT NULL")
    op.create_index(
        "conversation_merged", "conversation", ["merged_into"], sqlite_where=merged, postgresql_where=merged
    )
