"""Which files are at the server is noted, so that what waits for one is sent once it is there."""

import sqlalchemy
from alembic import op


def upgrade() -> None:
    """Add the table, empty: what was uploaded before is asked for and found there."""
    op.create_table(
        "upload",
        sqlalchemy.Column("sha256", sqlalchemy.Text, primary_key=True),
        sqlalchemy.Column("epoch", sqlalchemy.Text, nullable=False),
        sqlalchemy.Column("uploaded_at", sqlalchemy.Integer, nullable=False),
    )
