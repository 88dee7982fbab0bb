"""Operations keep when the server judged them."""

from alembic import op
from sqlalchemy import Column, text

from agent_desktop.store.core import WHOLE


def upgrade() -> None:
    """Add the column; of older ones only the time they were made is known."""
    op.add_column("operation", Column("received_at", WHOLE, nullable=False, server_default="0"))
    op.execute(text("UPDATE operation SET received_at = created_at"))
