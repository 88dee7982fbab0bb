"""Reads address lists such as From and To: linear, capped, and showing the address it replies to.

`email.utils.getaddresses` differs between versions of Python and recurses on nested comments.
"""

import re
from dataclasses import dataclass
from typing import Final

from agent_desktop.services.mail.decoding import decode_words
from agent_desktop.services.mail.names import clean_line

MAX_ADDRESSES: Final = 500
MAX_ADDRESS_LENGTH: Final = 320
MAX_NAME_LENGTH: Final = 300


@dataclass(frozen=True, slots=True)
class Address:
    """A sender or recipient: the name they go by, and the address; either may be empty."""

    name: str
    address: str


_TOKEN: Final = re.compile(
    r"""
      "(?P<quoted>(?:[^"\\]|\\.)*+)(?:"|\Z)
    | <(?P<angle>[^<>"]*+(?:"[^"]*+"[^<>"]*+)?)>?
    | (?P<mark>[(),;:])
    | (?P<text>[^"<>(),;:]++)
    | .
    """,
    re.VERBOSE | re.DOTALL,
)


def parse_addresses(value: str) -> tuple[tuple[Address, ...], bool]:
    """List the addresses of a header value; also tells whether all of them were taken.

    Names of groups are dropped, comments serve as names where there is no other, and encoded words
    are decoded only after splitting, so that an encoded comma cannot add a recipient.
    """
    found: list[Address] = []
    current = _Mailbox()
    comment_depth = 0
    for match in _TOKEN.finditer(value):
        mark = match["mark"]
        if comment_depth or mark == "(":
            comment_depth += {"(": 1, ")": -1}.get(mark or "", 0)
            if mark not in {"(", ")"}:
                current.comment.append(match[0])
        elif mark in {",", ";"}:
            if len(found) >= MAX_ADDRESSES:
                return tuple(found), False
            current.finish(found)
            current = _Mailbox()
        elif mark == ":" and current.angle is None and "@" not in "".join(current.words):
            current = _Mailbox()  # what came before is the name of a group
        elif match["angle"] is not None and current.angle is None:
            current.angle = match["angle"]
        elif match["quoted"] is not None:
            current.quoted = True
            current.words.append(re.sub(r"\\(.)", r"\1", match["quoted"], flags=re.DOTALL))
        elif match["text"]:
            current.words.append(match["text"])
    current.finish(found)
    if len(found) > MAX_ADDRESSES:
        return tuple(found[:MAX_ADDRESSES]), False
    return tuple(found), True


class _Mailbox:
    """What was read of one address so far."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.comment: list[str] = []
        self.angle: str | None = None
        self.quoted = False

    def finish(self, found: list[Address]) -> None:
        address = self.angle
        name = "".join(self.words).strip()
        if not (address and address.strip()) and "@" in name:
            address, name = self._bare_address(name)
        name = name or "".join(self.comment)
        cleaned = Address(
            clean_line(decode_words(name))[:MAX_NAME_LENGTH].strip("' "),
            clean_address(address or ""),
        )
        if cleaned.name or cleaned.address:
            found.append(cleaned)

    def _bare_address(self, text: str) -> tuple[str, str]:
        if self.quoted and len(self.words) == 2 and self.words[1].startswith("@"):
            return f'"{self.words[0]}"{self.words[1]}', ""
        words = text.split()
        address = next(word for word in words if "@" in word)
        words.remove(address)
        return address, " ".join(words)


def clean_address(text: str) -> str:
    """Only the address itself: no blanks or invisible characters, no route, no mailto."""
    address = clean_line(text)
    if address[:1] == "@":
        address = address.rpartition(":")[2]
    if address[:7].lower() == "mailto:":
        address = address[7:]
    return "".join(address.split())[:MAX_ADDRESS_LENGTH]
