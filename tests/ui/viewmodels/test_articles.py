"""Articles are written without ever losing what was typed, and every version can be brought back."""

from dataclasses import replace

import pytest

from agent_desktop.domain.errors import InputError
from agent_desktop.domain.ids import Id
from agent_desktop.domain.knowledge import ArticleState
from agent_desktop.domain.operations.knowledge import SaveArticle
from tests.ui.conftest import Room
from ui.models.knowledge_forms import ArticleForm
from ui.viewmodels.articles import ArticleFilter, ArticlesViewModel

REFUNDS = ArticleForm(title="Refunds", body="Up to 120.", state=ArticleState.PUBLIC, category="Money")


class Articles(ArticlesViewModel):
    """The view-model with shortcuts for tests."""

    def __init__(self, room: Room) -> None:
        super().__init__(room.context)
        self.room = room

    def write(self, form: ArticleForm) -> Id:
        """Write and save a new article; its id."""
        self.begin()
        self.editor.edit(form)
        self.save()
        assert self.editor.id is not None
        return self.editor.id

    @property
    def titles(self) -> list[str]:
        return [article.title for article in self.rows]

    def stored_drafts(self) -> list[str]:
        """Ids of what is kept on disk."""
        self.room.context.drafts.flush()
        return [draft.conversation_id for draft in self.room.context.desk.drafts.articles()]


@pytest.fixture
def articles(room: Room) -> Articles:
    return Articles(room)


def test_a_new_article_is_saved_and_listed(articles: Articles) -> None:
    article_id = articles.write(REFUNDS)
    assert articles.titles == ["Refunds"]
    assert articles.editor.saved == replace(REFUNDS, base_revision=1)
    assert not articles.editor.unsaved
    assert articles.stored_drafts() == []
    assert [version.revision for version in articles.versions] == [1]
    assert articles.editor.id == article_id


def test_what_is_typed_is_kept_over_a_restart(room: Room, articles: Articles) -> None:
    article_id = articles.write(REFUNDS)
    articles.editor.edit(replace(articles.editor.form, body="Up to 200."))
    assert articles.stored_drafts() == [article_id]
    again = Articles(room)
    again.open(article_id)
    assert again.editor.form.body == "Up to 200."
    assert again.editor.unsaved


def test_a_new_article_that_was_never_saved_comes_back(room: Room, articles: Articles) -> None:
    articles.begin()
    articles.editor.edit(ArticleForm(title="Half an idea"))
    articles.stored_drafts()
    again = Articles(room)
    assert again.titles == ["Half an idea"]
    again.open(again.rows[0].id)
    assert again.editor.form.title == "Half an idea"
    again.editor.discard()
    assert again.titles == []
    assert again.stored_drafts() == []


def test_leaving_keeps_what_was_typed(articles: Articles) -> None:
    first, second = articles.write(REFUNDS), articles.write(replace(REFUNDS, title="Returns"))
    articles.open(first)
    articles.editor.edit(replace(articles.editor.form, body="New"))
    articles.open(second)
    assert not articles.editor.unsaved
    articles.open(first)
    assert articles.editor.form.body == "New"


def test_an_untouched_new_article_leaves_nothing_behind(articles: Articles) -> None:
    first = articles.write(REFUNDS)
    articles.begin()
    articles.open(first)
    assert articles.titles == ["Refunds"]


def test_typing_back_what_is_saved_leaves_nothing_to_save(articles: Articles) -> None:
    articles.write(REFUNDS)
    saved = articles.editor.form
    articles.editor.edit(replace(saved, body="New"))
    articles.editor.edit(saved)
    assert not articles.editor.unsaved
    assert articles.stored_drafts() == []


def test_an_article_without_title_is_not_saved(articles: Articles) -> None:
    articles.begin()
    articles.editor.edit(ArticleForm(body="Text"))
    articles.save()
    assert "title" in articles.editor.problem
    assert articles.editor.saved is None


def colleague_saves(room: Room, article_id: Id, base: int, body: str) -> None:
    room.world.server.backend.store.commit(
        [SaveArticle(article_id=article_id, base_revision=base, title="Refunds", body=body)]
    )
    room.world.desk.sync.exchange()


def test_what_a_colleague_saves_is_shown_where_nothing_was_typed(room: Room, articles: Articles) -> None:
    article_id = articles.write(REFUNDS)
    room.world.desk.sync.exchange()
    colleague_saves(room, article_id, 1, "Up to 90.")
    assert articles.editor.form.body == "Up to 90."
    assert not articles.conflict


