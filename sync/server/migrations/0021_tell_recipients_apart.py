"""Replies know what became of them for each recipient."""

from alembic import op
from sqlalchemy import Column

from agent_desktop.store.core import TEXT


def upgrade() -> None:
    """Add the column: until now all recipients were told alike."""
    op.add_column("outbound", Column("recipients", TEXT))
