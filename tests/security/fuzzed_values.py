"""Texts and numbers that somebody might try."""

import random

STORED = (
    "plain",
    "'",
    '"',
    "';--",
    "' OR 1=1 --",
    "%",
    "_",
    "\\",
    "*",
    "?",
    "%s",
    "%(x)s",
    "{0}",
    ":name",
    "$1",
    "NULL",
    "null",
    "[]",
    "{}",
    "0",
    "1e999",
    "ß",
    "İ",
    "ı",
    "𝔘",
    "😀",
    "e\u0301",
    "\u202e",
    "\ufffd",
    "\t",
    "\n",
    " ",
    "",
)
"""What a database may hold."""
UNSTORABLE = ("\0", "a\0b", "\ud800", "x\udfff")
EMAILS = (
    "Mixed@Example.ORG",
    "ägidius@example.org",
    "Ägidia@Example.ORG",
    "o'clock@example.org",
    "50%@example.org",
    "İ@example.org",
)
_BORDERS = tuple(
    sign * 2**power + step
    for power in (0, 31, 32, 53, 63, 64, 100)
    for sign in (1, -1)
    for step in (-1, 0, 1)
)


def texts(chance: random.Random) -> str:
    """Any text: one that is there, one that cannot be, or a few put together."""
    kind = chance.randrange(10)
    if kind == 0:
        return chance.choice(UNSTORABLE)
    if kind == 1:
        return "".join(chance.choices((*STORED, *UNSTORABLE), k=3))
    if kind == 2:
        return "x" * chance.choice((100, 101, 400, 5_000))
    return chance.choice(STORED)


def stored_or_not(chance: random.Random, *known: str) -> str:
    """A text that a database can hold: known, there, or made of some that are."""
    return chance.choice((*known, chance.choice(STORED), "".join(chance.choices(STORED, k=2))))


def numbers(chance: random.Random) -> int:
    """A number at one of the borders, or a small one."""
    return chance.choice((chance.randrange(-3, 300), chance.choice(_BORDERS)))
