"""Who `@Name` means."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.domain.mentions import Mention, find_mentions, mentioned_ids
from tests.factories import make_user

ANNA = make_user(name="Anna")
BERG = make_user(name="Anna Berg")
JOHN = make_user(name="Jöhn  O'Neil-Smith (Ops)")
BEN = make_user(name="Ben Okafor")
OTHER_BEN = make_user(name="Ben Adler")
GONE = make_user(name="Gone Girl", active=False)
USERS = (ANNA, BERG, JOHN, BEN, OTHER_BEN, GONE)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", []),
        ("nobody", []),
        ("@Anna Berg please look", ["Anna Berg"]),
        ("@anna BERG please look", ["Anna Berg"]),
        ("@Anna please look", ["Anna"]),
        ("@Anna's order", ["Anna"]),
        ("@Annabel", []),
        ("@Anna Berger", ["Anna"]),
        ("@Anna\nBerg", ["Anna Berg"]),
        ("mail anna@Anna.example", []),
        ("@@Anna", []),
        ("(@Ben Adler,@Ben Okafor)", ["Ben Adler", "Ben Okafor"]),
        ("@Ben", []),
        ("@jöhn", ["Jöhn  O'Neil-Smith (Ops)"]),
        ("@Jöhn O'Neil-Smith (Ops)!", ["Jöhn  O'Neil-Smith (Ops)"]),
        ("@Gone Girl", []),
        ("@", []),
        ("@ Anna", []),
    ],
)
def test_who_is_meant(text: str, names: list[str]) -> None:
    by_id = {user.id: user.name for user in USERS}
    assert [by_id[mention.user_id] for mention in find_mentions(text, USERS)] == names


def test_where_and_once() -> None:
    text = "@Anna Berg and @anna berg"
    assert find_mentions(text, USERS) == (Mention(0, 10, BERG.id), Mention(15, 25, BERG.id))
    assert mentioned_ids(text, USERS) == (BERG.id,)


def test_users_of_the_same_name_are_all_meant() -> None:
    twin = make_user(id="twin", name="anna berg")
    assert set(mentioned_ids("@Anna Berg", (BERG, twin))) == {BERG.id, "twin"}


@given(st.text("@An Bergö\n", max_size=40), st.lists(st.text("An Berg.*(", max_size=6), max_size=4))
def test_any_text_and_names_can_be_read(text: str, names: list[str]) -> None:
    users = [make_user(id=str(place), name=name) for place, name in enumerate(names)]
    for mention in find_mentions(text, users):
        assert text[mention.start] == "@"
        assert mention.user_id in {user.id for user in users}
