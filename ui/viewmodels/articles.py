"""The knowledge base as it is written: the list of articles, the one that is edited, and its versions."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from agent_desktop.domain.changes import ChangeSet
from agent_desktop.domain.clock import EPOCH
from agent_desktop.domain.ids import Id
from agent_desktop.domain.knowledge import Article, ArticleRevision, ArticleState
from agent_desktop.services.html.markdown import markdown_html
from ui.models.knowledge_forms import (
    ARTICLE,
    ArticleForm,
    article_form,
    article_problem,
    restored,
    save_article,
)
from ui.viewmodels.form_editor import FormEditor

if TYPE_CHECKING:
    from ui.context import UiContext


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleFilter:
    """Which articles are listed. "" and None do not restrict, but archived ones are shown only when asked for."""

    text: str = ""
    state: ArticleState | None = None
    category: str = ""
    locale: str = ""

    def matches(self, article: Article) -> bool:
        """Whether the list holds the article: it has all the words."""
        if self.state is None and article.state is ArticleState.ARCHIVED:
            return False
        if self.state is not None and article.state is not self.state:
            return False
        if self.category and article.category != self.category:
            return False
        if self.locale and article.locale != self.locale:
            return False
        words = self.text.casefold().split()
        content = f"{article.title}\n{article.category}\n{article.body}".casefold() if words else ""
        return all(word in content for word in words)


class ArticlesViewModel(QObject):
    """All articles, filtered; one of them in `editor`.

    Signals:
        rows_changed: `rows` are others now.
        versions_changed: `versions` of the edited article are others now.
        rendered, version_rendered: HTML of what was asked for by `render` and `render_version`.
    """

    rows_changed = Signal()
    versions_changed = Signal()
    rendered = Signal(str)
    version_rendered = Signal(str)

    def __init__(self, context: "UiContext", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.editor: FormEditor[ArticleForm] = FormEditor(
            context, ARTICLE, ArticleForm, article_problem, save_article, self, _rebased
        )
        self._filter = ArticleFilter()
        self._articles: dict[Id, Article] = {}
        self._rows: tuple[Article, ...] = ()
        self._versions: tuple[ArticleRevision, ...] = ()
        self._wanted: Id | None = None
        self.editor.state_changed.connect(self._apply_filter)
        context.changes.received.connect(self._on_changes)
        self._read()

    @property
    def rows(self) -> tuple[Article, ...]:
        """The articles listed: new ones that are not saved yet first, then by category and title."""
        return self._rows

    @property
    def filter(self) -> ArticleFilter:
        """Which articles are listed."""
        return self._filter

    @property
    def versions(self) -> tuple[ArticleRevision, ...]:
        """The saved versions of the edited article, the newest first."""
        return self._versions

    @property
    def categories(self) -> tuple[str, ...]:
        """All categories there are."""
        return _names(article.category for article in self._articles.values())

    @property
    def locales(self) -> tuple[str, ...]:
        """All languages there are."""
        return _names(article.locale for article in self._articles.values())

    @property
    def conflict(self) -> bool:
        """Whether somebody else saved another version since the editing began."""
        editor = self.editor
        return (
            editor.unsaved
            and not editor.saving
            and editor.saved is not None
            and editor.saved.base_revision != editor.form.base_revision
        )

    def set_filter(self, wanted: ArticleFilter) -> None:
        """List other articles."""
        if wanted != self._filter:
            self._filter = wanted
            self._apply_filter()

    def open(self, article_id: Id) -> None:
        """Edit an article, as soon as it is known."""
        if article_id == self.editor.id:
            return
        article = self._articles.get(article_id)
        draft = self.editor.drafts.get(article_id)
        if article is None and draft is None:
            self._wanted = article_id
            return
        self._wanted = None
        self.editor.open(article_id, article_form(article) if article else None)
        self._read_versions()

    def begin(self) -> None:
        """Write a new article, in the category and language that are listed."""
        self.editor.begin(
            ArticleForm(category=self._filter.category, locale=self._filter.locale or self._usual_locale())
        )
        self._take_versions([])

    def save(self) -> None:
        """Save a version."""
        self.editor.save("Article saved.")

    def archive(self) -> None:
        """Take the article out of use. Its versions stay."""
        self.editor.replace(replace(self.editor.form, state=ArticleState.ARCHIVED))
        self.editor.save("Article archived.")

    def restore(self, version: ArticleRevision) -> None:
        """Save what an earlier version said as the newest version."""
        self.editor.replace(restored(self.editor.form, version))
        self.editor.save(f"Version {version.revision} restored.")

    def keep_mine(self) -> None:
        """Let what was typed follow upon the version that somebody else saved meanwhile."""
        saved = self.editor.saved
        if saved is not None:
            self.editor.replace(_rebased(self.editor.form, saved))

    def render(self, body: str) -> None:
        """Make HTML of a text; `rendered` brings it."""
        self._context.tasks.read(lambda: markdown_html(body), self.rendered.emit, key=(self, "html"))

    def render_version(self, version: ArticleRevision) -> None:
        """Make HTML of an earlier version; `version_rendered` brings it."""
        body = f"# {version.title}\n\n{version.body}"
        self._context.tasks.read(
            lambda: markdown_html(body), self.version_rendered.emit, key=(self, "version")
        )

    def author_name(self, user_id: Id | None) -> str:
        """Who saved a version."""
        user = self._context.desk.directory.user(user_id)
        return user.name if user else ""

    def _usual_locale(self) -> str:
        locales = [article.locale for article in self._articles.values()]
        return max(set(locales), key=locales.count) if locales else "en"

    def _read(self) -> None:
        self._context.tasks.read(self._context.desk.knowledge.articles, self._take, key=(self, "all"))

    def _take(self, articles: list[Article]) -> None:
        self._articles = {article.id: article for article in articles}
        current = self.editor.id
        if current is not None:
            article = self._articles.get(current)
            self.editor.refresh(article_form(article) if article else None)
            self._read_versions()
        self._apply_filter()
        if self._wanted is not None:
            self.open(self._wanted)

    def _apply_filter(self) -> None:
        articles, wanted = tuple(self._articles.values()), self._filter
        new = [
            _unsaved_article(row_id, form)
            for row_id, form in self.editor.drafts.items()
            if row_id not in self._articles
        ]

        def read() -> tuple[Article, ...]:
            return (*new, *(article for article in articles if wanted.matches(article)))

        self._context.tasks.read(read, self._take_rows, key=(self, "rows"))

    def _take_rows(self, rows: tuple[Article, ...]) -> None:
        self._rows = rows
        self.rows_changed.emit()

    def _read_versions(self) -> None:
        knowledge, article_id = self._context.desk.knowledge, self.editor.id
        if article_id is not None:
            self._context.tasks.read(
                lambda: knowledge.revisions(article_id), self._take_versions, key=(self, "versions")
            )

    def _take_versions(self, versions: Sequence[ArticleRevision]) -> None:
        self._versions = tuple(versions)
        self.versions_changed.emit()

    def _on_changes(self, change_set: ChangeSet) -> None:
        if change_set.bulk or any(change.entity is Article for change in change_set.changes):
            self._read()


def _rebased(form: ArticleForm, saved: ArticleForm) -> ArticleForm:
    return replace(form, base_revision=saved.base_revision)


def _unsaved_article(row_id: Id, form: ArticleForm) -> Article:
    """Something new as the list shows it."""
    return Article(
        id=row_id,
        title=form.title,
        body=form.body,
        state=form.state,
        locale=form.locale,
        category=form.category,
        updated_at=EPOCH,
        revision=0,
    )


def _names(found: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({name for name in found if name}, key=str.casefold))
