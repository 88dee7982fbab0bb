"""A long beginning, spelled out as the words that are there, finds what the index itself finds for it."""

import re
import sqlite3
from collections.abc import Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from agent_desktop.domain.search_query import Field, Term, to_fts
from agent_desktop.store import beginnings
from agent_desktop.store.beginnings import folded, spelled_out
from agent_desktop.store.small_text import WORDS, words_of

KNOWN = "".join(chr(code) for code in range(0x500) if re.fullmatch("[0-9A-Za-zÀ-ÖØ-öø-žЀ-ҁҊ-ӿ]", chr(code)))
"""The letters of which the program says itself how an index writes them down."""
COLUMNS = {Field.FROM: "author_name", Field.SUBJECT: "subject"}


@pytest.fixture
def index() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:")
    connection.execute(f"CREATE VIRTUAL TABLE message_text USING fts5(text, subject, author_name, {WORDS})")
    connection.execute(words_of("message_text"))
    yield connection
    connection.close()


def fill(index: sqlite3.Connection, texts: list[str]) -> None:
    """A message for each text, by somebody who is called like the text before."""
    index.execute("DELETE FROM message_text")
    rows = zip(texts, texts[-1:] + texts, strict=False)
    index.executemany("INSERT INTO message_text(text, author_name) VALUES (?, ?)", rows)


def found(index: sqlite3.Connection, match: str) -> list[tuple[int]]:
    return index.execute(
        "SELECT rowid FROM message_text WHERE message_text MATCH ? ORDER BY rowid", (match,)
    ).fetchall()


def test_every_known_letter_is_written_as_the_index_writes_it(index: sqlite3.Connection) -> None:
    index.executemany(
        "INSERT INTO message_text(rowid, text) VALUES (?, ?)", [(ord(c), f"q{c}q") for c in KNOWN]
    )
    written = index.execute("SELECT doc, term FROM message_text_words").fetchall()
    assert {chr(doc): term for doc, term in written} == {letter: folded(f"q{letter}q") for letter in KNOWN}


@pytest.mark.parametrize(
    ("match", "spelled"),
    [
        ('"refund" *', '("refund" OR "refunded" OR "refunds")'),
        ('"REFÜND" *', '("refund" OR "refunded" OR "refunds")'),
        ('"my refunde" *', '"my refunde" *'),
        ('"refunde" *', '("refunded")'),
        ('author_name : "refund" *', 'author_name : ("refund" OR "refunded" OR "refunds")'),
        ('"anna" AND "refunds"*', '"anna" AND ("refunds")'),
        ('"a" AND ("b") NOT ("refunde" *)', '"a" AND ("b") NOT (("refunded"))'),
        ('"refundx" *', '("refundx")'),
        ('"refun" *', '"refun" *'),
        ('"refund"', '"refund"'),
        ('"日本語日本語" *', '"日本語日本語" *'),
        ('"日本refund" *', '"日本refund" *'),
    ],
)
def test_a_beginning_becomes_the_words_that_are_there(
    index: sqlite3.Connection, match: str, spelled: str
) -> None:
    index.execute("INSERT INTO message_text(text) VALUES ('Refund refunded'), ('refunds, my refund; rewind')")
    assert spelled_out(index, "message_text", match) == spelled
    found(index, spelled)  # which SQLite takes


def test_a_beginning_of_very_many_words_stays_one(index: sqlite3.Connection) -> None:
    fill(index, [f"order1000{number}" for number in range(beginnings.MANY + 1)])
    assert spelled_out(index, "message_text", '"order1" *') == '"order1" *'
    fill(index, [f"order1000{number}" for number in range(beginnings.MANY)])
    assert "*" not in spelled_out(index, "message_text", '"order1" *')


STEMS = (
    "refund",
    "REFUND",
    "réfund",
    "Straße",
    "STRASSE",
    "возврат",
    "10558",
    "日本語",
    "don't",
    "a_b",
    "refu\u0301nd",
)
words = st.builds(
    "".join,
    st.lists(st.sampled_from((*STEMS, "s", "ed", "İ", "ş", "1", "й", "_", "ſ")), min_size=1, max_size=3),
)
texts = st.lists(words, max_size=4).map(" ".join)
terms = st.builds(
    Term,
    text=texts,
    prefix=st.just(True) | st.booleans(),
    negated=st.booleans(),
    field=st.none() | st.sampled_from(Field),
)


@given(st.lists(texts, max_size=8), st.lists(terms, max_size=3))
@example(["refundй"], [Term(text="refund", prefix=True)])
@example(["réfunds"], [Term(text="réfund", prefix=True)])
def test_it_finds_what_the_index_finds(messages: list[str], wanted: list[Term]) -> None:
    connection = sqlite3.connect(":memory:")
    connection.execute(f"CREATE VIRTUAL TABLE message_text USING fts5(text, subject, author_name, {WORDS})")
    connection.execute(words_of("message_text"))
    fill(connection, messages)
    match = to_fts(wanted, COLUMNS)
    if match:
        assert found(connection, spelled_out(connection, "message_text", match)) == found(connection, match)
    connection.close()
