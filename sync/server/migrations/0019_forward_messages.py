"""What was forwarded is told from what was answered."""

from alembic import op
from sqlalchemy import Column

from agent_desktop.store.core import WHOLE


def upgrade() -> None:
    """Add the column: nothing was forwarded until now."""
    op.add_column("message", Column("forwarded", WHOLE, nullable=False, server_default="0"))
