"""What is being typed at the caret that asks for a completion: `/` `?` `@` `#` `{{`. Free of Qt."""

import re
from dataclasses import dataclass
from enum import StrEnum

_LONGEST = 60
"""How far back from the caret is looked."""


class TriggerKind(StrEnum):
    """What is looked for. Each value is what is typed to look for it."""

    CANNED = "/"
    ARTICLE = "?"
    MENTION = "@"
    CONVERSATION = "#"
    VARIABLE = "{{"


@dataclass(frozen=True, slots=True)
class Trigger:
    """A completion asked for: what was typed after the sign, and where in the text all of it stands."""

    kind: TriggerKind
    text: str
    start: int
    end: int


# A sign counts at the start of a word only, so that "10/12", "why?" and addresses are left alone. A lone "?" after a
# blank is punctuation in some languages: an article is looked for from the first letter on.
_PATTERNS = (
    (TriggerKind.VARIABLE, re.compile(r"\{\{[ ]?(?P<text>[\w.]*)$")),
    (TriggerKind.CANNED, re.compile(r"(?:^|(?<=\s))/(?P<text>[\w-]*)$")),
    (TriggerKind.ARTICLE, re.compile(r"(?:^|(?<=\s))\?(?P<text>[\w-]+(?: [\w-]*){0,3})$")),
    (TriggerKind.MENTION, re.compile(r"(?:^|(?<=[\s(]))@(?P<text>[\w.-]*)$")),
    (TriggerKind.CONVERSATION, re.compile(r"(?:^|(?<=[\s(]))#(?P<text>\d{1,10})$")),
)


def trigger_at(
    text: str, caret: int, kinds: frozenset[TriggerKind] = frozenset(TriggerKind)
) -> Trigger | None:
    """The completion that the text before the caret asks for, or None."""
    begin = max(0, caret - _LONGEST)
    line = max(begin, text.rfind("\n", begin, caret) + 1)
    # One character more, so that a word cut off at `begin` does not look like the start of one.
    before = text[max(0, line - 1) : caret]
    offset = max(0, line - 1)
    for kind, pattern in _PATTERNS:
        if kind not in kinds:
            continue
        match = pattern.search(before)
        if match is not None and not (match.start() == 0 and offset > 0 and before[0] != "\n"):
            return Trigger(kind, match["text"], offset + match.start(), caret)
    return None
