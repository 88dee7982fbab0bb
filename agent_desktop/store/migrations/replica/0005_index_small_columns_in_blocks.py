"""Small columns that come in bulk are indexed in the background."""

from alembic import op

from agent_desktop.store.small_text import INDEXES, ranges


def upgrade() -> None:
    """Note that all is indexed, and make the triggers anew, which look at that."""
    for statement in ranges():
        op.execute(statement)
    for index in INDEXES:
        for what in ("insert", "update", "delete"):
            op.execute(f"DROP TRIGGER {index.name}_{what}")
        for statement in index.triggers():
            op.execute(statement)
