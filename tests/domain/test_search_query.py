"""The search language: what is asked for, what is not understood, and that SQLite takes whatever comes out."""

import random
import sqlite3
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from agent_desktop.domain.conversation import Priority, Status
from agent_desktop.domain.search_query import (
    MAXIMUM_TERMS,
    OPERATORS,
    Field,
    SearchQuery,
    Term,
    parse,
    to_fts,
)

TODAY = date(2026, 3, 2)


def word(text: str, **changes: object) -> Term:
    return Term(text=text, **changes)  # type: ignore[arg-type]  # fields by name


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("", ()),
        ("   ", ()),
        ("refund ", (word("refund"),)),
        ("late refund ", (word("late"), word("refund"))),
        ("refund", (word("refund", prefix=True),)),
        ("late ref", (word("late"), word("ref", prefix=True))),
        ("r", (word("r"),)),
        ("r*", (word("r", prefix=True),)),
        ("ref* late ", (word("ref", prefix=True), word("late"))),
        ('"late refund"', (word("late refund", phrase=True),)),
        ('"late refu', (word("late refu", phrase=True, prefix=True),)),
        ("“late refund” x ", (word("late refund", phrase=True), word("x"))),
        ("refund -spam", (word("refund"), word("spam", negated=True))),
        ('refund -"free money"', (word("refund"), word("free money", phrase=True, negated=True))),
        ("from:anna ", (word("anna", field=Field.FROM),)),
        ('FROM:"Anna Be', (word("Anna Be", phrase=True, prefix=True, field=Field.FROM),)),
        (
            "to:karl -subject:offer ",
            (word("karl", field=Field.TO), word("offer", field=Field.SUBJECT, negated=True)),
        ),
        ('"thank you f', (word("thank you", phrase=True),)),
        ('"thank you fo', (word("thank you fo", phrase=True, prefix=True),)),
        ("e-m", (word("e"),)),
        ("10-55821 ", (word("10-55821"),)),
        ("12:30 ", (word("12:30"),)),
        ("karl@example.com ", (word("karl@example.com"),)),
        ("https://example.com/a ", (word("https://example.com/a"),)),
        ("#refund ", (word("#refund"),)),
        ('- -- " "" * ** :: ()', ()),
        ("Straße 北京 ", (word("Straße"), word("北京"))),
        ("null\0byte ", (word("null"), word("byte"))),
    ],
)
def test_words(text: str, terms: tuple[Term, ...]) -> None:
    query = parse(text, TODAY)
    assert query.terms == terms
    assert query.is_empty is (terms == ())
    assert query.problems == ()


@pytest.mark.parametrize(
    ("text", "filters"),
    [
        ("tag:vip", {"tags": ("vip",)}),
        ('tag:"two  words" tag:vip', {"tags": ("two words", "vip")}),
        ("-tag:vip", {"without_tags": ("vip",)}),
        ("status:open", {"statuses": (Status.OPEN,)}),
        ("status:open,on-hold", {"statuses": (Status.OPEN, Status.ON_HOLD)}),
        ('status:"On Hold"', {"statuses": (Status.ON_HOLD,)}),
        ("status:open status:resolved", {"statuses": (Status.OPEN, Status.SOLVED)}),
        ("-status:solved -status:closed", {"statuses": (Status.OPEN, Status.PENDING, Status.ON_HOLD)}),
        ("priority:high,urgent", {"priorities": (Priority.HIGH, Priority.URGENT)}),
        ("-priority:low", {"priorities": (Priority.NORMAL, Priority.HIGH, Priority.URGENT)}),
        ("assignee:me", {"assignee": "me"}),
        ("assignee:NOBODY", {"assignee": "nobody"}),
        ('assignee:"Anna Berg"', {"assignee": "Anna Berg"}),
        ('team:"Second level"', {"team": "Second level"}),
        ("channel:whatsapp", {"channel": "whatsapp"}),
        ("after:2026-01-31", {"after": date(2026, 1, 31)}),
        ("before:today", {"before": TODAY}),
        ("before:yesterday", {"before": TODAY - timedelta(days=1)}),
        ("after:7d", {"after": TODAY - timedelta(days=7)}),
        ("after:2W", {"after": TODAY - timedelta(days=14)}),
        ("-after:today", {"before": TODAY}),
        ("has:attachment", {"has_attachment": True}),
        ("-has:attachments", {"has_attachment": False}),
        ("is:unread is:snoozed", {"unread": True, "snoozed": True}),
        ("-is:unread", {"unread": False}),
        ("#1043", {"number": 1043}),
        ("number:1043", {"number": 1043}),
        ("number:#1043", {"number": 1043}),
        ("from: tag: status: after: has: is: #", {}),
    ],
)
def test_operators(text: str, filters: dict[str, object]) -> None:
    assert parse(text, TODAY) == SearchQuery(**filters)  # type: ignore[arg-type]  # fields by name


