"""The workspace decides how long what is kept; customers are erased on request; people are invited by a link."""

from alembic import op
from sqlalchemy import Column, MetaData

from agent_desktop.store.core import TEXT, WHOLE
from sync.server.administration_tables import AdministrationTables


def upgrade() -> None:
    """Add the tables, and the mark of erased customers."""
    days = ("conversations_days", "files_days", "raw_days", "lease_days")
    op.create_table(
        "policy",
        Column("pk", WHOLE, primary_key=True),
        Column("id", TEXT, nullable=False, unique=True),
        Column("ver", WHOLE, nullable=False),
        Column("scope", TEXT, nullable=False),
        *(Column(name, WHOLE, nullable=False) for name in days),
        sqlite_autoincrement=True,
    )
    op.create_index("policy_version", "policy", ["ver"])
    op.add_column("customer", Column("erased_at", WHOLE))
    metadata = MetaData()
    AdministrationTables(metadata)
    metadata.create_all(op.get_bind())
