"""Finds what a person means by a few letters: which titles match, how well, and which letters to mark."""

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_WORD_START, _INSIDE, _SCATTERED = 3.0, 1.5, 0.5


@dataclass(frozen=True, slots=True)
class Match:
    """How well a text fits (higher is better) and the ranges [start, end) of it that were asked for."""

    score: float
    marks: tuple[tuple[int, int], ...]


def match(query: str, text: str) -> Match | None:
    """How `text` fits all words of `query`, in any order, without regard to case and accents; None if it does not.

    A word counts most at the beginning of a word, less inside one, least when its letters are scattered over
    beginnings of words ("ar" finds "Assign to, Reply").
    """
    words = fold(query).split()
    if not words:
        return Match(0.0, ())
    folded = fold(text)
    score, marks = 0.0, []
    for word in words:
        found = _find(word, folded)
        if found is None:
            return None
        weight, ranges = found
        score += weight * len(word)
        marks += ranges
    if folded.startswith(words[0]):
        score += 1.0
    return Match(score - len(text) / 1000, _joined(marks))


def fold(text: str) -> str:
    """The text in lower case without accents, letter by letter: positions stay the same."""
    return "".join(map(_fold_letter, text))


@lru_cache(maxsize=4096)
def _fold_letter(letter: str) -> str:
    base = unicodedata.normalize("NFD", letter)[0].lower()
    return base if len(base) == 1 else letter


def _find(word: str, text: str) -> tuple[float, list[tuple[int, int]]] | None:
    inside = -1
    position = text.find(word)
    while position >= 0:
        if _starts_word(text, position):
            return _WORD_START, [(position, position + len(word))]
        if inside < 0:
            inside = position
        position = text.find(word, position + 1)
    if inside >= 0:
        return _INSIDE, [(inside, inside + len(word))]
    return _scattered(word, text)


def _scattered(word: str, text: str) -> tuple[float, list[tuple[int, int]]] | None:
    """The letters one after another, each at the beginning of a word or right behind the one before."""
    positions: list[int] = []
    for letter in word:
        after = positions[-1] + 1 if positions else 0
        if positions and text[after : after + 1] == letter:
            positions.append(after)
            continue
        position = text.find(letter, after)
        while position >= 0 and not _starts_word(text, position):
            position = text.find(letter, position + 1)
        if position < 0:
            return None
        positions.append(position)
    return _SCATTERED, [(position, position + 1) for position in positions]


def _starts_word(text: str, position: int) -> bool:
    return position == 0 or not text[position - 1].isalnum()


def _joined(marks: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    joined: list[tuple[int, int]] = []
    for start, end in sorted(marks):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return tuple(joined)
