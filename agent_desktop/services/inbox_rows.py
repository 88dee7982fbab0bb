"""What lists show of conversations and people: rows, and the letters of an avatar."""

from functools import lru_cache

from agent_desktop.store.inbox_row import InboxRow

__all__ = ["InboxRow", "initials_of"]


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
