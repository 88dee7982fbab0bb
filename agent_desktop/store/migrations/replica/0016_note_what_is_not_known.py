"""What a newer server sends and this program does not know is noted, so that a later one fetches it."""

from alembic import op
from sqlalchemy import Column, Text


def upgrade() -> None:
    """Add the table of the names."""
    op.create_table(
        "not_known",
        Column("entity", Text, primary_key=True),
        Column("name", Text, primary_key=True),
        sqlite_with_rowid=False,
    )
