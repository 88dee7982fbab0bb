"""A workspace makes roles of its own; people may have further ones in single teams and channels."""

from alembic import op
from sqlalchemy import Column, Integer, Text


def upgrade() -> None:
    """Add the columns and the table of roles."""
    op.add_column("user", Column("custom_role_id", Text))
    op.add_column("user", Column("grants", Text, nullable=False, server_default="[]"))
    op.create_table(
        "custom_role",
        Column("pk", Integer, primary_key=True),
        Column("id", Text, nullable=False, unique=True),
        Column("ver", Integer, nullable=False),
        Column("scope", Text, nullable=False),
        Column("name", Text, nullable=False),
        Column("permissions", Text, nullable=False),
        Column("active", Integer, nullable=False),
        sqlite_autoincrement=True,
    )
