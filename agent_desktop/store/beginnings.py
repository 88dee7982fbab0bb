"""Beginnings of words, spelled out for the full-text indexes.

An index holds the matches of beginnings of up to five letters ready, and gives the newest at once. For a longer one
SQLite would first put together all matches of all words that begin so, which takes the longer the more there are. These
words are few, and the index can be asked for them, so it is asked for any of them instead.
"""

import re
import unicodedata

from agent_desktop.store.database import Statements
from agent_desktop.store.small_text import LONGEST_BEGINNING

MANY = 12
"""A beginning of more words is left as it is: finding them would take as long as merging some thousand matches."""

_BEGINNING = re.compile(r'"([0-9A-Za-zÀ-ÖØ-öø-žЀ-ҁҊ-ӿ]+)" ?\*')
"""One word that is a beginning, as MATCH expressions have it, in letters of which is known how indexes write them."""
_HIGHEST = "\U0010ffff"
_WORDS = """
    WITH RECURSIVE found(term) AS (
        SELECT (SELECT term FROM {index}_words WHERE term >= ?1 LIMIT 1) UNION ALL
        SELECT (SELECT term FROM {index}_words WHERE term >= found.term || char(0) LIMIT 1)
        FROM found WHERE found.term < ?2)
    SELECT term FROM found WHERE term < ?2 LIMIT ?3"""
"""One step from each word to the next: reading through all matches of a word is what must not be."""


def spelled_out(connection: Statements, index: str, match: str) -> str:
    """A MATCH expression that finds the same in this index, with long beginnings as the words that are there.

    No text holds quotes, and beginnings stand beside other texts with AND or OR in between, never without.
    """

    def words_of(beginning: re.Match[str]) -> str:
        start = folded(beginning[1])
        if len(start) <= LONGEST_BEGINNING:
            return beginning[0]
        sql = _WORDS.format(index=index)
        words = [row[0] for row in connection.execute(sql, (start, start + _HIGHEST, MANY + 1))]
        if len(words) > MANY:
            return beginning[0]
        either = " OR ".join(f'"{word}"' for word in words or [start])
        return f"({either})"

    return _BEGINNING.sub(words_of, match)


def folded(word: str) -> str:
    """A word of the alphabets that are known here as the indexes write it down: small, and Latin without accents."""
    return "".join(map(_folded, word))


def _folded(letter: str) -> str:
    small = letter.lower()
    base = unicodedata.normalize("NFD", small)[0]
    return base if base.isascii() else small
