"""Tombstones are dropped in time; conversations that are worked on are found at once."""

from alembic import op
from sqlalchemy import Column, text

from agent_desktop.store.core import WHOLE
from agent_desktop.store.schema import WORKED_ON


def upgrade() -> None:
    """Make the table of milestones and the index of a scan."""
    op.create_table(
        "milestone",
        Column("version", WHOLE, primary_key=True, autoincrement=False),
        Column("at", WHOLE, nullable=False),
    )
    worked_on = text(WORKED_ON)
    op.create_index(
        "conversation_active", "conversation", ["id"], sqlite_where=worked_on, postgresql_where=worked_on
    )
