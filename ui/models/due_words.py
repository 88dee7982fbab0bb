"""What is said when answers become due soon or are overdue. Free of Qt."""

from collections.abc import Sequence
from datetime import datetime

from agent_desktop.services.inbox_rows import InboxRow
from ui.models.inbox_row_text import due_words

_LONGEST = 60


def warning_words(rows: Sequence[InboxRow], now: datetime) -> str:
    """One sentence about conversations of mine that have just become due soon or overdue."""
    if len(rows) == 1:
        row = rows[0]
        return f"{row.customer_name}: {due_words(row, now)} ({_shortened(row.subject)})"
    overdue = sum(1 for row in rows if row.due_at is not None and row.due_at <= now)
    parts = []
    if len(rows) > overdue:
        parts.append(f"{_count(len(rows) - overdue)} due soon")
    if overdue:
        parts.append(f"{overdue} overdue" if parts else f"{_count(overdue)} overdue")
    return f"Assigned to you: {', '.join(parts)}"


def _count(number: int) -> str:
    return "1 answer" if number == 1 else f"{number:,} answers"


def _shortened(subject: str) -> str:
    line = " ".join(subject[: 2 * _LONGEST].split())
    return f"{line[: _LONGEST - 1]}…" if len(line) > _LONGEST else line or "no subject"
