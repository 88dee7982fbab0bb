"""The words of one language, by the word lists of `pyspellchecker`: is a word known, and which ones are like it."""

import gzip
import json
import time
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from importlib.resources import files
from typing import TextIO

from agent_desktop.domain.errors import InputError

MOST_SUGGESTIONS = 5
_PIECE = 1 << 14
_PATIENCE = 0.15
"""Seconds for which words that are less alike are looked for."""
_BRITISH = (
    ("our", "or"),
    ("is", "iz"),
    ("ys", "yz"),
    ("tre", "ter"),
    ("ll", "l"),
    ("ogue", "og"),
    ("ce", "se"),
)
"""Endings of British and American English; either is right."""
_NEVER_FIRST = {"de": "ß"}
_COMPOUNDING = frozenset({"de", "nl"})
_SHORTEST_PART, _LONG_PART = 4, 7
_RARE = 50
"""The count of words that are in the list but were never met."""
_LINKS = ("", "s", "es", "n", "en")
_VERBS = ("n", "en")
_LONGEST_ELISION = 5
_APOSTROPHE = "'"


class Frequencies:
    """How often words were met, in lower case.

    In one table for each first letter: a large one keeps every other thread from running while it grows.
    """

    def __init__(self) -> None:
        self._tables: dict[str, dict[str, int]] = {}

    def add(self, words: Mapping[str, int]) -> None:
        """Take over some words."""
        for word, count in words.items():
            self._tables.setdefault(word[:1], {})[word] = count

    def __contains__(self, word: str) -> bool:
        return word in self._tables.get(word[:1], ())

    def __getitem__(self, word: str) -> int:
        """How often the word was met; 0 for one that is not known."""
        return self._tables.get(word[:1], {}).get(word, 0)

    @property
    def letters(self) -> str:
        """What words begin with."""
        return "".join(sorted(letter for letter in self._tables if letter.isalpha()))


class Dictionary:
    """The words of one language. Nothing here changes, so that any thread may ask."""

    def __init__(self, language: str, frequencies: Frequencies) -> None:
        self._language = language
        self._frequencies = frequencies
        self._letters = frequencies.letters + _NEVER_FIRST.get(language, "")

    def knows(self, word: str) -> bool:
        """Whether the word is spelt right, as far as can be told."""
        plain = word.replace("’", _APOSTROPHE).lower()
        return (
            plain in self._frequencies
            or self._is_elided(plain)
            or (self._language == "en" and self._is_british(plain))
            or (self._language in _COMPOUNDING and self._is_compound(plain))
        )

    def unknown(self, words: Iterable[str]) -> frozenset[str]:
        """Those of the words that are not known."""
        return frozenset(word for word in words if not self.knows(word))

    def suggestions(self, word: str) -> tuple[str, ...]:
        """Known words that are like this one, the likeliest first, written like it."""
        plain = word.replace("’", _APOSTROPHE).lower()
        near = self._known(self._edits(plain))
        if len(near) < MOST_SUGGESTIONS:
            near |= self._known(self._further(plain))
        near.discard(plain)
        ranked = sorted(near, key=lambda other: self._rank(plain, other))[:MOST_SUGGESTIONS]
        return tuple(other.capitalize() if word[0].isupper() else other for other in ranked)

    def _rank(self, word: str, other: str) -> tuple[int, int, str]:
        """Letters in the wrong order first, then one letter too many or too few, then how common it is."""
        if sorted(word) == sorted(other):
            closeness = 0
        else:
            closeness = 1 if _one_apart(word, other) else 2
        return closeness, -self._frequencies[other], other

    def _known(self, words: Iterable[str]) -> set[str]:
        return {word for word in words if word in self._frequencies}

    def _edits(self, word: str) -> Iterator[str]:
        for at in range(len(word) + 1):
            left, right = word[:at], word[at:]
            if right:
                yield left + right[1:]
                if len(right) > 1:
                    yield left + right[1] + right[0] + right[2:]
                for letter in self._letters:
                    yield left + letter + right[1:]
            for letter in self._letters:
                yield left + letter + right

    def _further(self, word: str) -> Iterator[str]:
        """Two steps away, as far as there is time."""
        end = time.monotonic() + _PATIENCE
        for one in self._edits(word):
            if time.monotonic() > end:
                return
            yield from self._edits(one)

    def _is_elided(self, word: str) -> bool:
        """Whether it is a known word with an article before it or a genitive behind: l'adresse, customer's."""
        before, apostrophe, after = word.partition(_APOSTROPHE)
        if not apostrophe:
            return False
        owner = after == "s" and before in self._frequencies
        return owner or (len(before) <= _LONGEST_ELISION and after in self._frequencies)

    def _is_british(self, word: str) -> bool:
        return any(
            british in word and word.replace(british, american) in self._frequencies
            for british, american in _BRITISH
        )

    def _is_compound(self, word: str) -> bool:
        """Whether it is made of known words: Versand-kosten-frei, with the letters that hold them together."""
        for at in range(_SHORTEST_PART, len(word) - _SHORTEST_PART + 1):
            head, tail = word[:at], word[at:]
            if self._is_first_part(head) and (self._is_part(tail) or self._is_compound(tail)):
                return True
        return False

    def _is_first_part(self, part: str) -> bool:
        """Whether a compound can begin with it: a word with what joins it to the next, or the stem of a verb."""
        joined = any(part.endswith(link) and self._is_part(part.removesuffix(link)) for link in _LINKS)
        return joined or any(self._is_part(part + ending) for ending in _VERBS)

    def _is_part(self, part: str) -> bool:
        """Whether it is a word that compounds are made of; short rare ones would let every mistake through."""
        enough = 0 if len(part) >= _LONG_PART else _RARE
        return len(part) >= _SHORTEST_PART and self._frequencies[part] > enough


def _one_apart(word: str, other: str) -> bool:
    return abs(len(word) - len(other)) == 1 and (_lacks_one(word, other) or _lacks_one(other, word))


def _lacks_one(short: str, long: str) -> bool:
    """Whether `long` is `short` with one letter more."""
    return any(long[:at] + long[at + 1 :] == short for at in range(len(long)))


@lru_cache(maxsize=1)
def load_dictionary(language: str) -> Dictionary:
    """The words of a language; those of the last one asked for stay in memory. Takes a moment: not for the GUI thread.

    Raises InputError for a language whose words are not here.
    """
    path = files("spellchecker") / "resources" / f"{language}.json.gz"
    frequencies = Frequencies()
    try:
        with path.open("rb") as packed, gzip.open(packed, "rt", encoding="utf-8") as text:
            # In pieces: to read the whole at once would keep every other thread from running for too long.
            for piece in _pieces(text):
                frequencies.add(json.loads(piece))
    except FileNotFoundError as error:
        raise InputError(
            f"The words of the language “{language}” are not part of this installation. Nothing is marked."
        ) from error
    return Dictionary(language, frequencies)


def _pieces(text: TextIO) -> Iterator[str]:
    """A flat JSON object cut between its members, each piece an object of its own."""
    rest = text.read(1)[1:]  # without the brace that opens it
    while read := text.read(_PIECE):
        rest += read
        body, comma, left = rest.rpartition(",\n")
        if comma:
            yield f"{{{body}}}"
            rest = left
    yield f"{{{rest}" if rest.strip() else "{}"
