"""The knowledge base beside a conversation: suggestions, search, a preview, and putting an article into the reply."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from agent_desktop.domain.changes import ChangeSet
from agent_desktop.domain.ids import Id
from agent_desktop.domain.knowledge import Article
from agent_desktop.domain.message import Message
from agent_desktop.services.html.markdown import markdown_html
from agent_desktop.services.knowledge import ArticleHit, article_excerpt, article_text

if TYPE_CHECKING:
    from ui.context import UiContext

_SUGGESTED = 5
_FOUND = 30


@dataclass(frozen=True, slots=True)
class Preview:
    """An article to read, its Markdown already rendered."""

    article: Article
    html: str


class KnowledgeViewModel(QObject):
    """Articles for one conversation. Without a query these are suggestions, with one what it finds.

    Signals:
        suggestions_changed: `suggestions` are others now.
        hits_changed: `hits` are others now.
        preview_changed: `preview` is another one, or None.
    """

    suggestions_changed = Signal()
    hits_changed = Signal()
    preview_changed = Signal()

    def __init__(self, context: "UiContext", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._conversation_id: Id | None = None
        self._query = ""
        self._suggestions: tuple[ArticleHit, ...] = ()
        self._found: tuple[ArticleHit, ...] = ()
        self._preview: Preview | None = None
        context.changes.received.connect(self._on_changes)

    @property
    def hits(self) -> tuple[ArticleHit, ...]:
        """What was found, or without a query the suggestions, the best first."""
        return self._found if self._query else self._suggestions

    @property
    def suggestions(self) -> tuple[ArticleHit, ...]:
        """Articles that fit the conversation, the best first."""
        return self._suggestions

    @property
    def query(self) -> str:
        """What is looked for; "" while suggestions are shown."""
        return self._query

    @property
    def preview(self) -> Preview | None:
        """The article that is being read."""
        return self._preview

    def show_conversation(self, conversation_id: Id | None) -> None:
        """Suggest articles for another conversation."""
        if conversation_id != self._conversation_id:
            self._conversation_id = conversation_id
            self.close_preview()
            self._take_suggestions([])  # those before fitted another conversation
            self._suggest()

    def set_query(self, query: str) -> None:
        """Look for articles with these words; "" goes back to the suggestions."""
        if query.strip() == self._query:
            return
        self._query = query.strip()
        if self._query:
            self._search()
        else:
            self._context.tasks.cancel((self, "search"))
            self._take_found([])

    def open_preview(self, article_id: Id) -> None:
        """Read an article."""
        knowledge = self._context.desk.knowledge

        def read() -> Preview | None:
            article = knowledge.article(article_id)
            return Preview(article, markdown_html(article.body)) if article else None

        self._context.tasks.read(read, self._take_preview, key=(self, "preview"))

    def close_preview(self) -> None:
        """Go back to the list."""
        self._context.tasks.cancel((self, "preview"))
        self._take_preview(None)

    def insert_link(self, article: Article) -> None:
        """Put title and address of the article into the composer."""
        self._context.navigator.insert_in_composer(article)

    def insert_excerpt(self, article: Article) -> None:
        """Put the first sentences of the article into the composer."""
        self._context.navigator.insert_in_composer(article_excerpt(article))

    def insert_text(self, article: Article) -> None:
        """Put the whole article into the composer as plain text."""
        self._context.navigator.insert_in_composer(article_text(article))

    def _suggest(self) -> None:
        knowledge, conversation_id = self._context.desk.knowledge, self._conversation_id

        def read() -> list[ArticleHit]:
            return knowledge.suggest(conversation_id, _SUGGESTED) if conversation_id else []

        self._context.tasks.read(read, self._take_suggestions, key=(self, "suggest"))

    def _search(self) -> None:
        knowledge, query = self._context.desk.knowledge, self._query
        self._context.tasks.read(
            lambda: knowledge.find_articles(query, _FOUND), self._take_found, key=(self, "search")
        )

    def _take_suggestions(self, hits: list[ArticleHit]) -> None:
        ranked = _ranked(hits)
        if ranked != self._suggestions:
            self._suggestions = ranked
            self.suggestions_changed.emit()
            if not self._query:
                self.hits_changed.emit()

    def _take_found(self, hits: list[ArticleHit]) -> None:
        self._found = _ranked(hits)
        self.hits_changed.emit()

    def _take_preview(self, preview: Preview | None) -> None:
        if preview != self._preview:
            self._preview = preview
            self.preview_changed.emit()

    def _on_changes(self, change_set: ChangeSet) -> None:
        articles = [change.id for change in change_set.of(Article)]
        written = any(
            change.new is not None and change.new.conversation_id == self._conversation_id
            for change in change_set.of(Message)
        )
        if change_set.bulk or articles or written:
            self._suggest()
        if self._query and (change_set.bulk or articles):
            self._search()
        if self._preview is not None and (change_set.bulk or self._preview.article.id in articles):
            self.open_preview(self._preview.article.id)


def _ranked(hits: list[ArticleHit]) -> tuple[ArticleHit, ...]:
    return tuple(sorted(hits, key=lambda hit: -hit.score))