def test_what_a_colleague_saves_meanwhile_is_a_conflict_and_nothing_is_lost(
    room: Room, articles: Articles
) -> None:
    article_id = articles.write(REFUNDS)
    room.world.desk.sync.exchange()
    articles.editor.edit(replace(articles.editor.form, body="Mine"))
    colleague_saves(room, article_id, 1, "Theirs")
    assert articles.conflict
    assert articles.editor.form.body == "Mine"
    articles.keep_mine()
    assert not articles.conflict
    articles.save()
    assert [version.body for version in articles.versions] == ["Mine", "Theirs", "Up to 120."]


def test_their_version_can_be_taken_instead(room: Room, articles: Articles) -> None:
    article_id = articles.write(REFUNDS)
    room.world.desk.sync.exchange()
    articles.editor.edit(replace(articles.editor.form, body="Mine"))
    colleague_saves(room, article_id, 1, "Theirs")
    articles.editor.discard()
    assert articles.editor.form.body == "Theirs"
    assert not articles.editor.unsaved


def test_a_version_is_restored_as_the_newest(articles: Articles) -> None:
    articles.write(REFUNDS)
    articles.editor.edit(replace(articles.editor.form, body="Second"))
    articles.save()
    articles.restore(articles.versions[-1])
    assert [version.body for version in articles.versions] == ["Up to 120.", "Second", "Up to 120."]
    assert articles.editor.form.body == "Up to 120."


def test_saving_is_undone_from_the_notice(room: Room, articles: Articles) -> None:
    articles.write(REFUNDS)
    articles.editor.edit(replace(articles.editor.form, body="Second"))
    articles.save()
    applied = room.navigator.messages[-1][1]
    assert applied is not None
    room.context.desk.apply.undo(applied)
    assert articles.editor.form.body == "Up to 120."


def test_archived_articles_are_listed_only_when_asked_for(articles: Articles) -> None:
    articles.write(REFUNDS)
    articles.archive()
    assert articles.titles == []
    articles.set_filter(ArticleFilter(state=ArticleState.ARCHIVED))
    assert articles.titles == ["Refunds"]


@pytest.mark.parametrize(
    ("wanted", "titles"),
    [
        (ArticleFilter(text="UP refund"), ["Refunds"]),
        (ArticleFilter(category="Delivery"), ["Lieferung"]),
        (ArticleFilter(locale="de"), ["Lieferung"]),
        (ArticleFilter(text="nothing like this"), []),
    ],
)
def test_filters_narrow_the_list(articles: Articles, wanted: ArticleFilter, titles: list[str]) -> None:
    articles.write(REFUNDS)
    articles.write(ArticleForm(title="Lieferung", body="Fünf Tage.", category="Delivery", locale="de"))
    assert articles.categories == ("Delivery", "Money")
    assert articles.locales == ("de", "en")
    articles.set_filter(wanted)
    assert articles.titles == titles


def test_an_article_that_is_not_here_yet_opens_when_it_arrives(room: Room, articles: Articles) -> None:
    article_id = room.world.ids.new()
    articles.open(article_id)
    assert articles.editor.id is None
    colleague_saves(room, article_id, 0, "From afar")
    assert articles.editor.form.body == "From afar"


def test_a_refused_save_says_why_and_keeps_the_text(room: Room, articles: Articles) -> None:
    articles.write(REFUNDS)
    articles.editor.edit(replace(articles.editor.form, body="New"))

    def full(*payloads: object) -> None:
        raise InputError("The disk is full.")

    object.__setattr__(room.context.desk, "apply", full)
    articles.save()
    assert articles.editor.problem == "The disk is full."
    assert articles.editor.form.body == "New"
    assert articles.editor.unsaved


def test_the_same_article_in_two_windows_shows_the_same_text(room: Room, articles: Articles) -> None:
    article_id = articles.write(REFUNDS)
    other = Articles(room)
    other.open(article_id)
    articles.editor.edit(replace(articles.editor.form, body="Typed here"))
    assert other.editor.form.body == "Typed here"
    articles.save()
    assert not other.editor.unsaved
    assert other.editor.form == articles.editor.form


def test_a_preview_is_rendered(articles: Articles) -> None:
    rendered: list[str] = []
    articles.rendered.connect(rendered.append)
    articles.render("# Refunds <script>")
    assert rendered == ["<h1>Refunds &lt;script&gt;</h1>\n"]
