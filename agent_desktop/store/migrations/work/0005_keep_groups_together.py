"""Operations may have to happen as a whole or not at all."""

from alembic import op
from sqlalchemy import Column, Integer


def upgrade() -> None:
    """Add the column: what waits was made to be judged one by one."""
    op.add_column("outbox", Column("together", Integer, nullable=False, server_default="0"))
