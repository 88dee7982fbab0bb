"""Articles as rows: what fits how well, where the words are, and how a version differs from the newest."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.domain.knowledge import Article, ArticleRevision, ArticleState
from agent_desktop.services.knowledge import ArticleHit
from ui.models.article_text import article_look, hit_look, score_text, version_look, word_marks

NOW = datetime(2026, 3, 5, 12, 0, tzinfo=UTC)
ARTICLE = Article(
    id="a", title="Lost parcels", body="…", category="Delivery", updated_at=NOW, state=ArticleState.PUBLIC
)


@pytest.mark.parametrize(("score", "words"), [(1.0, "100%"), (0.814, "81%"), (-1.0, "0%"), (7.0, "100%")])
def test_scores_are_percentages(score: float, words: str) -> None:
    assert score_text(score) == words


def test_a_hit_marks_the_words_in_its_excerpt() -> None:
    look = hit_look(ArticleHit(ARTICLE, 0.92, "A refund or a resend"), "refu")
    assert [(run.text, run.strong) for run in look.lines[0]] == [
        ("A ", False),
        ("refu", True),
        ("nd or a resend", False),
    ]
    assert look.sentence == "Lost parcels, fits 92%, A refund or a resend"


def test_a_row_tells_category_language_day_and_state() -> None:
    look = article_look(ARTICLE, True, NOW, UTC)
    assert look.lines[0][0].text == "Delivery · en · 12:00"
    assert [chip.text for chip in look.chips] == ["Unsaved", "Public"]


def test_a_version_tells_who_and_when() -> None:
    version = ArticleRevision(
        id="r", article_id="a", revision=3, title="t", body="b", state=ArticleState.DRAFT, created_at=NOW
    )
    assert version_look(version, "Maya", NOW, UTC).sentence == "Version 3, 12:00, Maya, Draft"
    assert version_look(version, "", NOW, UTC).lines[0][0].text == "Imported"


def test_only_beginnings_of_words_are_marked() -> None:
    assert word_marks("prefund Refund refunded", "refund") == ((8, 14), (15, 21))


@given(st.text(max_size=40), st.text(max_size=10))
def test_marks_lie_inside_the_text(text: str, query: str) -> None:
    assert all(0 <= start < end <= len(text) for start, end in word_marks(text, query))
