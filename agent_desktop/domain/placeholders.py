"""Placeholders in canned responses, macros and signatures: a closed grammar of listed paths and filters.

    {{ customer.first_name | default: "there" | capitalize }}

This is not a template language: nothing is looked up but the values that are handed in, nothing is computed, and
what comes out is never read again. What cannot be filled stays visible as it was written, and is reported.
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

PATHS: dict[str, str] = {
    "customer.name": "Name of the customer",
    "customer.first_name": "First name of the customer",
    "customer.email": "E-mail address of the customer",
    "agent.name": "Your name",
    "agent.first_name": "Your first name",
    "agent.signature": "Your signature",
    "conversation.number": "Number of the conversation",
    "conversation.subject": "Subject of the conversation",
    "channel.name": "Name of the channel",
    "workspace.name": "Name of your company",
    "today": "Today's date",
}
"""Everything that can be filled in, with the words for it in menus."""

MAXIMUM_VALUE = 300
MAXIMUM_SIGNATURE = 4_000


class Problem(StrEnum):
    """Why a placeholder could not be filled. The words for people are in `SENTENCES`."""

    NOT_UNDERSTOOD = "not_understood"
    UNKNOWN = "unknown"
    EMPTY = "empty"
    UNSAFE = "unsafe"


SENTENCES: dict[Problem, str] = {
    Problem.NOT_UNDERSTOOD: "This placeholder is not written correctly.",
    Problem.UNKNOWN: "There is no placeholder of this name.",
    Problem.EMPTY: "There is nothing to fill in here.",
    Problem.UNSAFE: "What would be filled in here looks like a link or an address instead of a name.",
}

_FILTERS: dict[str, Callable[[str], str]] = {
    "upper": str.upper,
    "lower": str.lower,
    "capitalize": lambda value: value[:1].upper() + value[1:],
}
FILTERS: tuple[str, ...] = ("default", *_FILTERS)


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter: its name, and the text of `default`."""

    name: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A placeholder as it was written between `start` and `end`. `problem` says why it can never be filled."""

    start: int
    end: int
    source: str
    path: str = ""
    filters: tuple[Filter, ...] = ()
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class Unresolved:
    """A placeholder that is left in the rendered text, from `start` to `end` of that text."""

    start: int
    end: int
    source: str
    reason: Problem


@dataclass(frozen=True, slots=True)
class Rendered:
    """A text with its placeholders filled, and those that could not be."""

    text: str
    unresolved: tuple[Unresolved, ...] = ()


# Without braces inside, every character is looked at a bounded number of times.
_PLACEHOLDER = re.compile(r"\{\{([^{}]{0,300})\}\}")
_TOKEN = re.compile(
    r"\s*(?:(?P<name>[A-Za-z_][\w.]*)|\"(?P<plain>[^\"]*)\"|“(?P<curly>[^”]*)”|(?P<mark>[|:]))"
)


def find_placeholders(text: str) -> tuple[Placeholder, ...]:
    """Everything in the text that is written like a placeholder, understood or not, in order."""
    return tuple(_parse(match) for match in _PLACEHOLDER.finditer(text))


def _parse(match: re.Match[str]) -> Placeholder:
    start, end, source = match.start(), match.end(), match[0]
    tokens = _tokens(match[1])
    if not tokens or tokens[0][0] != "name":
        return Placeholder(start, end, source, problem=Problem.NOT_UNDERSTOOD)
    path, filters, position = tokens[0][1], [], 1
    while position < len(tokens):
        kinds = [kind for kind, _ in tokens[position : position + 4]]
        name = tokens[position + 1][1] if kinds[:2] == ["|", "name"] else ""
        if name == "default" and kinds[2:] == [":", "text"]:
            filters.append(Filter(name, tokens[position + 3][1]))
            position += 4
        elif name in _FILTERS:
            filters.append(Filter(name))
            position += 2
        else:
            return Placeholder(start, end, source, path, problem=Problem.NOT_UNDERSTOOD)
    problem = None if path in PATHS else Problem.UNKNOWN
    return Placeholder(start, end, source, path, tuple(filters), problem)


def _tokens(inner: str) -> list[tuple[str, str]]:
    """The words of a placeholder as (kind, text); empty when something else is among them."""
    tokens, position, end = [], 0, len(inner.rstrip())
    while position < end:
        match = _TOKEN.match(inner, position)
        if match is None:
            return []
        kind = match.lastgroup or ""
        text = match[kind]
        tokens.append((text if kind == "mark" else "name" if kind == "name" else "text", text))
        position = match.end()
    return tokens


def render(body: str, values: Mapping[str, str], waiting: Collection[str] = ()) -> Rendered:
    """Fill the placeholders of a text. Values are neutralised first: they can bring no placeholder, no control
    character, and a name brings no link or address. Those of paths that are `waiting` stay for now, whatever they have
    instead of a value.
    """
    parts: list[str] = []
    unresolved: list[Unresolved] = []
    read = written = 0
    for placeholder in find_placeholders(body):
        value, problem = ("", Problem.EMPTY) if placeholder.path in waiting else _fill(placeholder, values)
        kept = body[read : placeholder.start]
        written += len(kept)
        if problem is not None:
            value = placeholder.source
            unresolved.append(Unresolved(written, written + len(value), value, problem))
        parts += (kept, value)
        written += len(value)
        read = placeholder.end
    parts.append(body[read:])
    return Rendered("".join(parts), tuple(unresolved))


def _fill(placeholder: Placeholder, values: Mapping[str, str]) -> tuple[str, Problem | None]:
    if placeholder.problem is not None:
        return "", placeholder.problem
    value, problem = _neutral(placeholder.path, values.get(placeholder.path, ""))
    for step in placeholder.filters:
        if step.name == "default":
            value = value or step.text
        else:
            value = _FILTERS[step.name](value)
    return value, None if value else problem or Problem.EMPTY


_LINK = re.compile(r"://|www\.|@|[\w-]{2,}\.[a-z]{2,}(?![\w.])", re.IGNORECASE)
_SUBJECT_LINK = re.compile(r"://|www\.", re.IGNORECASE)
_ADDRESS = re.compile(r"[^\s@<>\"'(),:;\[\]\\/]+@[^\s@<>\"'(),:;\[\]\\/]+")
_TURNS_TEXT = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_BRACES = str.maketrans("{}", "()")
_MARKUP = str.maketrans(dict.fromkeys("<>[]`\\"))


def _neutral(path: str, value: str) -> tuple[str, Problem | None]:
    """The value as it may appear in an outgoing message; empty, with the problem, when it may not."""
    if path == "agent.signature":
        lines = (_one_line(line) for line in value[:MAXIMUM_SIGNATURE].splitlines())
        return "\n".join(lines).strip(), None
    value = _one_line(value[:MAXIMUM_VALUE])
    if path in ("customer.name", "customer.first_name"):
        value = " ".join(value.translate(_MARKUP).split())
        unsafe = looks_like_link(value)
    elif path == "customer.email":
        unsafe = bool(value) and _ADDRESS.fullmatch(value) is None
    else:
        unsafe = path == "conversation.subject" and _SUBJECT_LINK.search(value) is not None
    return ("", Problem.UNSAFE) if unsafe else (value, None)


def looks_like_link(name: str) -> bool:
    """Whether mail programs would make a link of what should be a name."""
    return _LINK.search(name) is not None


def _one_line(value: str) -> str:
    kept = (character for character in value.translate(_BRACES) if _is_kept(character))
    return " ".join("".join(kept).split())


def _is_kept(character: str) -> bool:
    """Whether a character is text: white space is, what controls the terminal or the direction of text is not."""
    if character.isspace():
        return True
    return character not in _TURNS_TEXT and unicodedata.category(character) not in ("Cc", "Cs")
