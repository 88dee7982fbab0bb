"""A workspace makes roles of its own; people may have further ones in single teams and channels."""

from alembic import op
from sqlalchemy import Column

from agent_desktop.store.core import TEXT, WHOLE


def upgrade() -> None:
    """Add the columns, and the table of roles with the index that every table of rows has."""
    op.add_column("user", Column("custom_role_id", TEXT))
    op.add_column("user", Column("grants", TEXT, nullable=False, server_default="[]"))
    op.create_table(
        "custom_role",
        Column("pk", WHOLE, primary_key=True),
        Column("id", TEXT, nullable=False, unique=True),
        Column("ver", WHOLE, nullable=False),
        Column("scope", TEXT, nullable=False),
        Column("name", TEXT, nullable=False),
        Column("permissions", TEXT, nullable=False),
        Column("active", WHOLE, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("custom_role_version", "custom_role", ["ver"])
