"""The knowledge base beside a conversation: suggestions, search, reading, and putting into the reply."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from agent_desktop.domain.knowledge import Article
from ui.context import UiContext
from ui.delegates.row_look import RowShape
from ui.fonts import FontRole
from ui.icon_names import IconName
from ui.models.article_text import STATE_WORDS, hit_look
from ui.models.row_look import RowLook, one_line
from ui.tokens import ColorRole
from ui.viewmodels.knowledge import KnowledgeViewModel
from ui.widgets.article_view import ArticleView
from ui.widgets.buttons import Button, ButtonKind
from ui.widgets.chip import Chip
from ui.widgets.empty_state import EmptyState
from ui.widgets.link_opener import LinkOpener
from ui.widgets.row_list import RowList
from ui.widgets.safe_text import SafeLabel
from ui.widgets.search_field import SearchField

_SHAPE = RowShape(lines=1, margin=14, padding=8, divided=True)


class InsertButtons(QWidget):
    """Link, excerpt and text of an article for the composer."""

    def __init__(
        self, context: UiContext, knowledge: KnowledgeViewModel, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.article: Article | None = None
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        for words, name, insert in (
            ("Insert link", "Insert link", knowledge.insert_link),
            ("Excerpt", "Insert excerpt", knowledge.insert_excerpt),
            ("Text", "Insert text", knowledge.insert_text),
        ):
            button = Button(context.theme, words, compact=True, parent=self)
            button.setAccessibleName(name)
            button.clicked.connect(partial(self._insert, insert))
            row.addWidget(button)
        row.addStretch(1)
        self.show_article(None)

    def show_article(self, article: Article | None) -> None:
        """Act on another article; without one there is nothing to insert."""
        self.article = article
        self.setEnabled(article is not None)

    def _insert(self, insert: Callable[[Article], None]) -> None:
        if self.article is not None:
            insert(self.article)


class KnowledgePanel(QWidget):
    """A search field over the list of articles, or one article to read."""

    def __init__(
        self, context: UiContext, knowledge: KnowledgeViewModel, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._context = context
        self._knowledge = knowledge
        self._links = LinkOpener(context.prompts)
        self._pages = QStackedWidget(self)
        self._pages.addWidget(self._make_list())
        self._pages.addWidget(self._make_reader())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._pages)
        knowledge.hits_changed.connect(self._on_hits_changed)
        knowledge.preview_changed.connect(self._on_preview_changed)
        self._on_hits_changed()

    def focus_search(self) -> None:
        """Put the keyboard into the search field."""
        self._knowledge.close_preview()
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()

    def _make_list(self) -> QWidget:
        themes = self._context.theme
        page = QWidget(self)
        self.field = SearchField(themes, "Search articles", parent=page)
        self.field.textChanged.connect(self._knowledge.set_query)
        self.field.down_pressed.connect(self._on_down_pressed)
        self.field.returnPressed.connect(self._on_return_pressed)
        self._head = SafeLabel("", FontRole.SECONDARY, ColorRole.TEXT_3, parent=page)
        self.articles = RowList(themes, "Articles", _SHAPE, parent=page)
        self.articles.opened.connect(self._on_opened)
        self.articles.chosen.connect(self._on_chosen)
        self._empty = EmptyState(themes, IconName.BOOK, "", "", parent=page)
        self._insert = InsertButtons(self._context, self._knowledge, page)
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 2, 0, 12)
        layout.setSpacing(8)
        for widget in (self.field, self._head):
            row = QHBoxLayout()
            row.setContentsMargins(14, 0, 14, 0)
            row.addWidget(widget)
            layout.addLayout(row)
        layout.addWidget(self.articles, 1)
        layout.addWidget(self._empty, 1)
        foot = QHBoxLayout()
        foot.setContentsMargins(14, 0, 14, 0)
        foot.addWidget(self._insert)
        layout.addLayout(foot)
        return page

    def _make_reader(self) -> QWidget:
        themes = self._context.theme
        page = QWidget(self)
        self.back = Button(themes, "Back", ButtonKind.LINK, IconName.ARROW_LEFT, parent=page)
        self.back.clicked.connect(self._knowledge.close_preview)
        self._open = Button(themes, "Open in Knowledge", ButtonKind.LINK, parent=page)
        self._open.clicked.connect(self._on_open_clicked)
        self._title = SafeLabel("", FontRole.TITLE, wrap=True, parent=page)
        self._state = Chip(themes, parent=page)
        self._about = SafeLabel("", FontRole.SECONDARY, ColorRole.TEXT_3, elide=True, parent=page)
        self.reader = ArticleView(themes, "Article", page)
        self.reader.link_activated.connect(self._on_link_activated)
        self._insert_read = InsertButtons(self._context, self._knowledge, page)
        head = QHBoxLayout()
        head.addWidget(self.back)
        head.addStretch(1)
        head.addWidget(self._open)
        about = QHBoxLayout()
        about.setSpacing(8)
        about.addWidget(self._state)
        about.addWidget(self._about, 1)
        layout = QVBoxLayout(page)
        layout.setContentsMargins(14, 2, 14, 12)
        layout.setSpacing(8)
        layout.addLayout(head)
        layout.addWidget(self._title)
        layout.addLayout(about)
        layout.addWidget(self.reader, 1)
        layout.addWidget(self._insert_read)
        return page

    def _on_hits_changed(self) -> None:
        hits, query = self._knowledge.hits, self._knowledge.query
        self.articles.show_rows(hit_look(hit, query) for hit in hits)
        if self.articles.current is None:
            self.articles.choose_first()
        self.articles.setVisible(bool(hits))
        self._insert.setVisible(bool(hits))
        self._head.setText("" if query else "Suggested for this conversation")
        self._head.setVisible(bool(hits) and not query)
        self._empty.setVisible(not hits)
        if query:
            self._empty.set_state(
                IconName.SEARCH,
                "No article found",
                "Try fewer or other words, or write the article yourself.",
            )
        else:
            self._empty.set_state(
                IconName.BOOK,
                "Nothing suggested",
                "No article fits this conversation yet. Search for one above.",
            )

    def _on_preview_changed(self) -> None:
        preview = self._knowledge.preview
        if preview is None:
            self._insert_read.show_article(None)
            focused = QApplication.focusWidget()
            had_focus = focused is not None and self.isAncestorOf(focused)
            self._pages.setCurrentIndex(0)
            if had_focus:
                self.articles.setFocus()
            return
        article = preview.article
        is_other = self._insert_read.article is None or self._insert_read.article.id != article.id
        self._title.setText(one_line(article.title))
        state = STATE_WORDS[article.state]
        self._state.set_chip(state.text, state.tone)
        self._about.setText(" · ".join(part for part in (one_line(article.category), article.locale) if part))
        self._insert_read.show_article(article)
        self.reader.show_html(preview.html)
        if is_other:
            self.reader.show_beginning()
            self._pages.setCurrentIndex(1)
            self.back.setFocus()

    def _on_down_pressed(self) -> None:
        self.articles.setFocus()

    def _on_return_pressed(self) -> None:
        row = self.articles.current
        if row is not None:
            self._on_opened(row)

    def _on_opened(self, row: RowLook) -> None:
        self._knowledge.open_preview(str(row.key))

    def _on_chosen(self, row: RowLook | None) -> None:
        hits = self._knowledge.hits
        self._insert.show_article(
            next((hit.article for hit in hits if row and hit.article.id == row.key), None)
        )

    def _on_link_activated(self, url: QUrl) -> None:
        self._links.open(url.toString())

    def _on_open_clicked(self) -> None:
        preview = self._knowledge.preview
        if preview is not None:
            self._context.navigator.open_article(preview.article.id)

    # Overrides of Qt

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._knowledge.preview is not None:
            self._knowledge.close_preview()
            return
        super().keyPressEvent(event)