@pytest.mark.parametrize(
    ("text", "mentioned"),
    [
        ("colour:red", "colour:"),
        ("status:asleep", "solved or closed"),
        ("priority:enormous", "urgent"),
        ("after:soon", "2026-01-31"),
        ("before:2026-02-30", "2026-01-31"),
        ("after:999999w", "2026-01-31"),
        ("has:money", "attachment"),
        ("is:fun", "unread"),
        ("number:abc", "number"),
        ("number:9999999999999999999", "number"),
        ("-assignee:me", "minus"),
        ("-number:5", "minus"),
        ("-spam", "leave out"),
        ("x" * 2_000, "1,000"),
        ("word " * 100, "32"),
    ],
)
def test_what_is_not_understood_is_said(text: str, mentioned: str) -> None:
    (sentence,) = parse(text, TODAY).problems
    assert mentioned in sentence
    assert sentence.endswith(".")


def test_an_unknown_operator_is_searched_for_as_words() -> None:
    assert parse("colour:red ", TODAY).terms == (word("colour"), word("red"))


def test_every_operator_is_in_the_help_and_known() -> None:
    for operator in OPERATORS:
        problems = parse(f"word {operator}zzz", TODAY).problems
        assert not any("not an operator" in sentence for sentence in problems)


@pytest.mark.parametrize(
    ("terms", "expression"),
    [
        ((), ""),
        ((word("a"), word("b", prefix=True)), '"a" AND "b" *'),
        ((word("a b", phrase=True),), '"a b"'),
        ((word("a"), word("b", negated=True), word("c", negated=True)), '("a") NOT ("b" OR "c")'),
        ((word("a", negated=True),), ""),
        (
            (word("a", field=Field.FROM), word("b", field=Field.SUBJECT)),
            '{author_name sender} : "a" AND subject : "b"',
        ),
        ((word("a", field=Field.TO),), ""),
        ((word('say "hi" OR NEAR('),), '"say  hi  OR NEAR("'),
        ((word('"'), word("-"), word("\0")), ""),
    ],
)
def test_expression(terms: tuple[Term, ...], expression: str) -> None:
    assert to_fts(terms) == expression


MESSAGES = (
    ("Where is my refund? It is late.", "Refund for order 10-55821", "Karl Lund", "K. <karl@work.example>"),
    ("Your refund is on its way – Straße 5", "Re: Refund", "Anna Berg", ""),
    ("AND OR NOT NEAR free money", "Offer", "Spam Ltd", "spam@x.example"),
    ("Reservation confirmed", "Café", "Zoë", ""),
)


@pytest.fixture(scope="module")
def index() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:")
    connection.execute(
        "CREATE VIRTUAL TABLE message_text USING fts5(text, subject, author_name, sender,"
        " tokenize='unicode61 remove_diacritics 2', prefix='2 3 4')"
    )
    connection.executemany("INSERT INTO message_text VALUES (?, ?, ?, ?)", MESSAGES)
    yield connection
    connection.close()


