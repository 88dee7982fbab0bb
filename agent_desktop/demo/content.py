"""The hand-written scenarios that demo conversations are made of, prepared for being filled in quickly."""

import json
import re
from bisect import bisect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from random import Random
from typing import Any, Generic, TypeVar

from agent_desktop.domain.conversation import Priority, Status
from agent_desktop.domain.workspace import ChannelKind
from resources import read_text

T = TypeVar("T")

LANGUAGES: Mapping[str, tuple[str, int]] = {
    "en": ("English", 70),
    "de": ("German", 14),
    "es": ("Spanish", 8),
    "fr": ("French", 8),
}
"""Languages of the scenarios with the name that agents read, and how many of a hundred customers write it."""

STATUS_AT_END = {"Resolved": Status.SOLVED, "Closed": Status.CLOSED}
_ALTERNATIVES = re.compile(r"\[([^\[\]]*)\]")
_TURN = re.compile(r"([canveo])(\?)?(?:\+(\w+))?: (.*)", re.DOTALL)


class Weighted(Generic[T]):
    """A choice among items of which some come more often."""

    def __init__(self, items: Sequence[tuple[T, float]]) -> None:
        self._items = [item for item, _ in items]
        self._sums = list(accumulate(weight for _, weight in items))

    def pick(self, random: Random) -> T:
        """One of the items."""
        return self._items[bisect(self._sums, random.random() * self._sums[-1])]


class Template:
    """A text with alternatives in brackets (`[Hi|Hello]`) and fields in braces (`{product}`)."""

    __slots__ = ("_parts",)

    def __init__(self, text: str) -> None:
        pieces = _ALTERNATIVES.split(text)  # what lies between brackets is at the odd places
        self._parts: tuple[tuple[str, ...], ...] = tuple(
            tuple(piece.split("|")) if place % 2 else (piece,) for place, piece in enumerate(pieces) if piece
        )

    def fill(self, random: Random, values: Mapping[str, str]) -> str:
        """The text with one alternative of each and the fields replaced."""
        parts = self._parts
        if len(parts) == 1 and len(parts[0]) == 1:
            text: str = parts[0][0]
        else:
            chance = random.random
            chosen = [
                options[0] if len(options) == 1 else options[int(chance() * len(options))]
                for options in parts
            ]
            text = "".join(chosen).strip()
        return text.format_map(values) if "{" in text else text


@dataclass(frozen=True, slots=True)
class Turn:
    """One step of a scenario: c(ustomer), a(gent), n(ote), e(vent), v (call to us) or o (call by us)."""

    who: str
    optional: bool
    file: str
    text: Template


@dataclass(frozen=True, slots=True)
class Scenario:
    """What happens in one kind of conversation. With a `sender` it always comes from that address."""

    key: str
    team: str
    tags: tuple[str, ...]
    priority: Priority
    channels: Weighted[ChannelKind]
    subjects: tuple[Template, ...]
    turns: tuple[Turn, ...]
    sender: tuple[str, str] | None
    for_companies: bool


class Language:
    """The scenarios and manners of one language."""

    def __init__(self, code: str) -> None:
        raw: dict[str, Any] = json.loads(read_text(f"demo/scenarios/{code}.json"))
        self.code = code
        self.customer_greetings = tuple(Template(text) for text in raw["customer_greetings"])
        self.customer_closings = tuple(Template(text) for text in raw["customer_closings"])
        self.agent_greetings = tuple(Template(text) for text in raw["agent_greetings"])
        self.agent_greetings_unnamed = tuple(Template(text) for text in raw["agent_greetings_unnamed"])
        self.agent_closings = tuple(Template(text) for text in raw["agent_closings"])
        self.days: tuple[str, ...] = tuple(raw["days"])
        self.months: tuple[str, ...] = tuple(raw["months"])
        self.date: str = raw["date"]
        self.scenarios = tuple(_scenario(item) for item in raw["scenarios"])
        self.choice = Weighted(
            [
                (scenario, item["weight"])
                for scenario, item in zip(self.scenarios, raw["scenarios"], strict=True)
            ]
        )


def _scenario(raw: Mapping[str, Any]) -> Scenario:
    channels = [part.split(":") for part in raw["channels"].split()]
    sender = raw.get("sender")
    return Scenario(
        key=raw["key"],
        team=raw["team"],
        tags=tuple(raw["tags"]),
        priority=Priority(raw.get("priority", "normal")),
        channels=Weighted([(ChannelKind(kind), float(weight)) for kind, weight in channels]),
        subjects=tuple(Template(text) for text in raw["subjects"]),
        turns=tuple(_turn(text) for text in raw["turns"]),
        sender=(sender[0], sender[1]) if sender else None,
        for_companies=bool(raw.get("company")),
    )


def _turn(text: str) -> Turn:
    match = _TURN.fullmatch(text)
    if match is None:
        raise ValueError(f"not a turn: {text[:40]}")
    return Turn(who=match[1], optional=bool(match[2]), file=match[3] or "", text=Template(match[4]))


class Content:
    """All scenarios of all languages."""

    @cached_property
    def languages(self) -> tuple[Language, ...]:
        """The languages in the order of `LANGUAGES`."""
        return tuple(Language(code) for code in LANGUAGES)

    @cached_property
    def choice(self) -> Weighted[Language]:
        """The languages by how many customers write them."""
        return Weighted([(language, LANGUAGES[language.code][1]) for language in self.languages])
