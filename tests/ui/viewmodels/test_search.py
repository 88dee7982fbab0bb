"""The search screen keeps its query, follows changes and switches filters in the query itself."""

import pytest

from tests.ui.amelia import Amelia
from tests.ui.conftest import Room
from ui.models.search_text import FILTERS, is_on
from ui.viewmodels.search import SearchViewModel


@pytest.fixture
def amelia(room: Room) -> Amelia:
    return Amelia(room.world)


@pytest.fixture
def search(room: Room, amelia: Amelia) -> SearchViewModel:
    return SearchViewModel(room.context)


def subjects(model: SearchViewModel) -> list[str]:
    return [hit.subject for hit in model.result.hits]


def test_words_find_conversations_with_the_place(search: SearchViewModel) -> None:
    search.set_query("where it")
    hit = search.result.hits[0]
    assert hit.subject == "Where is my replacement kettle?"
    assert {hit.excerpt[start:end].lower() for start, end in hit.marks} >= {"where", "it"}


def test_an_empty_query_finds_nothing(search: SearchViewModel) -> None:
    search.set_query("kettle")
    search.set_query("  ")
    assert search.result.hits == ()


def test_a_bad_operator_is_explained_and_the_rest_still_searches(search: SearchViewModel) -> None:
    search.set_query("kettle status:nowhere")
    assert len(search.result.problems) == 1
    assert subjects(search) == ["Where is my replacement kettle?"]


def test_filters_are_switched_in_the_query(search: SearchViewModel) -> None:
    mine = next(item for item in FILTERS if item.operator == "assignee:me")
    nobody = next(item for item in FILTERS if item.operator == "assignee:nobody")
    search.set_query("tell")
    search.switch(nobody)
    assert subjects(search) == []
    search.switch(mine)
    assert search.query == "tell assignee:me"
    assert is_on(search.query, mine)
    assert subjects(search) == ["Where is my replacement kettle?"]
    search.switch(mine)
    assert search.query == "tell"


def test_hits_follow_changes(amelia: Amelia, search: SearchViewModel) -> None:
    search.set_query("kettle")
    before = search.result.hits[0].at
    amelia.writes("The kettle is here.")
    assert search.result.hits[0].at > before


def test_a_hit_is_opened(room: Room, amelia: Amelia, search: SearchViewModel) -> None:
    search.open(amelia.conversation)
    assert room.navigator.conversations == [(amelia.conversation, False)]
