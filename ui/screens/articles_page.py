"""The page on which articles are found, written, previewed and brought back from earlier versions."""

from collections.abc import Iterator

from PySide6.QtCore import QUrl
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from agent_desktop.domain.ids import Id
from agent_desktop.domain.knowledge import ArticleState
from ui.context import UiContext
from ui.delegates.row_look import RowShape
from ui.fonts import FontRole
from ui.icon_names import IconName
from ui.models.article_text import STATE_WORDS, article_look, version_look
from ui.models.knowledge_forms import ArticleForm
from ui.models.row_look import RowLook
from ui.screens.editor_page import EditorPage
from ui.tokens import ColorRole
from ui.viewmodels.articles import ArticleFilter, ArticlesViewModel
from ui.widgets.article_editor import ArticleEditor
from ui.widgets.article_side import ArticleSide, Side
from ui.widgets.buttons import Button
from ui.widgets.choice_box import ChoiceBox
from ui.widgets.conflict_bar import ConflictBar
from ui.widgets.editor_foot import EditorFoot
from ui.widgets.empty_state import EmptyState
from ui.widgets.link_opener import LinkOpener
from ui.widgets.list_column import WIDTH, ListColumn
from ui.widgets.safe_text import SafeLabel
from ui.widgets.splitters import Splitter

_SHAPE = RowShape(lines=1, margin=14, padding=8, divided=True, bar=True)
_ANY_STATE, _ANY_CATEGORY, _ANY_LANGUAGE = "In use", "Category", "Language"


