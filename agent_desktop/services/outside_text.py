"""Text from outside of the program, made so that it can be stored."""

from typing import Final

LONGEST_TEXT: Final = 1_000_000


def clean(text: str) -> str:
    """Text as it may be stored: no zeros, no halves of letters, not longer than what anybody reads."""
    if len(text) > LONGEST_TEXT:
        text = text[:LONGEST_TEXT]
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8").strip("\r\n")


def one_line(text: str, limit: int = 500) -> str:
    """Text for a field of one line."""
    return " ".join(text[: limit * 2].split())[:limit]
