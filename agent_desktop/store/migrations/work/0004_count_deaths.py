"""Of each operation it is counted how many pushes with it died, so that the one which kills the server is found."""

from alembic import op
from sqlalchemy import Column, Integer


def upgrade() -> None:
    """Add the column: nothing is suspected yet."""
    op.add_column("outbox", Column("deaths", Integer, nullable=False, server_default="0"))
