"""Splits a raw mail into its tree of parts in one pass over the bytes, within fixed limits.

The boundaries that are open at a point are kept in a dictionary, so a line is looked up once however
deep the nesting is; nothing is copied until a leaf's body is asked for.
"""

import re
from dataclasses import dataclass, field
from typing import Final

from agent_desktop.services.mail.headers import Headers, make_headers, parse_field, parse_parameters

MAX_HEADERS_BYTES: Final = 256 * 1024
MAX_PART_HEADERS_BYTES: Final = 64 * 1024
MAX_PARTS: Final = 1_000
MAX_DEPTH: Final = 50
MAX_DELIMITER_CANDIDATES: Final = 200_000
MAX_LINE_BYTES: Final = 1_000
"""Of a line that might be a boundary; longer lines are none."""
MAX_GUESSES: Final = 5
"""So many multiparts of a mail may have a boundary that is not the one they name."""
GUESSED_WITHIN: Final = 4_096


@dataclass(slots=True, eq=False)
class Part:
    """One part of a mail: its headers, what they say about it, and where in `raw` its body is."""

    headers: Headers
    media_type: str
    parameters: dict[str, str]
    start: int
    end: int
    depth: int
    raw: bytes = field(repr=False)
    children: list["Part"] = field(default_factory=list)

    @property
    def is_multipart(self) -> bool:
        """Whether the part holds other parts instead of content."""
        return bool(self.children)


@dataclass(slots=True, eq=False)
class Structure:
    """The tree of a mail's parts and what was wrong with it, one sentence each."""

    root: Part
    problems: list[str]


def read_structure(raw: bytes) -> Structure:
    """Find the parts of a mail.

    A multipart without any part becomes a leaf of plain text, so its words are not lost. Parts
    beyond the limits stay inside the body of the last one that was read.
    """
    return _Splitter(raw).run()


_WHOLE_FIELD: Final = re.compile(
    rb"([!-,.-9;-~][!-9;-~]{0,199}+)[ \t]*+:([^\n]*+(?:\n[ \t]++[^\s][^\n]*+)*+)\n"
)
"""A field with all its lines, as nearly all are; the others are looked at line by line."""

_CANDIDATE: Final = re.compile(rb"^--([^\r\n]{1,%d})\r?$" % MAX_LINE_BYTES, re.MULTILINE)
_BLANK: Final = re.compile(rb"\n\r?\n")
_BEGINS_PART: Final = re.compile(
    rb"^--([^\r\n]{1,%d})\r?\n(?=content-[a-z-]{2,30}+[ \t]*+:)" % MAX_LINE_BYTES,
    re.MULTILINE | re.IGNORECASE,
)


