"""Articles beside a conversation: suggested, found, read, and put into the reply."""

import pytest

from agent_desktop.domain.ids import Id
from agent_desktop.domain.knowledge import ArticleState
from agent_desktop.domain.operations.knowledge import SaveArticle
from tests.ui.amelia import Amelia
from tests.ui.conftest import Room
from ui.viewmodels.knowledge import KnowledgeViewModel


def save(
    room: Room, title: str, body: str, *, base: int = 0, article_id: Id | None = None, url: str = ""
) -> Id:
    """An article is saved; its id."""
    article_id = article_id or room.world.ids.new()
    room.context.desk.apply(
        SaveArticle(
            article_id=article_id,
            base_revision=base,
            title=title,
            body=body,
            state=ArticleState.PUBLIC,
            url=url,
        )
    )
    return article_id


@pytest.fixture
def kettles(room: Room) -> Id:
    return save(
        room, "Replacement kettles", "A **replacement** kettle takes five days.", url="https://h.example/k"
    )


@pytest.fixture
def shown(room: Room, kettles: Id) -> KnowledgeViewModel:
    save(room, "Invoices", "Copies of an invoice are in the account.")
    amelia = Amelia(room.world)
    model = KnowledgeViewModel(room.context)
    model.show_conversation(amelia.conversation)
    return model


def titles(model: KnowledgeViewModel) -> list[str]:
    return [hit.article.title for hit in model.hits]


def test_what_fits_the_conversation_is_suggested(shown: KnowledgeViewModel) -> None:
    assert titles(shown) == ["Replacement kettles"]
    assert shown.suggestions[0].score == 1.0


def test_a_query_replaces_the_suggestions_and_gives_them_back(shown: KnowledgeViewModel) -> None:
    shown.set_query("invo")
    assert titles(shown) == ["Invoices"]
    assert [hit.article.title for hit in shown.suggestions] == ["Replacement kettles"]
    shown.set_query("")
    assert titles(shown) == ["Replacement kettles"]


def test_a_new_article_is_found_at_once(room: Room, shown: KnowledgeViewModel) -> None:
    shown.set_query("warranty")
    assert titles(shown) == []
    save(room, "Warranty", "Two years.")
    assert titles(shown) == ["Warranty"]


def test_reading_renders_the_text_and_follows_changes(
    room: Room, shown: KnowledgeViewModel, kettles: Id
) -> None:
    shown.open_preview(kettles)
    assert shown.preview is not None
    assert "<strong>replacement</strong>" in shown.preview.html
    save(room, "Replacement kettles", "It takes *six* days.", base=1, article_id=kettles)
    assert "<em>six</em>" in shown.preview.html
    shown.close_preview()
    assert shown.preview is None


def test_another_conversation_closes_the_article(shown: KnowledgeViewModel, kettles: Id) -> None:
    shown.open_preview(kettles)
    shown.show_conversation(None)
    assert shown.preview is None
    assert titles(shown) == []


def test_link_excerpt_and_text_go_to_the_composer(room: Room, shown: KnowledgeViewModel) -> None:
    article = shown.hits[0].article
    shown.insert_link(article)
    shown.insert_excerpt(article)
    shown.insert_text(article)
    words = "A replacement kettle takes five days."
    assert room.navigator.inserted == [article, words, words]
