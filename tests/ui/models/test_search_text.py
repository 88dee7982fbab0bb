"""Filters are words of the query, and what the screen teaches is what the search understands."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.domain.search_query import parse
from ui.models.search_text import EXAMPLES, FILTERS, SearchFilter, is_on, operator_looks, switched

TODAY = date(2026, 3, 5)


@pytest.mark.parametrize("item", FILTERS, ids=lambda item: item.title)
def test_every_filter_is_understood(item: SearchFilter) -> None:
    query = parse(f"{item.operator} ", TODAY)
    assert query.problems == ()
    assert not query.is_empty


@pytest.mark.parametrize("text", [text for text, _ in EXAMPLES])
def test_every_example_is_understood(text: str) -> None:
    assert parse(f"{text} ", TODAY).problems == ()


def test_a_filter_makes_room_for_another_value() -> None:
    week, month = (item for item in FILTERS if item.operator.startswith("after:"))
    assert switched("kettle after:7d", month) == "kettle after:30d"
    assert switched("after:7d kettle", week) == "kettle"


def test_every_operator_is_taught_once() -> None:
    keys = [row.key for row in operator_looks()]
    assert len(keys) == len(set(keys))
    assert "status:" in keys


@given(
    st.lists(st.sampled_from(["kettle", '"two words"', "from:amelia", "-late"]), max_size=4),
    st.sampled_from(FILTERS),
)
def test_switching_twice_changes_nothing_else(words: list[str], item: SearchFilter) -> None:
    query = " ".join(words)
    on = switched(query, item)
    assert is_on(on, item)
    assert not is_on(switched(on, item), item)
    assert switched(on, item).split() == query.split()
