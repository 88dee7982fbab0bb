"""Beginnings of words, spelled out for the full-text indexes.

An index holds the matches of beginnings of up to five letters ready, and gives the newest at once. For a longer one
SQLite would first put together all matches of all words that begin so, which takes the longer the more there are. These
words are few, and the index can be asked for them, so it is asked for any of them instead.
"""

import re
import unicodedata

from agent_desktop.store.database import Statements
from agent_desktop.store.small_text import LONGEST_BEGINNING

MANY = 50
"""A beginning of so many words is left as it is: finding them would take longer than putting their matches together."""

_BEGINNING = re.compile(r'"((?:[^"]|"")*)" ?\*')
"""A text of which the last word is a beginning, as MATCH expressions have it: all texts stand in quotes."""
_LAST_WORD = re.compile(r"(?:^|(?<=[\x00-/:-@\[-`{-\x7f]))[0-9A-Za-zÀ-ÖØ-öø-žЀ-ҁҊ-ӿ]+$")
"""A word at the end of which is known how the index writes it down."""
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

    Beginnings stand beside other texts with AND or OR in between, never without.
    """

    def words_of(beginning: re.Match[str]) -> str:
        text = beginning[1]
        last = _LAST_WORD.search(text)
        start = folded(last[0]) if last else ""
        if last is None or len(start) <= LONGEST_BEGINNING:
            return beginning[0]
        sql = _WORDS.format(index=index)
        words = [row[0] for row in connection.execute(sql, (start, start + _HIGHEST, MANY + 1))]
        if len(words) > MANY:
            return beginning[0]
        texts = [f'"{text[: last.start()]}{word}"' for word in words or [start]]
        return f"({' OR '.join(texts)})"

    return _BEGINNING.sub(words_of, match)


def folded(word: str) -> str:
    """A word of the alphabets that are known here as the indexes write it down: small, and Latin without accents."""
    return "".join(map(_folded, word))


def _folded(letter: str) -> str:
    small = letter.lower()
    base = unicodedata.normalize("NFD", small)[0]
    return base if base.isascii() else small