def found(index: sqlite3.Connection, text: str) -> list[int]:
    expression = to_fts(parse(text, TODAY).terms)
    if not expression:
        return []
    rows = index.execute(
        "SELECT rowid FROM message_text WHERE message_text MATCH ? ORDER BY rowid", (expression,)
    )
    return [row[0] for row in rows]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("refund", [1, 2]),
        ("REFUND late", [1]),
        ("ref", [1, 2]),
        ("re*", [1, 2, 4]),
        ("ref ", []),
        ('"my refund"', [1]),
        ('"refund my"', []),
        ('"my ref', [1]),
        ("refund -late", [2]),
        ("from:anna", [2]),
        ("from:refund", []),
        ("from:karl@work.example ", [1]),
        ("from:work.example ", [1]),
        ("from:@x.example", [3]),
        ("subject:work.example ", []),
        ("subject:refund from:karl", [1]),
        ("10-55821", [1]),
        ("strasse", []),
        ("straße", [2]),
        ("cafe", [4]),
        ("zoe", [4]),
        ("AND NOT NEAR", [3]),
        ("refund OR offer", []),
        ("text:refund", []),
    ],
)
def test_what_is_found(index: sqlite3.Connection, text: str, rows: list[int]) -> None:
    assert found(index, text) == rows


SYNTAX = (
    *OPERATORS,
    *"\"“”*^+-(){}:,.#\\'\0\n\t ",
    *(
        "AND",
        "OR",
        "NOT",
        "NEAR(",
        "NEAR(a b, 2)",
        "rowid",
        "text :",
        "{text subject} :",
        "refund",
        "ref",
    ),
    *("é", "ß", "北京", "\ud800", "\U0001f600", "\u0301", "\ufffe", "١", "Ⅷ", "a" * 50),
    *("7d", "2026-01-01", "open", "me", "unread", "1234", "--", "/*", "';DROP TABLE message_text;--"),
)
syntax = st.sampled_from(SYNTAX)
queries = st.lists(syntax | st.text(max_size=5), max_size=15).map("".join) | st.lists(
    syntax, max_size=15
).map(" ".join)


@settings(max_examples=200)
@given(queries)
@example('"' * 999)
@example("-" * 999)
@example("a " * 499)
@example("\0")
def test_any_text_is_a_query_that_sqlite_takes(index: sqlite3.Connection, text: str) -> None:
    check_is_taken(index, text)


def test_sqlite_takes_thousands_of_queries_made_of_its_own_syntax(index: sqlite3.Connection) -> None:
    chance = random.Random(20_260_302)
    for _ in range(10_000):
        parts = chance.choices(SYNTAX, k=chance.randint(1, 12))
        check_is_taken(index, chance.choice(("", " ")).join(parts))


def check_is_taken(index: sqlite3.Connection, text: str) -> None:
    query = parse(text, TODAY)
    assert len(query.terms) <= MAXIMUM_TERMS
    found(index, text)
    assert index.execute("SELECT count(*) FROM message_text").fetchone() == (len(MESSAGES),)


terms = st.builds(
    Term,
    text=st.text(max_size=12) | syntax,
    phrase=st.booleans(),
    prefix=st.booleans(),
    negated=st.booleans(),
    field=st.none() | st.sampled_from(Field),
)


@settings(max_examples=120)
@given(st.lists(terms, max_size=50))
def test_any_terms_make_an_expression_that_sqlite_takes(index: sqlite3.Connection, made: list[Term]) -> None:
    expression = to_fts(made)
    if expression:
        index.execute("SELECT rowid FROM message_text WHERE message_text MATCH ?", (expression,)).fetchall()


@given(st.text(max_size=40))
def test_more_typing_never_loses_what_was_asked(text: str) -> None:
    """A word that is finished stays among the terms while the next one is typed."""
    done = parse(f"{text} ", TODAY)
    if '"' not in text and "“" not in text and "”" not in text and len(done.terms) < MAXIMUM_TERMS:
        assert parse(f"{text} zz", TODAY).terms[:-1] == done.terms
