"""Adds who may sign in and from which devices, and finds messages by the files they name."""

from alembic import op
from sqlalchemy import Column, Text, text

from agent_desktop.store.core import WHOLE


def upgrade() -> None:
    """Make two tables and three indexes."""
    op.create_table(
        "account",
        Column("user_id", Text, primary_key=True),
        Column("password", Text, nullable=False),
        Column("changed_at", WHOLE, nullable=False),
    )
    op.create_table(
        "device",
        Column("device_id", Text, primary_key=True),
        Column("user_id", Text, nullable=False),
        Column("name", Text, nullable=False),
        Column("token_sha256", Text, nullable=False, unique=True),
        Column("created_at", WHOLE, nullable=False),
        Column("seen_at", WHOLE, nullable=False),
        Column("revoked_at", WHOLE),
    )
    op.create_index("ix_device_user_id", "device", ["user_id"])
    op.create_index("attachment_sha256", "attachment", ["sha256"])
    for column in ("html_blob", "raw_blob"):
        named = text(f"{column} IS NOT NULL")
        op.create_index(f"message_{column}", "message", [column], sqlite_where=named, postgresql_where=named)
