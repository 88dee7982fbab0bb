"""Adds the audit log, which takes new entries alone."""

from alembic import op
from sqlalchemy import MetaData, text

from sync.server.audit_tables import SQLITE_GUARD, AuditTables


def upgrade() -> None:
    """Make the log and its head; PostgreSQL is given its trigger with all others."""
    metadata = MetaData()
    AuditTables(metadata)
    connection = op.get_bind()
    metadata.create_all(connection)
    if connection.dialect.name == "sqlite":
        for statement in SQLITE_GUARD:
            op.execute(text(statement))
