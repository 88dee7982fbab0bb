"""Whoever names a file has sent it, or may read it: notes from here on who sends what."""

from alembic import op
from sqlalchemy import MetaData

from sync.server.upload_tables import UploadTables


def upgrade() -> None:
    """Make the table. A file that was sent before and is not named yet is sent again."""
    metadata = MetaData()
    UploadTables(metadata)
    metadata.create_all(op.get_bind())
