"""Filters and searches that nobody thought of: no errors, and the rows that Python finds. The command runs more."""

import random

import pytest

from agent_desktop.domain.errors import StoreError
from agent_desktop.domain.search_query import parse
from agent_desktop.store import filters
from tests.fakes import START
from tests.security import fuzzed_queries
from tests.security.fuzzed_queries import opened, run, searches


@pytest.mark.parametrize("seed", range(3))
def test_any_filter_and_any_search_means_itself(seed: int) -> None:
    assert run(300, seed) == 300


def test_many_searches_are_compared_and_not_only_run() -> None:
    chance = random.Random(1)
    texts = [searches(chance) for _ in range(1_000)]
    plain = [text for text in texts if fuzzed_queries._is_plain(parse(text, START.date()))]
    assert len(plain) > 200


def test_a_filter_that_means_something_else_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filters, "NOBODY", "nobody else")
    with pytest.raises(AssertionError):
        run(300, 0)


def test_a_text_that_reaches_the_expression_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fuzzed_queries, "to_fts", lambda terms: " AND ".join(term.text for term in terms))
    chance = random.Random(0)

    def search_often() -> None:
        with opened(0) as rows:
            for _ in range(300):
                fuzzed_queries.check_search(rows, chance)

    with pytest.raises((StoreError, AssertionError)):
        search_often()
