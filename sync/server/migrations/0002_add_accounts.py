"""Adds who may sign in and from which devices."""

from alembic import op
from sqlalchemy import MetaData

from sync.server.account_tables import AccountTables


def upgrade() -> None:
    """Make both tables."""
    metadata = MetaData()
    AccountTables(metadata)
    metadata.create_all(op.get_bind())
