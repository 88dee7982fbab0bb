"""Messages whose words change are indexed anew; whatever was missed until now is, too, in the background."""

from alembic import op

from agent_desktop.store.full_text import MESSAGE_UPDATE_TRIGGER


def upgrade() -> None:
    """Make the trigger and empty the index."""
    op.execute(MESSAGE_UPDATE_TRIGGER)
    op.execute("INSERT INTO message_text(message_text) VALUES ('delete-all')")
    op.execute("UPDATE message_text_range SET low = NULL, high = NULL")
