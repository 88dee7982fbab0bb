"""Excerpts show the place where a query matched, with exactly that marked."""

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.domain.excerpts import LENGTH, Excerpt, excerpt_of, fold, pattern_of
from agent_desktop.domain.search_query import parse

TODAY = date(2026, 1, 31)


def excerpt(query: str, *texts: str) -> Excerpt:
    return excerpt_of(texts, pattern_of(parse(query, TODAY).terms))


def marked(found: Excerpt) -> list[str]:
    return [found.text[start:end] for start, end in found.marks]


@pytest.mark.parametrize(
    ("query", "text", "words"),
    [
        ("kettle ", "The KETTLE and the kettles", ["KETTLE"]),
        ("kett", "The kettle and the Kettles", ["kettle", "Kettles"]),
        ("refund kettle ", "Kettle first, refund then", ["Kettle", "refund"]),
        ('"my order"', "my  order, not your order", ["my order"]),
        ("order -kettle", "order of a kettle", ["order"]),
        ("cafe ", "Das Café am Markt", ["Café"]),
        ("CAFÉ ", "a cafe", ["cafe"]),
        ("straße ", "Lange Straße 4", ["Straße"]),
        ("from:anna refund", "refund for Anna", ["refund", "Anna"]),
        ("foo ", "foo_bar", ["foo"]),
        ("it's ", "it's here", ["it's"]),
    ],
)
def test_marks_what_matched(query: str, text: str, words: list[str]) -> None:
    assert marked(excerpt(query, text)) == words


def test_begins_near_the_first_match_and_not_in_a_word() -> None:
    found = excerpt("needle ", "hay " * 100 + "needle " + "straw " * 100)
    assert found.text.startswith("…hay hay")
    assert found.text.endswith("…")
    assert marked(found) == ["needle"]
    assert len(found.text) <= LENGTH + 2


def test_looks_in_the_next_text_where_the_first_has_no_match() -> None:
    assert excerpt("refund ", "Where is it?", "Refund for 10-55821") == Excerpt(
        "Refund for 10-55821", ((0, 6),)
    )


def test_shows_the_beginning_where_nothing_matches() -> None:
    assert excerpt("tag:vip ", "  Hello\n\nthere ", "subject") == Excerpt("Hello there")
    assert excerpt_of((), pattern_of(())) == Excerpt("")


@given(st.text(), st.text(min_size=1, max_size=8))
def test_any_text_gives_one_line_with_marks_inside(text: str, query: str) -> None:
    found = excerpt(query, text)
    assert "\n" not in found.text
    last = 0
    for start, end in found.marks:
        assert last <= start < end <= len(found.text)
        last = end


@given(st.text() | st.text("aÄ’ß€Žž\x81 ñ"))
def test_folding_keeps_positions(text: str) -> None:
    assert fold(text) == "".join(map(fold, text))
    assert len(fold(text)) == len(text)


def test_every_character_is_folded_alike_in_any_company() -> None:
    every = "".join(map(chr, range(0x2200)))
    assert fold(every) == "".join(map(fold, every))
    assert fold("ÀÉÎÕÜŠŽŸ’—ß") == "aeiouszy’—ß"


@given(st.text("ab_ é"), st.lists(st.text("abé", min_size=1, max_size=2), min_size=1, max_size=3))
def test_words_are_found_where_they_begin(text: str, words: list[str]) -> None:
    found = pattern_of(parse(" ".join([*words, ""]), TODAY).terms).finditer(fold(text))
    either = "|".join(map(fold, words))
    expected = re.finditer(rf"(?<![^\W_])(?:{either})(?![^\W_])", fold(text))
    assert [match.span() for match in found] == [match.span() for match in expected]