class ArticlesPage(EditorPage):
    """List, editor, and beside the editor a preview or the versions."""

    def __init__(self, context: UiContext, parent: QWidget | None = None) -> None:
        self._articles = ArticlesViewModel(context)
        super().__init__(context, self._articles.editor, parent)
        self._articles.setParent(self)
        self._links = LinkOpener(context.prompts)

    def make_parts(self) -> Iterator[None]:
        themes = self._context.theme
        self.column = self._make_column()
        yield
        content = self._make_content()
        yield
        self.foot = EditorFoot(themes, "Archive article", self.page)
        self.foot.remove_requested.connect(self._articles.archive)
        empty = EmptyState(
            themes,
            IconName.BOOK,
            "No article chosen",
            "Choose an article to read and edit it, or write a new one.",
            "New article",
            self._pages,
        )
        self.assemble(self.column, content, self.foot, empty)
        yield
        self._articles.rows_changed.connect(self._on_rows_changed)
        self._articles.versions_changed.connect(self._on_versions_changed)
        self._articles.rendered.connect(self.side.preview.show_html)
        self._articles.version_rendered.connect(self.side.version.show_html)
        self._on_rows_changed()

    def open_article(self, article_id: Id) -> None:
        """Edit an article."""
        self._articles.open(article_id)

    def begin(self) -> None:
        self._articles.begin()
        self.editor.title.setFocus()

    def save(self) -> None:
        self._articles.save()

    def show_form(self) -> None:
        self.editor.show_form(self._articles.editor.form)
        self._render()

    def show_state(self) -> None:
        super().show_state()
        saved, conflict = self._articles.editor.saved, self._articles.conflict
        self._conflict.setVisible(conflict)
        self._about.setText(f"Version {saved.base_revision}" if saved else "New article")
        self._versions_button.setEnabled(saved is not None)
        if conflict:
            self.foot.save.setEnabled(False)

    def _make_column(self) -> ListColumn:
        column = ListColumn(
            self._context.theme, "Articles", "Search articles", "New article", _SHAPE, parent=self.splitter
        )
        column.query_changed.connect(self._on_filter_changed)
        column.list.chosen.connect(self._on_chosen)
        self._state = ChoiceBox(column)
        self._state.setAccessibleName("State")
        self._state.addItem(_ANY_STATE, None)
        for state in ArticleState:
            self._state.addItem(STATE_WORDS[state].text, state)
        self._category = ChoiceBox(column)
        self._category.setAccessibleName("Category")
        self._locale = ChoiceBox(column)
        self._locale.setAccessibleName("Language")
        for box in (self._state, self._category, self._locale):
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setMinimumContentsLength(4)
            box.activated.connect(self._on_filter_changed)
            column.filters.addWidget(box, 4 if box is self._state else 5)
        return column

    def _make_content(self) -> QWidget:
        themes = self._context.theme
        content = QWidget(self.page)
        body = Splitter(parent=content)
        self.editor = ArticleEditor(themes, body)
        self.editor.edited.connect(self._on_edited)
        self._about = SafeLabel("", FontRole.SECONDARY, ColorRole.TEXT_3, elide=True, parent=content)
        self._preview_button = Button(themes, "Preview", icon=IconName.EYE, compact=True, parent=content)
        self._versions_button = Button(themes, "Versions", icon=IconName.CLOCK, compact=True, parent=content)
        for button, side in ((self._preview_button, Side.PREVIEW), (self._versions_button, Side.VERSIONS)):
            button.setCheckable(True)
            button.clicked.connect(lambda checked, side=side: self.turn_to(side if checked else None))
        self._conflict = ConflictBar(themes, content)
        self._conflict.mine_kept.connect(self._articles.keep_mine)
        self._conflict.theirs_taken.connect(self._articles.editor.discard)
        self.side = ArticleSide(themes, body)
        self.side.version_chosen.connect(self._articles.render_version)
        self.side.restore_requested.connect(self._articles.restore)
        self.side.link_activated.connect(self._on_link_activated)
        bar = QHBoxLayout()
        bar.setSpacing(8)
        bar.addWidget(self._about, 1)
        bar.addWidget(self._preview_button)
        bar.addWidget(self._versions_button)
        body.addWidget(self.editor)
        body.addWidget(self.side)
        body.setSizes([WIDTH, WIDTH])
        layout = QVBoxLayout(content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        layout.addLayout(bar)
        layout.addWidget(self._conflict)
        layout.addWidget(body, 1)
        return content

    def turn_to(self, side: Side | None) -> None:
        """Show the preview or the versions beside the editor, or neither."""
        self._preview_button.setChecked(side is Side.PREVIEW)
        self._versions_button.setChecked(side is Side.VERSIONS)
        self.side.turn_to(side)
        self._render()

    def _render(self) -> None:
        if self._preview_button.isChecked():
            self._articles.render(self._articles.editor.form.body)

    def _on_filter_changed(self) -> None:
        self._articles.set_filter(
            ArticleFilter(
                text=self.column.field.text(),
                state=self._state.currentData(),
                category=self._category.currentData() or "",
                locale=self._locale.currentData() or "",
            )
        )

    def _on_rows_changed(self) -> None:
        now, drafts = self._context.desk.clock.now(), self._articles.editor.drafts
        self.column.show_rows(article_look(row, row.id in drafts, now) for row in self._articles.rows)
        if self._articles.filter == ArticleFilter():
            self.column.empty.set_state(
                IconName.BOOK, "No articles yet", "Write down once what you explain often.", "New article"
            )
        else:
            self.column.empty.set_state(
                IconName.SEARCH, "No article found", "Use fewer words, or choose another state or category."
            )
        _offer(self._category, _ANY_CATEGORY, self._articles.categories)
        _offer(self._locale, _ANY_LANGUAGE, self._articles.locales)
        self.editor.offer(self._articles.categories, self._articles.locales)
        self.column.list.choose(self._articles.editor.id)

    def _on_versions_changed(self) -> None:
        now, name = self._context.desk.clock.now(), self._articles.author_name
        versions = self._articles.versions
        self.side.show_versions(
            versions, [version_look(version, name(version.author_id), now) for version in versions]
        )

    def _on_link_activated(self, url: QUrl) -> None:
        self._links.open(url.toString())

    def _on_edited(self, form: ArticleForm) -> None:
        self._articles.editor.edit(form)
        self._render()

    def _on_chosen(self, row: RowLook | None) -> None:
        if row is not None:
            self._articles.open(str(row.key))


def _offer(box: QComboBox, any_words: str, names: tuple[str, ...]) -> None:
    """Fill a filter with what there is; the choice stays."""
    if (any_words, *names) != tuple(box.itemText(row) for row in range(box.count())):
        chosen = box.currentData()
        box.clear()
        box.addItem(any_words, "")
        for name in names:
            box.addItem(name, name)
        box.setCurrentIndex(max(0, box.findData(chosen)))
