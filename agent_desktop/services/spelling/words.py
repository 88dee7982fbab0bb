"""The words of a text whose spelling can be right or wrong: no addresses, numbers, placeholders or abbreviations."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from agent_desktop.domain.placeholders import find_placeholders

_LETTER = r"[^\W\d_]"
_WORD = re.compile(rf"{_LETTER}+(?:['’]{_LETTER}+)*")
_NOT_WORDS = re.compile(
    r"\w+://\S+"
    r"|\bwww\.\S+"
    r"|\S+@\S+"  # addresses
    r"|[@#]\S+"  # mentions, numbers of conversations
    r"|\S*[\d_\\/]\S*"  # numbers, amounts, codes, paths
    r"|\b[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}\b"  # names of files and sites
)
_SHORTEST, _LONGEST = 2, 40


@dataclass(frozen=True, slots=True)
class Word:
    """A word and where it stands in its text, in characters."""

    start: int
    text: str

    @property
    def end(self) -> int:
        """The position behind it."""
        return self.start + len(self.text)


def find_words(text: str) -> Iterator[Word]:
    """The words to be checked, in the order of the text."""
    hidden = text
    if "{{" in text:
        for placeholder in find_placeholders(text):
            hidden = _without(hidden, placeholder.start, placeholder.end)
    for found in _NOT_WORDS.finditer(hidden):
        hidden = _without(hidden, found.start(), found.end())
    for found in _WORD.finditer(hidden):
        word = found.group()
        if _SHORTEST <= len(word) <= _LONGEST and not _is_abbreviation(word):
            yield Word(found.start(), word)


def words_of(texts: Iterable[str]) -> frozenset[str]:
    """All words of some texts, such as the names of people, in lower case."""
    return frozenset(found.group().lower() for text in texts for found in _WORD.finditer(text))


def _without(text: str, start: int, end: int) -> str:
    return text[:start] + " " * (end - start) + text[end:]


def _is_abbreviation(word: str) -> bool:
    """Whether it is written in capitals, or like a name of a product."""
    return any(letter.isupper() for letter in word[1:])
