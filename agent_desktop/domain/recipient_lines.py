"""What became of a reply for single recipients, as lines of its detail: "address: words". One place for their words."""

from collections.abc import Mapping
from typing import Final

NOT_DELIVERED: Final = "not delivered: "
"""Begins the words of a line: it did not arrive, and nobody tries any more."""
NOT_YET: Final = "not delivered yet, "
"""Somebody goes on trying."""
NOT_KNOWN: Final = "not known: "
"""It may have arrived."""
DELIVERED: Final = "delivered"


def lines_of(detail: str) -> dict[str, str]:
    """The words by address, in their order. What is no such line is a key without words, so that nothing is lost."""
    lines = {}
    for line in detail.splitlines():
        address, colon, words = line.partition(": ")
        is_line = bool(colon) and "@" in address and " " not in address
        lines[address if is_line else line] = words if is_line else ""
    return lines


def detail_of(lines: Mapping[str, str]) -> str:
    """The detail with these lines."""
    return "\n".join(f"{address}: {words}" if words else address for address, words in lines.items())
