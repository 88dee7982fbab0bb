"""Teams and channels may be private."""

from alembic import op
from sqlalchemy import Column

from agent_desktop.store.core import TEXT, WHOLE


def upgrade() -> None:
    """Add the columns: until now nothing was."""
    op.add_column("team", Column("private", WHOLE, nullable=False, server_default="0"))
    op.add_column("channel", Column("private", WHOLE, nullable=False, server_default="0"))
    op.add_column("channel", Column("member_ids", TEXT, nullable=False, server_default="[]"))
