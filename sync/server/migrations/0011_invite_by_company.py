"""Adds whom the company's provider may let in."""

from alembic import op
from sqlalchemy import Column, Text

from agent_desktop.store.core import WHOLE


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "company_invitation",
        Column("user_id", Text, primary_key=True),
        Column("until", WHOLE, nullable=False),
    )