class _Splitter:
    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self._problems: dict[str, None] = {}
        self._stack: list[tuple[Part, bytes]] = []
        self._open: dict[bytes, int] = {}  # boundary -> its place in the stack
        self._parts = 0
        self._guesses = 0

    def run(self) -> Structure:
        raw = self._raw
        root = self._read_part(_first_header(raw), None, MAX_HEADERS_BYTES)
        leaf: Part | None = None if self._stack else root
        position = root.start
        candidates = 0
        while self._open and (found := _CANDIDATE.search(raw, max(position - 1, 0))):
            candidates += 1
            if candidates > MAX_DELIMITER_CANDIDATES:
                self._problem("The mail has too many lines that look like borders between parts.")
                break
            line = found[1].rstrip(b" \t")
            level, closing = self._match(line)
            if level is None:
                position = found.end()
                continue
            if leaf is not None:
                leaf.end = _before_line_end(raw, leaf.start, found.start())
                leaf = None
            self._close_down_to(level + (0 if closing else 1))
            position = found.end() + 1
            if closing:
                continue
            if self._parts >= MAX_PARTS:
                self._problem(f"The mail has more than {MAX_PARTS:,} parts; the rest is left out.")
                break
            depth = len(self._stack)
            child = self._read_part(position, self._stack[-1][0], MAX_PART_HEADERS_BYTES)
            leaf = child if len(self._stack) == depth else None
            position = child.start
        return Structure(root, list(self._problems))

    def _problem(self, sentence: str) -> None:
        self._problems.setdefault(sentence)

    def _match(self, line: bytes) -> tuple[int | None, bool]:
        level = self._open.get(line)
        if level is not None:
            return level, False
        if line.endswith(b"--"):
            return self._open.get(line[:-2]), True
        return None, False

    def _is_border(self, line: bytes) -> bool:
        return self._match(line[2:].rstrip(b" \t"))[0] is not None

    def _close_down_to(self, level: int) -> None:
        while len(self._stack) > level:
            _, boundary = self._stack.pop()
            if self._open.get(boundary) == len(self._stack):
                del self._open[boundary]

    def _read_part(self, position: int, parent: Part | None, limit: int) -> Part:
        headers, start = self._read_headers(position, limit)
        kind, parameters = parse_parameters(headers.raw("content-type"))
        kind = kind.replace(" ", "")
        if not MEDIA_TYPE.fullmatch(kind):
            digest = parent is not None and parent.media_type == "multipart/digest"
            kind = "message/rfc822" if digest else "text/plain"
        depth = parent.depth + 1 if parent else 0
        part = Part(headers, kind, parameters, start, len(self._raw), depth, self._raw)
        self._parts += 1
        if parent is not None:
            parent.children.append(part)
        if kind.startswith("multipart/"):
            self._open_multipart(part)
        return part

    def _open_multipart(self, part: Part) -> None:
        boundary = part.parameters.get("boundary", "").rstrip().encode("utf-8", "replace")
        if part.depth >= MAX_DEPTH:
            self._problem(f"The mail nests parts more than {MAX_DEPTH} deep.")
            return
        boundary = self._guessed(part, boundary) or boundary
        if not boundary:
            self._problem("A part says that it holds other parts but not where they begin.")
        elif boundary not in self._open:
            self._open[boundary] = len(self._stack)
            self._stack.append((part, boundary))

    def _guessed(self, part: Part, boundary: bytes) -> bytes | None:
        """The line that parts begin with, of a multipart that names none, or one that never comes."""
        found = _BEGINS_PART.search(self._raw, part.start, part.start + GUESSED_WITHIN)
        if found is None or self._guesses >= MAX_GUESSES:
            return None
        line = found[1].rstrip(b" \t")
        if line == boundary or self._match(line)[0] is not None:
            return None
        self._guesses += 1
        named = re.compile(rb"^--%s(?:--)?[ \t]*+\r?$" % re.escape(boundary), re.MULTILINE)
        return None if boundary and named.search(self._raw, part.start) else line

    def _read_headers(self, position: int, limit: int) -> tuple[Headers, int]:
        """Read fields from `position`; return them and where the body starts."""
        raw = self._raw
        fields: list[tuple[str, list[bytes]]] = []
        stop = min(position + limit, len(raw))
        while position < stop:
            if match := _WHOLE_FIELD.match(raw, position, stop):
                name, value = match.groups()
                lines = value.split(b"\n") if b"\n" in value else [value]
                fields.append((name.decode("ascii").lower(), [line.strip() for line in lines]))
                position = match.end()
                continue
            end = raw.find(b"\n", position, stop)
            after = end + 1 if end >= 0 else stop
            line = raw[position:after].rstrip(b"\r\n")
            if not line.strip():
                if line and fields and self._field_at(after):
                    position = after  # a line of blanks in the middle of the headers
                    continue
                return make_headers(fields), after
            parsed = parse_field(line)
            if line.startswith(b"--") and (parsed is None or self._is_border(line)):
                return make_headers(fields), position
            if line[:1] in b" \t" and fields:
                fields[-1][1].append(line.strip())
            elif parsed:
                fields.append((parsed[0], [parsed[1]]))
            elif not line.startswith((b"From ", b">From ")):
                if not self._field_at(after):
                    self._problem("The headers of the mail end without an empty line.")
                    return make_headers(fields), position
                self._problem("A line among the headers of the mail is not a header.")
            position = after
        if position < len(raw):
            self._problem("The headers of the mail are too long; the rest of them is left out.")
            blank = _BLANK.search(raw, position)
            position = blank.end() if blank else len(raw)
        return make_headers(fields), position

    def _field_at(self, position: int) -> bool:
        return parse_field(self._raw[position : position + 300].partition(b"\n")[0]) is not None


MEDIA_TYPE: Final = re.compile(r"[a-z0-9!#$&^_.+-]{1,100}/[a-z0-9!#$&^_.+-]{1,100}")


def _first_header(raw: bytes) -> int:
    """Skip empty lines before the first header, as some gateways add them, and lines of blanks."""
    start = len(raw) - len(raw.lstrip(b" \t\r\n"))
    return start if parse_field(raw[start : start + 300].partition(b"\n")[0]) else 0


def _before_line_end(raw: bytes, start: int, end: int) -> int:
    """The line end before a boundary belongs to the boundary, not to the part."""
    if raw.endswith(b"\r\n", start, end):
        return end - 2
    return end - 1 if raw.endswith(b"\n", start, end) else end
