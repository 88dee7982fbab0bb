"""Mail accounts of channels, and how far their folders were read."""

from alembic import op
from sqlalchemy import MetaData

from sync.server.mail.tables import MailTables


def upgrade() -> None:
    """Make the tables. No account is set up yet."""
    metadata = MetaData()
    MailTables(metadata)
    metadata.create_all(op.get_bind())
