"""What of a text is looked up: words, and nothing that only looks like one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.services.spelling.words import find_words, words_of


def found(text: str) -> list[str]:
    return [word.text for word in find_words(text)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Where is my kettle?", ["Where", "is", "my", "kettle"]),
        ("See https://shop.example/retuns?x=mispelt now", ["See", "now"]),
        ("www.exampel.org/abuot or help@exmaple.org", ["or"]),
        ("Hi {{ custmer.first_name }}, thanks", ["Hi", "thanks"]),
        ("order 10-55821, 3pcs, A4, v2", ["order"]),
        ("The VAT of HTML and iPhone", ["The", "of", "and"]),
        ("@Ben look at #48213", ["look", "at"]),
        ("It isn't the customer’s fault", ["It", "isn't", "the", "customer’s", "fault"]),
        ("well-known C:\\temp\\fiel and/or snake_case", ["well", "known"]),
        ("open reciept.pdf please", ["open", "please"]),
        ("Straße über élève", ["Straße", "über", "élève"]),
        ("a I", []),
        ("", []),
    ],
)
def test_only_words_are_looked_up(text: str, words: list[str]) -> None:
    assert found(text) == words


@given(st.text(max_size=200))
def test_each_word_stands_where_it_is_said_to_stand(text: str) -> None:
    end = 0
    for word in find_words(text):
        assert text[word.start : word.end] == word.text
        assert word.start >= end
        end = word.end


def test_names_give_their_words() -> None:
    assert words_of(["Zoë O'Brien-Smith", "ACME"]) == {"zoë", "o'brien", "smith", "acme"}
