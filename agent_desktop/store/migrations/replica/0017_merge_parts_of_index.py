"""How much of each full-text index came in blocks since its parts were merged."""

from alembic import op

from agent_desktop.store.index_parts import merging_ddl
from agent_desktop.store.small_text import INDEXES


def upgrade() -> None:
    """Add the table of the numbers; what is indexed already is merged once."""
    op.execute(merging_ddl())
    for name, table in (("message_text", "message"), *((index.name, index.table) for index in INDEXES)):
        op.execute(
            f"INSERT INTO unmerged_text (name, rows) SELECT '{name}', max(pk) FROM {table} HAVING max(pk) IS NOT NULL"  # noqa: S608 - names
        )
