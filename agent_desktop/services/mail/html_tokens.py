"""Splits HTML into tags and text in one pass, the way browsers do, whatever the input looks like.

`html.parser` is quadratic on some broken input. Every loop here starts where the one before ended,
so the time is proportional to the length. Used to make text from mails and as the first stage of
cleaning; it decides nothing about what is allowed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from typing import Final

MAX_ATTRIBUTES: Final = 60
MAX_ATTRIBUTE_LENGTH: Final = 8_000
MAX_SOURCE_LENGTH: Final = 1_000_000
"""Of `src`, where a picture may be written out."""


@dataclass(slots=True)
class Text:
    """Characters between tags, entities already decoded."""

    text: str


@dataclass(slots=True)
class Start:
    """A start tag: name in lower case, attributes decoded, the first of equal names wins."""

    name: str
    attributes: dict[str, str]


@dataclass(slots=True)
class End:
    """An end tag, name in lower case."""

    name: str


Token = Text | Start | End

# Elements whose content is not markup: it ends at their own end tag and nowhere else.
_RAW: Final = {
    name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE)
    for name in (
        "script", "style", "title", "textarea", "xmp", "iframe", "noembed", "noframes",
    )
}  # fmt: skip

_NAME: Final = re.compile(r"[a-zA-Z][^\s/>\x00]*+")
_ATTRIBUTE: Final = re.compile(
    r"""[\s/]*+(?:(?P<end>>)|(?P<name>[^\s/>][^\s/>=]*+)
        (?:\s*+=\s*+(?:"(?P<double>[^"]*+)"?|'(?P<single>[^']*+)'?|(?P<bare>[^\s>"'][^\s>]*+)?))?)""",
    re.VERBOSE,
)


def tokens(html: str) -> Iterator[Token]:
    """Yield the tags and texts of `html` in order.

    Comments, declarations and the content of script, style and the like are left out. A tag that
    never ends swallows the rest, as in a browser.
    """
    position = 0
    length = len(html)
    while position < length:
        opening = html.find("<", position)
        if opening < 0:
            yield Text(unescape(html[position:]))
            return
        if opening > position:
            yield Text(unescape(html[position:opening]))
        follower = html[opening + 1 : opening + 2]
        if follower == "/":
            name = _NAME.match(html, opening + 2)
            if name is None:
                position = _after(html, ">", opening + 2)
                continue
            position = (
                name.end() + 1 if html.startswith(">", name.end()) else _attributes(html, name.end())[1]
            )
            yield End(name[0].lower())
        elif follower in {"!", "?"}:
            position = _after_comment(html, opening)
        elif name := _NAME.match(html, opening + 1):
            attributes, position = _attributes(html, name.end())
            if position > length:
                return  # the tag never ended
            lower = name[0].lower()
            yield Start(lower, attributes)
            if lower == "plaintext":
                yield Text(html[position:])
                return
            if lower in _RAW:
                closing = _RAW[lower].search(html, position)
                position = closing.start() if closing else length
        else:
            yield Text("<")
            position = opening + 1


def _attributes(html: str, position: int) -> tuple[dict[str, str], int]:
    """Read attributes up to the end of the tag; the position is past the end if there is none."""
    attributes: dict[str, str] = {}
    if html.startswith(">", position):
        return attributes, position + 1
    while match := _ATTRIBUTE.match(html, position):
        position = match.end()
        if match["end"]:
            return attributes, position
        name = match["name"].lower()
        if len(attributes) < MAX_ATTRIBUTES and len(name) < 100:
            value = match["double"] or match["single"] or match["bare"] or ""
            longest = MAX_SOURCE_LENGTH if name == "src" else MAX_ATTRIBUTE_LENGTH
            value = value[:longest]
            attributes.setdefault(name, unescape(value) if "&" in value else value)
    return attributes, len(html) + 1


def _after_comment(html: str, opening: int) -> int:
    if not html.startswith("<!--", opening):
        return _after(html, ">", opening + 2)
    if html.startswith(("<!-->", "<!--->"), opening):
        return html.index(">", opening) + 1
    closing = _COMMENT_END.search(html, opening + 4)
    return closing.end() if closing else len(html)


_COMMENT_END: Final = re.compile(r"--!?>")


def _after(html: str, what: str, position: int) -> int:
    found = html.find(what, position)
    return found + 1 if found >= 0 else len(html)
