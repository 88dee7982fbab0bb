"""The workspace decides how long replies wait for their author to think again."""

from alembic import op
from sqlalchemy import Column

from agent_desktop.store.core import WHOLE


def upgrade() -> None:
    """Add the column: ten seconds, as before."""
    op.add_column("policy", Column("undo_seconds", WHOLE, nullable=False, server_default="10"))
