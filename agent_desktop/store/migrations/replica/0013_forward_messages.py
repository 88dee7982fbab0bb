"""What was forwarded is told from what was answered."""

from alembic import op
from sqlalchemy import Column, Integer


def upgrade() -> None:
    """Add the column: nothing was forwarded until now."""
    op.add_column("message", Column("forwarded", Integer, nullable=False, server_default="0"))
