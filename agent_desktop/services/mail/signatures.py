"""Finds the signature at the end of a text that no "-- " announces, where it is sure to be one.

It begins with the name of who wrote the mail, after an empty line, and what follows are only short
lines of which one is a telephone number, an address or the like. A name alone is how people end a
letter; it stays.
"""

import re
from collections.abc import Sequence
from typing import Final

MAX_SIGNATURE_LINES: Final = 12
MAX_LINE_CHARS: Final = 70
MAX_TITLE_WORDS: Final = 6
"""Beside a name of several words; a line with one name and more words says something of somebody."""

_CONTACT: Final = re.compile(
    r"(?:\+|\(|\b(?:t|tel|phone|fon|telefon|mobile?|mob|cell|fax|f|m|p|d|office)\b[.: ]{1,3}\(?)[ \d()/.-]{6,}\d|"
    r"\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}|[\w.+-]{1,64}@[\w-]{1,63}\.[\w.-]{2,}|(?:https?://|www\.)\S|"
    r"\b(?:skype|linkedin|twitter|icq|msn)\b|via mobile",
    re.IGNORECASE,
)
_LINK: Final = re.compile(r"\S*(?:@|//|www\.)\S*")
_RULE: Final = re.compile(r"\s*[-_=*]{2,80}\s*")
_SENTENCE: Final = re.compile(
    r"[?!:]\s*$|\w{2}[;]\s*$|\b(?:I|you|please|note|we|my|is|are|can|ich|bitte|sie|ist|je|vous|yo|por favor)\b",
    re.IGNORECASE,
)


def signature_start(lines: Sequence[str], sender: str) -> int:
    """Index where the signature of `sender` begins; the number of lines if there is none for sure."""
    name = _words(sender)
    end = len(lines)
    if not name or "@" in sender:
        return end
    count = 0
    contacts = 0
    for index in range(end - 1, 0, -1):
        line = lines[index]
        if not line.strip():
            continue
        count += 1
        if count > MAX_SIGNATURE_LINES or len(line) > MAX_LINE_CHARS or line.lstrip().startswith(">"):
            return end
        if _SENTENCE.search(line):
            return end
        words = _words(_LINK.sub(" ", line))
        if contacts and name <= words and len(words) <= len(name) + MAX_TITLE_WORDS * (len(name) > 1):
            return _begin(lines, index, end)
        contacts += _CONTACT.search(line) is not None
    return end


def _begin(lines: Sequence[str], index: int, end: int) -> int:
    """The line of the name, or the drawn line a little above it; it must follow an empty line."""
    for above in range(index - 1, max(index - 5, 0), -1):
        if _RULE.fullmatch(lines[above]):
            return above
        if _SENTENCE.search(lines[above]) or len(lines[above]) > MAX_LINE_CHARS:
            break
    return index if not lines[index - 1].strip() else end


def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", text[:200].lower()))
