"""Conversations and customers are no longer everybody's: they are seen by those who may read all."""

from alembic import op
from sqlalchemy import text

_HOMES = {"i": ("conversation", "message", "attachment"), "p": ("organization", "customer", "identity")}


def upgrade() -> None:
    """Move the rows without a new version: who sees them all, whom the next start notes, has them already."""
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        op.execute("SELECT set_config('agent_desktop.version', 'any', true)")
    for scope, tables in _HOMES.items():
        for table in tables:
            op.execute(f"UPDATE {table} SET scope = '{scope}' WHERE scope = 'w'")  # noqa: S608 - names from here
            for derived in ("scope_digest", "tombstone"):
                op.execute(
                    f"UPDATE {derived} SET scope = '{scope}' WHERE scope = 'w' AND entity = '{table}'"  # noqa: S608
                )
    merged = text("merged_into IS NOT NULL")
    op.create_index("conversation_scope", "conversation", ["scope"])
    op.create_index("conversation_customer", "conversation", ["customer_id"])
    op.create_index("conversation_assignee", "conversation", ["assignee_id"])
    op.create_index("identity_customer", "identity", ["customer_id"])
    op.create_index(
        "customer_merged", "customer", ["merged_into"], sqlite_where=merged, postgresql_where=merged
    )
