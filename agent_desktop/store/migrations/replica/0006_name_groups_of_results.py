"""What was refused as a whole is shown as one."""

from alembic import op
from sqlalchemy import Column

from agent_desktop.store.core import TEXT


def upgrade() -> None:
    """Add the column, empty: until now each was judged by itself."""
    op.add_column("operation_result", Column("group_id", TEXT))
