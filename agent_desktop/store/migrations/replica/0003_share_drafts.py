"""Adds the drafts that a user's devices share."""

from alembic import op
from sqlalchemy import Column, Integer, Text


def upgrade() -> None:
    """Make one table."""
    op.create_table(
        "draft_copy",
        Column("pk", Integer, primary_key=True),
        Column("id", Text, nullable=False, unique=True),
        Column("ver", Integer, nullable=False),
        Column("scope", Text, nullable=False),
        *(
            Column(name, Text, nullable=False)
            for name in ("user_id", "conversation_id", "kind", "content", "device")
        ),
        Column("written_at", Integer, nullable=False),
        sqlite_autoincrement=True,
    )
