"""How mails read that the server holds back. Free of widgets."""

from datetime import tzinfo

from agent_desktop.domain.workspace import Channel
from agent_desktop.services.administration import HeldMail
from ui.models.cells import Cell, Column, TableRow
from ui.models.moment_text import full_text
from ui.tokens import ColorRole

HELD_MAILS = (Column("Mail", 4), Column("Channel"), Column("Came"), Column("Why", 5))
HIDDEN = "Not for your eyes"
_NOBODY = "Unknown sender"
_NO_SUBJECT = "No subject"
_NO_CHANNEL = "A channel that is gone"


def held_text(count: int) -> str:
    """How many are held, for a button; "" for none."""
    if not count:
        return ""
    return "1 mail is held back…" if count == 1 else f"{count:,} mails are held back…"


def held_row(mail: HeldMail, channel: Channel | None, zone: tzinfo | None = None) -> TableRow:
    """One mail. Whom it is from is for those who would see it."""
    if mail.sender is None:
        first = Cell(text=HIDDEN, color=ColorRole.TEXT_3)
    else:
        first = Cell(text=mail.sender or _NOBODY, detail=mail.subject or _NO_SUBJECT)
    return TableRow(
        mail.id,
        (
            first,
            Cell(text=_NO_CHANNEL if channel is None else channel.name, color=ColorRole.TEXT_2),
            Cell(text=full_text(mail.received_at, zone), color=ColorRole.TEXT_2),
            Cell(text=mail.why[:1].upper() + mail.why[1:], color=ColorRole.TEXT_2, wraps=True),
        ),
    )
