"""Finds the addresses in a plain text that a person may follow. Free of Qt."""

import re
from dataclasses import dataclass

from agent_desktop.services.html.links import safe_link

# Bounded everywhere: a message may be one word of many thousand letters.
_ADDRESS = re.compile(
    r"(?P<web>\b(?:https?://|www\.)[^\s<>\"'`\x00-\x1f]{1,2000})"
    r"|(?P<mail>\b[A-Za-z0-9_%+-][A-Za-z0-9._%+-]{0,63}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}\b)",
    re.IGNORECASE,
)
_CLOSING = {")": "(", "]": "[", "}": "{"}
_TRAILING = ".,;:!?…*_|~'\"»”’"


@dataclass(frozen=True, slots=True)
class TextLink:
    """A stretch of a text that stands for an address; `target` may be handed to whoever opens addresses."""

    start: int
    end: int
    target: str


def find_links(text: str) -> tuple[TextLink, ...]:
    """Web and mail addresses in order; punctuation that ends a sentence is not part of them."""
    found = []
    for match in _ADDRESS.finditer(text):
        shown = _trimmed(match[0])
        address = f"mailto:{shown}" if match["mail"] else shown if "://" in shown else f"https://{shown}"
        target = safe_link(address)
        if target is not None:
            found.append(TextLink(match.start(), match.start() + len(shown), target))
    return tuple(found)


def _trimmed(address: str) -> str:
    """Without trailing punctuation and closing brackets that were opened outside."""
    while address:
        last = address[-1]
        opening = _CLOSING.get(last)
        if last in _TRAILING or (opening is not None and address.count(last) > address.count(opening)):
            address = address[:-1]
        else:
            return address
    return address
