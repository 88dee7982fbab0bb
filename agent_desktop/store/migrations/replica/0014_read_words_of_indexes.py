"""The words of the full-text indexes can be asked for."""

from alembic import op

from agent_desktop.store.small_text import INDEXES, words_of


def upgrade() -> None:
    """Add the tables that read them; they store nothing."""
    for index in ("message_text", *(index.name for index in INDEXES)):
        op.execute(words_of(index))
