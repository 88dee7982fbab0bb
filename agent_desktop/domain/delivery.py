"""What became of a reply: apart from messages, because lists need it before any message is read."""

from enum import StrEnum


class Delivery(StrEnum):
    """What became of one of our replies; NONE for everything else."""

    NONE = "none"
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"
    HELD = "held"
    """Kept back: somebody wrote after the author last looked. Its author decides."""
    UNKNOWN = "unknown"
    """The provider's answer was lost; a person decides whether to send again."""
    CANCELLED = "cancelled"
    """Called back before it left; its text went back to the draft."""


WAITING = frozenset({Delivery.QUEUED, Delivery.SENDING, Delivery.FAILED, Delivery.HELD, Delivery.UNKNOWN})
"""Deliveries that the Outbox view shows."""

MAXIMUM_UNDO_SECONDS = 120
"""For so long a reply can wait before it leaves, so that it can be undone."""
