"""Messages say where answers are wanted and whether their sender is proven; channels what happens to mail."""

from alembic import op
from sqlalchemy import Column, Integer, Text


def upgrade() -> None:
    """Add the columns: of what was received until now nothing is known."""
    op.add_column("message", Column("reply_to", Text, nullable=False, server_default=""))
    op.add_column("message", Column("authentication", Text, nullable=False, server_default=""))
    op.add_column("channel", Column("reopening", Text, nullable=False, server_default="always"))
    op.add_column("channel", Column("reopen_days", Integer, nullable=False, server_default="30"))
    op.add_column("channel", Column("auto_reply", Text, nullable=False, server_default=""))
