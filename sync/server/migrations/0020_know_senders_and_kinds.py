"""Messages say from which address they came and what kind of mail they are."""

from alembic import op
from sqlalchemy import Column

from agent_desktop.store.core import TEXT


def upgrade() -> None:
    """Add the columns. Of programs it was only known that they were some; of the rest nothing was known."""
    op.add_column("message", Column("sender", TEXT, nullable=False, server_default=""))
    op.add_column("message", Column("mail_kind", TEXT, nullable=False, server_default="personal"))
    op.execute(
        "UPDATE message SET mail_kind = 'automatic' WHERE automatic = 1 AND direction = 'in' AND kind = 'reply'"
    )
