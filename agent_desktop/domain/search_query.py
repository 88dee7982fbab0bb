"""The language of the search field: words, "phrases", beginnings*, -without, and operators such as from: and tag:.

Pure and forgiving: every text is a query, and what is not understood is said in a sentence instead of an error.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import TypeVar

from agent_desktop.domain.conversation import Priority, Status
from agent_desktop.domain.view import ME, NOBODY

T = TypeVar("T")

MAXIMUM_LENGTH = 1_000
MAXIMUM_TERMS = 32
SHORTEST_PREFIX = 2
"""Beginnings of one letter match nearly everything, so the word being typed counts as one from here on."""


class Field(StrEnum):
    """The part of a message that a term is looked for in."""

    FROM = "from"
    TO = "to"
    SUBJECT = "subject"


COLUMNS: Mapping[Field, str] = {Field.FROM: "{author_name sender}", Field.SUBJECT: "subject"}
"""The columns of the full-text index. Terms in other fields are no part of `to_fts`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """Something to look for (or to leave out): a word or a phrase. `prefix`: the last word is a beginning."""

    text: str
    phrase: bool = False
    prefix: bool = False
    negated: bool = False
    field: Field | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchQuery:
    """What to search for. Empty tuples, "" and None do not restrict; everything given must hold.

    One of `statuses` and `priorities` must match, all of `tags`, none of `without_tags`. `assignee` is "me",
    "nobody" or a name. `after` includes its day, `before` does not. `problems` are sentences for the user.
    """

    terms: tuple[Term, ...] = ()
    statuses: tuple[Status, ...] = ()
    priorities: tuple[Priority, ...] = ()
    tags: tuple[str, ...] = ()
    without_tags: tuple[str, ...] = ()
    assignee: str = ""
    team: str = ""
    channel: str = ""
    number: int | None = None
    after: date | None = None
    before: date | None = None
    has_attachment: bool | None = None
    unread: bool | None = None
    snoozed: bool | None = None
    problems: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing was asked for."""
        return self == SearchQuery(problems=self.problems)


OPERATORS: dict[str, str] = {
    "from:": "who wrote it: a name or an address",
    "to:": "who it was written to",
    "subject:": "words of the subject",
    "tag:": "a tag",
    "status:": "open, pending, on_hold, solved or closed",
    "priority:": "low, normal, high or urgent",
    "assignee:": "me, nobody or a name",
    "team:": "a team",
    "channel:": "a channel",
    "after:": "a day such as 2026-01-31, today, yesterday, 7d or 2w",
    "before:": "a day such as 2026-01-31, today, yesterday, 7d or 2w",
    "has:": "attachment",
    "is:": "unread or snoozed",
    "number:": "the number of a conversation, also as #1234",
}
"""The operators with what follows them, for help and completion."""

_WORD = re.compile(r"[^\W_]+")
_UNSTORABLE = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff]")
_TOKEN = re.compile(
    r"(?P<minus>-?)(?:(?P<name>[A-Za-z_]+):)?"
    r"(?:(?P<quoted>[\"“”])(?P<phrase>[^\"“”]*)(?P<end>[\"“”]?)|(?P<word>\S*))\s*"
)


def parse(text: str, today: date) -> SearchQuery:
    """Read a query. Never raises; the last word, still being typed, counts as a beginning.

    `today` is the day where the user is, which dates such as `yesterday` and `7d` count from.
    """
    query = SearchQuery()
    if len(text) > MAXIMUM_LENGTH:
        query = _with_problem(query, f"Only the first {MAXIMUM_LENGTH:,} characters were used.")
    text = _UNSTORABLE.sub(" ", text[:MAXIMUM_LENGTH]).lstrip()
    position = 0
    while match := _TOKEN.match(text, position):
        if match.end() == position:
            break
        position = match.end()
        closed = match["end"] or text[position - 1].isspace()
        query = _with_token(query, match, today, typing=position == len(text) and not closed)
    if len(query.terms) > MAXIMUM_TERMS:
        query = replace(query, terms=query.terms[:MAXIMUM_TERMS])
        query = _with_problem(query, f"Only the first {MAXIMUM_TERMS} words were used.")
    if query.terms and all(term.negated for term in query.terms):
        query = _with_problem(query, "Words to leave out need a word to look for; they were not used.")
    return query


def _with_problem(query: SearchQuery, sentence: str) -> SearchQuery:
    return replace(query, problems=(*query.problems, sentence))


def _with_token(query: SearchQuery, match: re.Match[str], today: date, *, typing: bool) -> SearchQuery:
    name, negated, phrase = (match["name"] or "").lower(), bool(match["minus"]), match["quoted"] is not None
    value: str = match["phrase"] if phrase else match["word"]
    if name in _READERS:
        return _READERS[name](query, value.strip(), negated, today) if value.strip() else query
    if not name and not phrase and not negated and value[:1] == "#" and value[1:].isdecimal():
        return _number(query, value, negated, today)
    place = _FIELDS.get(name)
    if name and place is None and value.startswith("//"):
        value = f"{name}:{value}"  # a link is no operator
    elif name and place is None:
        if value:
            query = _with_problem(query, f"“{name}:” is not an operator, so it was searched for as a word.")
        query = _with_term(query, Term(text=name, negated=negated), typing=False)
    return _with_term(query, Term(text=value, phrase=phrase, negated=negated, field=place), typing=typing)


def _with_term(query: SearchQuery, term: Term, *, typing: bool) -> SearchQuery:
    beginning = not term.phrase and term.text.endswith("*")
    text = " ".join(term.text.strip("*").split())
    words = list(_WORD.finditer(text))
    if not words:
        return query
    prefix = beginning or (typing and not term.negated)
    if prefix and not beginning and len(words[-1][0]) < SHORTEST_PREFIX:
        prefix = False
        # One more letter is too little to be looked for: what stands before it will do until the next.
        text = text[: words[-2].end()] if len(words) > 1 else text
    return replace(query, terms=(*query.terms, replace(term, text=text, prefix=prefix)))


_Reader = Callable[[SearchQuery, str, bool, date], SearchQuery]


def _number(query: SearchQuery, value: str, negated: bool, today: date) -> SearchQuery:
    digits = value.removeprefix("#")
    if negated:
        return _not_negatable(query, "number")
    if not digits.isdecimal() or len(digits) > 15:
        return _with_problem(query, f"“{value}” is not the number of a conversation.")
    return replace(query, number=int(digits))


def _not_negatable(query: SearchQuery, name: str) -> SearchQuery:
    return _with_problem(query, f"“-{name}:” cannot be used; leave the minus out.")


def _not_known(query: SearchQuery, name: str, value: str) -> SearchQuery:
    return _with_problem(
        query, f"“{name}:{value}” is not known. After {name}: comes {OPERATORS[f'{name}:']}."
    )


def _tag(query: SearchQuery, value: str, negated: bool, today: date) -> SearchQuery:
    tag = " ".join(value.split())
    if negated:
        return replace(query, without_tags=_joined(query.without_tags, [tag]))
    return replace(query, tags=_joined(query.tags, [tag]))


def _status(query: SearchQuery, value: str, negated: bool, today: date) -> SearchQuery:
    chosen = [_STATUSES.get(word) for word in _words(value)]
    known = [status for status in chosen if status is not None]
    if len(known) != len(chosen):
        query = _not_known(query, "status", value)
    return replace(query, statuses=_chosen(query.statuses, known, tuple(Status), negated))


def _priority(query: SearchQuery, value: str, negated: bool, today: date) -> SearchQuery:
    chosen = [_PRIORITIES.get(word) for word in _words(value)]
    known = [priority for priority in chosen if priority is not None]
    if len(known) != len(chosen):
        query = _not_known(query, "priority", value)
    return replace(query, priorities=_chosen(query.priorities, known, tuple(Priority), negated))


def _words(value: str) -> list[str]:
    words = (re.sub(r"[\s_-]", "", word).lower() for word in value.split(","))
    return [word for word in words if word]


def _joined(present: tuple[T, ...], more: Iterable[T]) -> tuple[T, ...]:
    return tuple(dict.fromkeys([*present, *more]))


def _chosen(present: tuple[T, ...], named: list[T], every: tuple[T, ...], negated: bool) -> tuple[T, ...]:
    """The values that may be: those named, or all but those named."""
    if not negated:
        return _joined(present, named)
    return tuple(value for value in present or every if value not in named)


def _assignee(query: SearchQuery, value: str, negated: bool, today: date) -> SearchQuery:
    if negated:
        return _not_negatable(query, "assignee")
    return replace(query, assignee=value.lower() if value.lower() in (ME, NOBODY) else value)


def _team(query: SearchQuery, value: str, negated: bool, today: date) -> SearchQuery:
    return _not_negatable(query, "team") if negated else replace(query, team=value)


def _channel(query: SearchQuery, value: str, negated: bool, today: date) -> SearchQuery:
    return _not_negatable(query, "channel") if negated else replace(query, channel=value)


def _after(query: SearchQuery, value: str, negated: bool, today: date) -> SearchQuery:
    if (day := _day(value.lower(), today)) is None:
        return _not_known(query, "after", value)
    return replace(query, before=day) if negated else replace(query, after=day)


def _before(query: SearchQuery, value: str, negated: bool, today: date) -> SearchQuery:
    if (day := _day(value.lower(), today)) is None:
        return _not_known(query, "before", value)
    return replace(query, after=day) if negated else replace(query, before=day)


def _day(value: str, today: date) -> date | None:
    try:
        if value in ("today", "yesterday"):
            return today - timedelta(days=value == "yesterday")
        if relative := re.fullmatch(r"(\d{1,5})([dw])", value, re.ASCII):
            return today - timedelta(days=int(relative[1]) * (7 if relative[2] == "w" else 1))
        return date.fromisoformat(value) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII) else None
    except (ValueError, OverflowError):
        return None


def _has(query: SearchQuery, value: str, negated: bool, today: date) -> SearchQuery:
    if value.lower() not in ("attachment", "attachments"):
        return _not_known(query, "has", value)
    return replace(query, has_attachment=not negated)


def _is(query: SearchQuery, value: str, negated: bool, today: date) -> SearchQuery:
    if value.lower() == "unread":
        return replace(query, unread=not negated)
    if value.lower() == "snoozed":
        return replace(query, snoozed=not negated)
    return _not_known(query, "is", value)


_FIELDS = {place.value: place for place in Field}
_STATUSES = {
    **{status.value.replace("_", ""): status for status in Status},
    "waiting": Status.PENDING,
    "hold": Status.ON_HOLD,
    "resolved": Status.SOLVED,
}
_PRIORITIES = {priority.value: priority for priority in Priority}
_READERS: dict[str, _Reader] = {
    "tag": _tag,
    "status": _status,
    "priority": _priority,
    "assignee": _assignee,
    "team": _team,
    "channel": _channel,
    "after": _after,
    "before": _before,
    "has": _has,
    "is": _is,
    "number": _number,
}


def to_fts(terms: Iterable[Term], columns: Mapping[Field, str] = COLUMNS) -> str:
    """The MATCH expression of SQLite FTS5 for the terms; "" when none says what to look for.

    Every text stands in quotes, where nothing has a meaning, so no input can change or break the expression.
    """
    wanted: list[str] = []
    unwanted: list[str] = []
    for term in list(terms)[:MAXIMUM_TERMS]:
        if term.field is not None and term.field not in columns:
            continue
        text = _UNSTORABLE.sub(" ", term.text).replace('"', " ")
        if any(character.isalnum() for character in text):
            column = f"{columns[term.field]} : " if term.field is not None else ""
            (unwanted if term.negated else wanted).append(f'{column}"{text}"{" *" if term.prefix else ""}')
    if not wanted or not unwanted:
        return " AND ".join(wanted)
    return f"({' AND '.join(wanted)}) NOT ({' OR '.join(unwanted)})"
