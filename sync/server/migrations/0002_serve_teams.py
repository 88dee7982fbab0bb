"""Adds who may sign in and from which devices, and finds messages by the files they name."""

from alembic import op
from sqlalchemy import MetaData, text

from sync.server.account_tables import AccountTables


def upgrade() -> None:
    """Make two tables and three indexes."""
    metadata = MetaData()
    AccountTables(metadata)
    metadata.create_all(op.get_bind())
    op.create_index("attachment_sha256", "attachment", ["sha256"])
    for column in ("html_blob", "raw_blob"):
        named = text(f"{column} IS NOT NULL")
        op.create_index(f"message_{column}", "message", [column], sqlite_where=named, postgresql_where=named)
