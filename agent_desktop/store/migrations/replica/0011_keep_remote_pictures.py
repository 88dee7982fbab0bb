"""Pictures on the internet that somebody asked to see are kept for their message."""

from alembic import op
from sqlalchemy import Column, Text


def upgrade() -> None:
    """Add the table of them."""
    op.create_table(
        "remote_picture",
        Column("message_id", Text, primary_key=True),
        Column("address", Text, primary_key=True),
        Column("sha256", Text, nullable=False),
        sqlite_with_rowid=False,
    )
