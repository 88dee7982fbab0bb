"""Numbers that stand for what is long: mails, addresses and Message-IDs."""

import hashlib


def number_of(content: bytes) -> int:
    """A number of 128 bits that stands for this content."""
    return int.from_bytes(hashlib.sha256(content).digest()[:16], "big")


def number_of_id(message_id: str) -> int:
    """The number that stands for a Message-ID."""
    return number_of(message_id.encode("utf-8", "replace"))
