"""Known words and suggestions, by the word lists that come with the program."""

from collections.abc import Callable

import pytest

from agent_desktop.domain.errors import InputError
from agent_desktop.services.spelling.dictionary import MOST_SUGGESTIONS, Dictionary, load_dictionary
from agent_desktop.services.spelling.languages import LANGUAGES

Load = Callable[[str], Dictionary]
COMMON = {
    "en": "the customer received your refund yesterday",
    "de": "der Kunde wartet noch auf eine Antwort",
    "es": "el cliente espera una respuesta",
    "fr": "le client attend une réponse",
    "it": "il cliente aspetta una risposta",
    "nl": "de klant wacht op een antwoord",
    "pt": "o cliente espera uma resposta",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_knows_what_is_said_every_day(language: str) -> None:
    dictionary = load_dictionary(language)
    assert dictionary.unknown(COMMON[language].split()) == frozenset()
    assert not dictionary.knows("xqzwv")


@pytest.mark.parametrize("word", ["recieve", "Unfortunatly", "adress", "tommorow", "replacment"])
def test_mistakes_are_found(word: str) -> None:
    assert not load_dictionary("en").knows(word)


@pytest.mark.parametrize(
    "word", ["colour", "apologise", "theatre", "organised", "color", "don’t", "customer's", "REFUND"]
)
def test_english_is_right_on_both_sides_of_the_sea(word: str) -> None:
    assert load_dictionary("en").knows(word)


@pytest.mark.parametrize("word", ["Lieferadresse", "versandkostenfrei", "Ersatzgerät", "Bestellnummer"])
def test_words_made_of_words_are_known(word: str) -> None:
    assert load_dictionary("de").knows(word)


@pytest.mark.parametrize("word", ["Ersattzteil", "vieleicht", "Bestelnummer", "Adrese"])
def test_mistakes_in_words_made_of_words_are_found(word: str) -> None:
    assert not load_dictionary("de").knows(word)


def test_elided_articles_are_no_mistake() -> None:
    assert load_dictionary("fr").knows("l'adresse")
    assert not load_dictionary("fr").knows("l'adrresse")


@pytest.mark.parametrize(
    ("word", "first"),
    [
        ("recieve", "receive"),
        ("Recieve", "Receive"),
        ("teh", "the"),
        ("thier", "their"),
        ("shiped", "shipped"),
    ],
)
def test_the_likeliest_comes_first(word: str, first: str) -> None:
    suggestions = load_dictionary("en").suggestions(word)
    assert suggestions[0] == first
    assert len(suggestions) <= MOST_SUGGESTIONS
    assert load_dictionary("en").unknown(suggestions) == frozenset()


def test_what_is_like_nothing_has_no_suggestions() -> None:
    assert load_dictionary("en").suggestions("xqzwvkjhgfdspoiuytrewq") == ()


def test_a_language_that_is_not_here_is_said() -> None:
    with pytest.raises(InputError, match="not part of this installation"):
        load_dictionary("tlh")
