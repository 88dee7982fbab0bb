"""Adds the drafts that a user's devices share."""

from alembic import op
from sqlalchemy import Column

from agent_desktop.store.core import TEXT, WHOLE


def upgrade() -> None:
    """Make one table with the index that every table of rows has."""
    op.create_table(
        "draft_copy",
        Column("pk", WHOLE, primary_key=True),
        Column("id", TEXT, nullable=False, unique=True),
        Column("ver", WHOLE, nullable=False),
        Column("scope", TEXT, nullable=False),
        *(
            Column(name, TEXT, nullable=False)
            for name in ("user_id", "conversation_id", "kind", "content", "device")
        ),
        Column("written_at", WHOLE, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("draft_copy_version", "draft_copy", ["ver"])
