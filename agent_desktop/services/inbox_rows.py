"""The row that a list of conversations shows: one frozen value with everything to paint, and nothing else."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class InboxRow:
    """One conversation in a list.

    `pk` is the replica's own integer key and never leaves this machine. `channel_kind`, `status` and `priority` are
    values of the domain's enums. `waiting_to_send` counts our messages that have not left yet; `held` says that one
    was kept back because somebody wrote meanwhile and its author has to decide. `first_reply` says that the answer
    which is due would be our first.
    """

    pk: int
    id: str
    number: int
    customer_name: str
    initials: str
    channel_kind: str
    subject: str
    preview: str
    last_message_at: datetime
    unread: bool
    status: str
    priority: str
    assignee_id: str | None
    assignee_name: str | None
    due_at: datetime | None
    tags: tuple[str, ...]
    has_draft: bool
    waiting_to_send: int
    snoozed_until: datetime | None
    held: bool
    first_reply: bool = False


@lru_cache(maxsize=4096)
def initials_of(name: str) -> str:
    """Two letters for an avatar: of the first and the last word, or the first two of a single word or handle."""
    words = [
        "".join(letter for letter in word if letter.isalnum()) for word in name.replace("_", " ").split()
    ]
    words = [word for word in words if word]
    if not words:
        return "?"
    if len(words) == 1:
        return words[0][:1].upper() + words[0][1:2].lower()
    return (words[0][0] + words[-1][0]).upper()
