"""The workspace decides how long what is kept, and customers are erased on request."""

from alembic import op
from sqlalchemy import Column, Integer, Text, text


def upgrade() -> None:
    """Add the table of the policy, and the mark of erased customers with its index."""
    days = ("conversations_days", "files_days", "raw_days", "lease_days")
    op.create_table(
        "policy",
        Column("pk", Integer, primary_key=True),
        Column("id", Text, nullable=False, unique=True),
        Column("ver", Integer, nullable=False),
        Column("scope", Text, nullable=False),
        *(Column(name, Integer, nullable=False) for name in days),
        sqlite_autoincrement=True,
    )
    op.add_column("customer", Column("erased_at", Integer))
    op.create_index("customer_erased", "customer", ["erased_at"], sqlite_where=text("erased_at IS NOT NULL"))
