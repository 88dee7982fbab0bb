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
_RUN = re.compile(r"\S+")
_SHORTEST, _LONGEST = 2, 40
_LONGEST_RUN = 400


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
    plain = _without_placeholders(text) if "{{" in text else text
    for run in _RUN.finditer(plain):
        if run.end() - run.start() > _LONGEST_RUN:
            continue  # nothing that a person wrote, and each of its letters would be compared with all others
        begin = run.start()
        for other in _NOT_WORDS.finditer(plain, begin, run.end()):
            yield from _words_between(plain, begin, other.start())
            begin = other.end()
        yield from _words_between(plain, begin, run.end())


def _words_between(text: str, begin: int, end: int) -> Iterator[Word]:
    for found in _WORD.finditer(text, begin, end):
        word = found.group()
        if _SHORTEST <= len(word) <= _LONGEST and not _is_abbreviation(word):
            yield Word(found.start(), word)


def words_of(texts: Iterable[str]) -> frozenset[str]:
    """All words of some texts, such as the names of people, in lower case."""
    return frozenset(found.group().lower() for text in texts for found in _WORD.finditer(text))


def _without_placeholders(text: str) -> str:
    """The same length, with blanks where placeholders stand."""
    pieces: list[str] = []
    at = 0
    for placeholder in find_placeholders(text):
        pieces += text[at : placeholder.start], " " * (placeholder.end - placeholder.start)
        at = placeholder.end
    return "".join((*pieces, text[at:]))


def _is_abbreviation(word: str) -> bool:
    """Whether it is written in capitals, or like a name of a product."""
    return any(letter.isupper() for letter in word[1:])
