"""Messages say from which address they came and what kind of mail they are; senders can be searched for."""

from alembic import op
from sqlalchemy import Column, Text

from agent_desktop.store.full_text import message_text_ddl


def upgrade() -> None:
    """Add the columns, and make the index of messages anew, which is filled in the background.

    Of programs it was only known that they were some; the rest is personal, as far as anybody knows.
    """
    op.add_column("message", Column("sender", Text, nullable=False, server_default=""))
    op.add_column("message", Column("mail_kind", Text, nullable=False, server_default="personal"))
    op.execute(
        "UPDATE message SET mail_kind = 'automatic' WHERE automatic AND direction = 'in' AND kind = 'reply'"
    )
    for trigger in ("message_text_delete", "message_text_update"):
        op.execute(f"DROP TRIGGER IF EXISTS {trigger}")
    op.execute("DROP TABLE message_text_words")  # made again with the index that it reads
    op.execute("DROP TABLE message_text")
    for statement in message_text_ddl():
        op.execute(statement)
    op.execute("UPDATE message_text_range SET low = NULL, high = NULL")
