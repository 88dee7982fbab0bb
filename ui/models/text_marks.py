"""What stands out in the text of a message: addresses to follow, and people who are addressed. Free of Qt."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from agent_desktop.services.html.text_links import TextLink, find_links


@dataclass(frozen=True, slots=True)
class TextMark:
    """A stretch of a text, counted in UTF-16 units as Qt does. `link` is the number of the address, if it is one."""

    start: int
    length: int
    link: int | None = None


@dataclass(frozen=True, slots=True)
class MarkedText:
    """What was found: the addresses, and every stretch to be marked, in order."""

    links: tuple[TextLink, ...] = ()
    marks: tuple[TextMark, ...] = ()


_NOTHING = MarkedText()


def mark_text(text: str, names: Sequence[str] = ()) -> MarkedText:
    """The addresses in `text`, and the places where one of `names` is addressed in it as @name."""
    if "@" not in text and "://" not in text and "www." not in text.lower():
        return _NOTHING
    links = find_links(text)
    spans: list[tuple[int, int, int | None]] = [
        (link.start, link.end, number) for number, link in enumerate(links)
    ]
    for name in names:
        spans += [(match.start(), match.end(), None) for match in re.finditer(f"@{re.escape(name)}\\b", text)]
    if not spans:
        return _NOTHING
    place = _Utf16(text)
    marks = []
    for start, end, number in sorted(spans, key=lambda span: span[:2]):
        begin = place.of(start)
        marks.append(TextMark(begin, place.of(end) - begin, number))
    return MarkedText(links, tuple(marks))


class _Utf16:
    """Positions in a text as Qt counts them; asked for in rising order."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._seen = 0
        self._units = 0

    def of(self, index: int) -> int:
        if index < self._seen:
            self._seen = self._units = 0
        self._units += len(self._text[self._seen : index].encode("utf-16-le", "surrogatepass")) // 2
        self._seen = index
        return self._units
