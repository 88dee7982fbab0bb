"""Of each operation it is noted to which server it was first sent, so that a restored one is told of it."""

import sqlalchemy
from alembic import op


def upgrade() -> None:
    """Add the column, empty: of what was sent before, nobody knows."""
    op.add_column("outbox", sqlalchemy.Column("epoch", sqlalchemy.Text))
