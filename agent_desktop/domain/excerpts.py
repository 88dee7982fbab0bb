"""Excerpts of found texts: the place where a query matched, with the ranges to mark.

The full-text index could do this as well, but it evaluates the whole query again for each message.
"""

import re
import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

from agent_desktop.domain.search_query import Term

LENGTH = 160
_LEAD = 40
"""How much is shown before the first match."""
_LETTER = r"[^\W_]"
_BETWEEN = r"[\W_]+"
_WORD = re.compile(f"{_LETTER}+")
_SPACE = re.compile(r"\s")
_NOTHING = re.compile(r"(?!)")


class Excerpt(NamedTuple):
    """One line of a text and the ranges in it that matched."""

    text: str
    marks: tuple[tuple[int, int], ...] = ()


class _Folded(dict[int, str]):
    """Characters without case and accents, each as one character, so that positions stay as they are."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        folded = unicodedata.normalize("NFD", character)[0].lower()
        self[code] = folded if len(folded) == 1 else character
        return self[code]


def _folded_bytes() -> bytes:
    characters = (bytes([code]).decode(_WESTERN, "replace") for code in range(256))
    return b"".join(_FOLDED[ord(character)].encode(_WESTERN, "replace") for character in characters)


_FOLDED = _Folded()
_WESTERN = "cp1252"
_FOLDED_BYTES = _folded_bytes()


def fold(text: str) -> str:
    """The text without case and accents, as the full-text index compares it; as long as before."""
    if text.isascii():
        return text.lower()
    try:
        # What most of Europe and America writes, as bytes: a third of the time.
        return text.encode(_WESTERN).translate(_FOLDED_BYTES).decode(_WESTERN)
    except UnicodeEncodeError:
        return text.translate(_FOLDED)


def pattern_of(terms: Iterable[Term]) -> re.Pattern[str]:
    """Finds in folded text what the terms look for; what is left out is not looked for."""
    parts = []
    for term in terms:
        words = _WORD.findall(fold(term.text))
        if words and not term.negated:
            end = f"{_LETTER}*" if term.prefix else f"(?!{_LETTER})"
            sought = _BETWEEN.join(words)
            # A word begins where no letter stands before. It is asked once the first letter is there: a pattern that
            # begins with a letter is looked for several times as fast as one that begins with a question.
            parts.append(f"{sought[0]}(?<!{_LETTER}{sought[0]}){sought[1:]}{end}")
    return re.compile("|".join(parts)) if parts else _NOTHING


def excerpt_of(texts: Iterable[str], pattern: re.Pattern[str]) -> Excerpt:
    """The place of the first match in the first text that has one; without any, the beginning of the first text."""
    beginning = ""
    for text in texts:
        found = pattern.search(fold(text))
        if found is not None:
            start = max(0, found.start() - _LEAD)
            if start:
                # Not in the middle of a word, unless it is a very long one.
                space = _SPACE.search(text, start, found.start())
                start = space.end() if space else start
            line = " ".join(text[start : start + LENGTH].split())
            ending = "…" if start + LENGTH < len(text) else ""
            shown = f"{'…' if start else ''}{line}{ending}"
            return Excerpt(shown, tuple(match.span() for match in pattern.finditer(fold(shown))))
        beginning = beginning or text
    return Excerpt(" ".join(beginning[:LENGTH].split()))
