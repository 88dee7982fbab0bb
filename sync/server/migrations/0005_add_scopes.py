"""Teams and channels may be private: who sees which scope is kept by version."""

from alembic import op
from sqlalchemy import Column

from agent_desktop.store.core import TEXT, WHOLE


def upgrade() -> None:
    """Add the columns, the table of members, which the next start fills, and the indexes by which rows move."""
    op.add_column("team", Column("private", WHOLE, nullable=False, server_default="0"))
    op.add_column("channel", Column("private", WHOLE, nullable=False, server_default="0"))
    op.add_column("channel", Column("member_ids", TEXT, nullable=False, server_default="[]"))
    op.create_table(
        "member",
        Column("user_id", TEXT, primary_key=True),
        Column("scope", TEXT, primary_key=True),
        Column("since_ver", WHOLE, primary_key=True, autoincrement=False),
        Column("until_ver", WHOLE),
    )
    op.create_index("attachment_conversation", "attachment", ["conversation_id"])
    op.create_index("conversation_of_team", "conversation", ["team_id", "scope"])
    op.create_index("conversation_of_channel", "conversation", ["channel_id", "scope"])
