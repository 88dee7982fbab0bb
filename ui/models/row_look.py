"""What one row of a list shows, as plain values: pure functions make it, one delegate paints it. Free of Qt."""

import re
from collections.abc import Hashable
from dataclasses import dataclass

from ui.icon_names import IconName
from ui.models.inbox_row_text import ChipText
from ui.tokens import ColorRole

_INVISIBLE = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""White space, control characters, and what would turn the direction of the words around it."""


@dataclass(frozen=True, slots=True)
class Run:
    """Some words of a line in one colour and weight."""

    text: str
    color: ColorRole = ColorRole.TEXT
    strong: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RowLook:
    """One row. `key` tells rows apart when a list changes.

    A row has an icon, or the avatar of a name, or neither. `trailing` stands at the right of the title, before the
    chips.
    """

    key: Hashable
    title: tuple[Run, ...]
    sentence: str
    icon: IconName | None = None
    avatar_name: str = ""
    lines: tuple[tuple[Run, ...], ...] = ()
    trailing: tuple[Run, ...] = ()
    chips: tuple[ChipText, ...] = ()


def one_line(text: str) -> str:
    """The text with every run of white space and control characters as one blank: what a row can show."""
    return " ".join(_INVISIBLE.sub(" ", text).split())


def marked(
    text: str,
    marks: tuple[tuple[int, int], ...],
    plain: ColorRole = ColorRole.TEXT_2,
    mark: ColorRole = ColorRole.ACCENT_TEXT,
    lead: int | None = None,
) -> tuple[Run, ...]:
    """A text with the ranges that were looked for strong and in their own colour.

    With `lead`, at most about that many letters come before the first range, so that a short line shows it.
    Ranges that overlap or reach outside are tolerated: they may come from an index that is a moment older.
    """
    text = _INVISIBLE.sub(" ", text)  # letter by letter, so that the ranges still fit
    runs: list[Run] = []
    position = 0
    first = min((start for start, end in marks if 0 <= start < min(end, len(text))), default=0)
    if lead is not None and first > lead:
        position = max(text.find(" ", first - lead, first) + 1, first - lead)
        runs.append(Run("…", plain))
    for start, end in sorted(marks):
        start, end = max(start, position), min(end, len(text))
        if start >= end:
            continue
        runs.append(Run(text[position:start], plain))
        runs.append(Run(text[start:end], mark, strong=True))
        position = end
    runs.append(Run(text[position:], plain))
    return tuple(run for run in runs if run.text)
