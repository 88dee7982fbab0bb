"""Reads the header block of a mail or of one of its parts, with limits, never raising.

Written out instead of using `email.policy.default`, whose parser raises on crafted headers, needs
gigabytes for many encoded words and is quadratic in parameters and recipients.
"""

import email.utils
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from agent_desktop.services.mail.decoding import decode_text, decode_words
from agent_desktop.services.mail.names import clean_line

MAX_HEADER_BYTES: Final = 64 * 1024
"""One header field; what is longer is cut."""

MAX_PARAMETERS: Final = 100
MAX_REFERENCES: Final = 100

_FIELD: Final = re.compile(rb"([!-9;-~]{1,200})[ \t]*:(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Headers:
    """The fields of one header block in their order, names in lower case, values unfolded bytes."""

    fields: tuple[tuple[str, bytes], ...]
    _first: dict[str, bytes] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Note where the first field of each name is."""
        object.__setattr__(self, "_first", dict(reversed(self.fields)))

    def raw(self, name: str) -> str:
        """Text of the first field of that name, encoded words still encoded; "" if absent."""
        value = self._first.get(name)
        return decode_text(value)[0].replace("\0", "").strip() if value else ""

    def all(self, name: str) -> str:
        """Text of all fields of that name joined by commas, as for repeated To fields."""
        if name not in self._first:
            return ""
        found = [decode_text(value)[0] for known, value in self.fields if known == name]
        return ", ".join(found).replace("\0", "")[:MAX_HEADER_BYTES]

    def text(self, name: str) -> str:
        """The first field of that name as one line for people: decoded and without controls."""
        return clean_line(decode_words(self.raw(name)))

    def __contains__(self, name: str) -> bool:
        """Whether there is a field of that name at all."""
        return name in self._first


def parse_field(line: bytes) -> tuple[str, bytes] | None:
    """Split "Name: value"; None when the line is no header field."""
    match = _FIELD.match(line)
    return (match[1].decode("ascii").lower(), match[2].strip()) if match else None


def make_headers(fields: list[tuple[str, list[bytes]]]) -> Headers:
    """Join the continuation lines of each field and cut fields of absurd length."""
    return Headers(
        tuple((name, b" ".join(lines)[:MAX_HEADER_BYTES]) for name, lines in fields),
    )


# Possessive, and each alternative consumes all that it looked at: linear whatever comes.
_PARAMETER: Final = re.compile(
    r"""([^\s=;"]{1,200})\s*+=\s*+(?:"((?:[^"\\]|\\.)*+)(?:"|\Z)|([^;]*+))|[;\s]++|[^;]++""",
    re.DOTALL,
)


def parse_parameters(value: str) -> tuple[str, dict[str, str]]:
    """Split a structured value such as a Content-Type into its head and its parameters.

    Understands quoted values, values broken off before their closing quote, the continuations and
    charsets of RFC 2231, and encoded words where RFC 2231 was meant. The first of equal names wins.
    """
    head, _, rest = value.partition(";")
    pieces: dict[str, dict[int, tuple[str, bool]]] = {}
    count = 0
    for match in _PARAMETER.finditer(rest):
        if match[1] is None:
            continue
        count += 1
        if count > MAX_PARAMETERS:
            break
        name, number, encoded = _section(match[1].lower())
        if match[2] is None:
            text = match[3].strip()
        else:
            text = _unescape(match[2])
        pieces.setdefault(name, {}).setdefault(number, (text, encoded))
    head = head.partition("(")[0].strip().lower()
    return head, {name: _joined(parts) for name, parts in pieces.items()}


def _section(name: str) -> tuple[str, int, bool]:
    """Read `name*2*`, the notation of RFC 2231: base name, number of the piece, percent-encoded."""
    base, star, rest = name.partition("*")
    number = rest.rstrip("*")
    if not star:
        return base, -1, False
    return base, int(number) if number.isascii() and number.isdigit() else 0, name.endswith("*")


def _joined(parts: dict[int, tuple[str, bool]]) -> str:
    numbered = sorted(number for number in parts if number >= 0)
    if not numbered:
        return decode_words(parts[-1][0])
    charset = ""
    data = bytearray()
    for position, number in enumerate(numbered):
        text, encoded = parts[number]
        if encoded:
            if position == 0 and text.count("'") >= 2:
                charset, _, text = text.split("'", 2)
            data += _percent_decoded(text)
        else:
            data += text.encode("utf-8", "replace")
    return decode_words(decode_text(bytes(data), charset)[0])


def _percent_decoded(text: str) -> bytes:
    return re.sub(
        rb"%([0-9A-Fa-f]{2})",
        lambda match: bytes((int(match[1], 16),)),
        text.encode("utf-8", "replace"),
    )


def _unescape(quoted: str) -> str:
    # A backslash before a letter is a Windows path that nobody escaped, not an escape.
    return re.sub(r'\\(["\\])', r"\1", quoted)


_MESSAGE_ID: Final = re.compile(r"<([^<>]{1,998})>")


def parse_message_ids(value: str) -> tuple[str, ...]:
    """List the message ids of a Message-ID, In-Reply-To or References field without brackets.

    Of very many the first and the newest are kept: the one names the thread, the others its end.
    """
    found = [re.sub(r"\s+", "", match) for match in _MESSAGE_ID.findall(value)]
    if not found:
        found = [word.strip("<>") for word in value.split() if "@" in word]
    found = [clean_line(word)[:998] for word in found]
    unique = list(dict.fromkeys(word for word in found if word))
    if len(unique) > MAX_REFERENCES:
        unique = [unique[0], *unique[-(MAX_REFERENCES - 1) :]]
    return tuple(unique)


def parse_date(value: str) -> datetime | None:
    """Read a Date field as an aware UTC time; None when it is absent or makes no sense.

    A time without a zone counts as UTC.
    """
    try:
        parsed = email.utils.parsedate_tz(value[:128])
        if parsed is None:
            return None
        moment = datetime(*parsed[:6], tzinfo=UTC).timestamp() - (parsed[9] or 0)
        return datetime.fromtimestamp(moment, UTC)
    except (ValueError, TypeError, IndexError, OverflowError, OSError):
        return None
