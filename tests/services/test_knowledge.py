"""Articles and canned responses: found, suggested, in versions, and only where they may be used."""

from datetime import timedelta

import pytest

from agent_desktop.domain.ids import Id
from agent_desktop.domain.knowledge import ArticleState, Audience, CannedResponse
from agent_desktop.domain.operations.knowledge import (
    CountCannedResponse,
    SaveArticle,
    SaveCannedResponse,
)
from agent_desktop.services.knowledge import EXCERPT_LENGTH, article_excerpt, article_link, article_text
from agent_desktop.store.rows import SqlRows
from tests.desk_fixture import Office
from tests.factories import make_article


def article(office: Office, title: str, body: str = "Text", **changes: object) -> Id:
    article_id = office.desk.ids.new()
    values = {"article_id": article_id, "base_revision": 0, "title": title, "body": body}
    values |= {"state": ArticleState.PUBLIC, **changes}
    office.desk.apply(SaveArticle(**values))  # type: ignore[arg-type]
    return article_id


def canned(office: Office, shortcut: str, title: str = "Title", body: str = "Body", **changes: object) -> Id:
    row_id = office.desk.ids.new()
    values = {"canned_response_id": row_id, "shortcut": shortcut, "title": title, "body": body, **changes}
    office.desk.apply(SaveCannedResponse(**values))  # type: ignore[arg-type]
    return row_id


def test_articles_are_found_by_words_of_title_and_text(office: Office) -> None:
    refunds = article(office, "Refunds", "We pay your money back within five days.")
    delivery = article(office, "Delivery times", "A parcel takes two days. Refunds take longer.")
    article(office, "Old refunds", state=ArticleState.ARCHIVED)
    knowledge = office.desk.knowledge
    hits = knowledge.find_articles("refunds")
    assert {hit.article.id for hit in hits} == {refunds, delivery}
    assert hits[0].score == 1.0
    assert 0 < hits[1].score <= 1.0
    assert [hit.article.id for hit in knowledge.find_articles("parc")] == [delivery]
    assert knowledge.find_articles("") == []
    assert knowledge.find_articles("zzz") == []


def test_suggestions_fit_what_the_customer_wrote(office: Office) -> None:
    refunds = article(office, "Refunds", "How you get your money back after a return.")
    article(office, "Passwords", "How to reset a forgotten password.")
    conversation_id = office.world.customer_writes(
        "Karl Lund", "Money back please", "I returned the kettle and want a refund of my money."
    )
    assert office.desk.knowledge.suggest(conversation_id)[0].article.id == refunds
    assert office.desk.knowledge.suggest("0" * 32) == []
    nothing = office.world.customer_writes("Mia Roth", "?", "…")
    assert office.desk.knowledge.suggest(nothing) == []


def test_every_version_is_kept_newest_first(office: Office) -> None:
    article_id = article(office, "Refunds", "One")
    for revision, body in ((1, "Two"), (2, "Three")):
        office.clock.advance(timedelta(minutes=1))
        office.desk.apply(
            SaveArticle(article_id=article_id, base_revision=revision, title="Refunds", body=body)
        )
    office.desk.sync.exchange()
    revisions = office.desk.knowledge.revisions(article_id)
    assert [(row.revision, row.body) for row in revisions] == [(3, "Three"), (2, "Two"), (1, "One")]
    found = office.desk.knowledge.article(article_id)
    assert found is not None
    assert (found.body, found.revision) == ("Three", 3)


def test_articles_are_listed_by_category_and_state(office: Office) -> None:
    article(office, "b", category="Orders")
    article(office, "a", category="orders")
    article(office, "draft", category="Account", state=ArticleState.DRAFT)
    titles = [row.title for row in office.desk.knowledge.articles()]
    assert titles == ["draft", "a", "b"]
    public = office.desk.knowledge.articles((ArticleState.PUBLIC,))
    assert [row.title for row in public] == ["a", "b"]


def test_canned_responses_come_best_first(office: Office) -> None:
    refund = canned(office, "refund", "Refund granted", "Your money is on its way.")
    canned(office, "refund-no", "Refund refused", "Sorry.")
    hello = canned(office, "hi", "Hello", "Good morning, your refund question")
    office.desk.apply(CountCannedResponse(canned_response_id=hello, times=5))
    knowledge = office.desk.knowledge
    assert [row.shortcut for row in knowledge.canned("/refund")] == ["refund", "refund-no", "hi"]
    assert knowledge.canned("")[0].shortcut == "hi"  # used most
    assert [row.id for row in knowledge.canned("money way")] == [refund]
    assert knowledge.canned("zzz") == []


def test_personal_responses_are_their_owners_alone(office: Office) -> None:
    canned(office, "mine", audience=Audience.PERSONAL)
    team = office.desk.directory.teams()[0]
    canned(office, "team", audience=Audience.TEAM, owner_id=team.id)
    office.desk.sync.exchange()
    assert [row.shortcut for row in office.desk.knowledge.canned()] == ["mine"]
    office.colleague.engine.exchange()
    with office.colleague.replica.database.read() as connection:
        rows = SqlRows(connection, office.colleague.replica.schema.tables).query(CannedResponse)
    assert [row.shortcut for row in rows] == ["team"]  # the other never leaves the server


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("# Title\n\nSome **bold** and __strong__ words", "Title\n\nSome bold and strong words"),
        ("[Site](https://x.example/a_b)", "Site (https://x.example/a_b)"),
        ("![Picture](p.png) after", "Picture after"),
        ("a\n\n\n\nb", "a\n\nb"),
        ("", ""),
    ],
)
def test_an_article_as_plain_text(body: str, text: str) -> None:
    assert article_text(make_article(body=body)) == text


def test_excerpts_are_short_and_links_say_where() -> None:
    excerpt = article_excerpt(make_article(body="word " * 200))
    assert len(excerpt) <= EXCERPT_LENGTH + 2
    assert excerpt.endswith("word …")
    assert article_link(make_article(title="Refunds", url="https://x.example/r")) == (
        "Refunds: https://x.example/r"
    )
    assert article_link(make_article(title="Refunds", url="")) == "Refunds"
