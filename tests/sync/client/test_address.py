"""What counts as the address of a server."""

import pytest

from agent_desktop.domain.errors import InputError
from sync.client.address import ServerAddress


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        ("desk.example.com", "https://desk.example.com"),
        ("  Desk.Example.com/ ", "https://desk.example.com"),
        ("https://desk.example.com:443", "https://desk.example.com"),
        ("desk.example.com:8443", "https://desk.example.com:8443"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://[::1]:8000/", "http://[::1]:8000"),
        ("https://[2001:db8::1]", "https://[2001:db8::1]"),
    ],
)
def test_what_a_person_types_becomes_an_address(typed: str, url: str) -> None:
    assert ServerAddress.parse(typed).url == url


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "Type the address"),
        ("http://desk.example.com", "https://"),
        ("http://127.0.0.1.example.com", "https://"),
        ("http://localhost@desk.example.com", "Leave name and password out"),
        ("https://anna:secret@desk.example.com", "Leave name and password out"),
        ("https://desk.example.com/app", "Leave out"),
        ("https://desk.example.com?x=1", "Leave out"),
        ("ftp://desk.example.com", "not an address"),
        ("file:///etc/passwd", "not an address"),
        ("https://desk.example.com:port", "not an address"),
        ("https://desk.example.com:99999", "not an address"),
        ("https://[::1", "not an address"),
        ("two words", "not an address"),
        ("https://", "not an address"),
    ],
)
def test_what_cannot_be_an_address_is_refused_in_words(typed: str, words: str) -> None:
    with pytest.raises(InputError) as caught:
        ServerAddress.parse(typed)
    assert words in caught.value.sentence
    assert "secret" not in caught.value.sentence


def test_knows_what_stays_on_this_computer() -> None:
    assert ServerAddress.parse("127.0.0.1:8000").on_this_computer
    assert ServerAddress.parse("http://[::1]").on_this_computer
    assert not ServerAddress.parse("desk.example.com").on_this_computer
