"""Mail is received: raw mails that wait, the Message-IDs by which they find each other, what channels do with mail."""

import hashlib

from alembic import op
from sqlalchemy import Column, MetaData, text

from agent_desktop.store.core import TEXT, WHOLE
from sync.server.mail.inbound_tables import InboundTables


def upgrade() -> None:
    """Add the tables and columns, and note what is known of mails that were imported."""
    op.add_column("message", Column("reply_to", TEXT, nullable=False, server_default=""))
    op.add_column("message", Column("authentication", TEXT, nullable=False, server_default=""))
    op.add_column("channel", Column("reopening", TEXT, nullable=False, server_default="always"))
    op.add_column("channel", Column("reopen_days", WHOLE, nullable=False, server_default="30"))
    op.add_column("channel", Column("auto_reply", TEXT, nullable=False, server_default=""))
    follows = text("follow_up_of IS NOT NULL")
    op.create_index(
        "conversation_follow_up",
        "conversation",
        ["follow_up_of"],
        sqlite_where=follows,
        postgresql_where=follows,
    )
    connection = op.get_bind()
    metadata = MetaData()
    tables = InboundTables(metadata)
    if connection.dialect.name == "postgresql":
        for index in (index for table in metadata.tables.values() for index in table.indexes):
            index.dialect_options["postgresql"]["where"] = index.dialect_options["sqlite"]["where"]
    metadata.create_all(connection)
    known = connection.execute(text("SELECT id, external_id FROM message WHERE external_id IS NOT NULL"))
    while rows := known.fetchmany(10_000):
        connection.execute(
            tables.reference.insert(),
            [{"number": _number(name), "message_id": message_id} for message_id, name in rows],
        )


def _number(message_id: str) -> str:
    digest = hashlib.sha256(message_id.encode("utf-8", "replace")).digest()
    return f"{int.from_bytes(digest[:16], 'big'):032x}"
