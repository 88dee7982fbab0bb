"""While everything is fetched anew, what was here before and has not come yet is noted."""

from alembic import op
from sqlalchemy import Column, Text


def upgrade() -> None:
    """Add the table of these rows."""
    op.create_table(
        "former",
        Column("entity", Text, primary_key=True),
        Column("id", Text, primary_key=True),
        sqlite_with_rowid=False,
    )
