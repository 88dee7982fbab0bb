"""The fields of an article: title, state, category, language, address and the text in Markdown."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from agent_desktop.domain.knowledge import ArticleState
from ui.fonts import FontRole
from ui.models.article_text import STATE_WORDS
from ui.models.knowledge_forms import ArticleForm
from ui.styling import StyleProperty, set_style
from ui.theme import ThemeManager
from ui.widgets.choice_box import ChoiceBox
from ui.widgets.form_lines import labelled


class ArticleEditor(QWidget):
    """Shows a form and tells of every change that a person makes to it.

    Signals:
        edited: an `ArticleForm` as it stands in the fields now.
    """

    edited = Signal(object)

    def __init__(self, themes: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._form = ArticleForm()
        self._showing = False
        self.title = QLineEdit(self)
        self.title.setPlaceholderText("Title")
        self.title.setAccessibleName("Title")
        set_style(self.title, StyleProperty.FONT_ROLE, FontRole.TITLE.value)
        self.state = ChoiceBox(self)
        for state in ArticleState:
            self.state.addItem(STATE_WORDS[state].text, state)
        self.category = QComboBox(self)
        self.locale_name = QComboBox(self)
        for box in (self.category, self.locale_name):
            box.setEditable(True)
            box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.url = QLineEdit(self)
        self.url.setPlaceholderText("https://")
        self.body = QPlainTextEdit(self)
        self.body.setAccessibleName("Text in Markdown")
        self.body.setPlaceholderText("Text in Markdown: # heading, **strong**, - list, [words](https://…)")
        self.body.setTabChangesFocus(True)
        fields = QHBoxLayout()
        fields.setSpacing(10)
        fields.addLayout(labelled("State", self.state), 2)
        fields.addLayout(labelled("Category", self.category), 3)
        fields.addLayout(labelled("Language", self.locale_name), 2)
        fields.addLayout(labelled("Public address", self.url), 4)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        layout.addWidget(self.title)
        layout.addLayout(fields)
        layout.addWidget(self.body, 1)
        self.title.textEdited.connect(self._on_edited)
        self.url.textEdited.connect(self._on_edited)
        self.state.activated.connect(self._on_edited)
        self.category.currentTextChanged.connect(self._on_edited)
        self.locale_name.currentTextChanged.connect(self._on_edited)
        self.body.textChanged.connect(self._on_edited)

    def offer(self, categories: Sequence[str], locales: Sequence[str]) -> None:
        """Offer the categories and languages that there are; others can be typed."""
        self._showing = True
        for box, names in ((self.category, categories), (self.locale_name, locales)):
            if tuple(box.itemText(row) for row in range(box.count())) != tuple(names):
                text = box.currentText()
                box.clear()
                box.addItems(list(names))
                box.setCurrentText(text)
        self._showing = False

    def show_form(self, form: ArticleForm) -> None:
        """Fill the fields. The text keeps its caret where it does not change."""
        self._form = form
        self._showing = True
        if self.title.text() != form.title:
            self.title.setText(form.title)
        self.state.setCurrentIndex(self.state.findData(form.state))
        self.category.setCurrentText(form.category)
        self.locale_name.setCurrentText(form.locale)
        if self.url.text() != form.url:
            self.url.setText(form.url)
            self.url.setCursorPosition(0)
        if self.body.toPlainText() != form.body:
            self.body.setPlainText(form.body)
        self._showing = False

    @property
    def form(self) -> ArticleForm:
        """What stands in the fields."""
        return ArticleForm(
            title=self.title.text(),
            body=self.body.toPlainText(),
            state=ArticleState(self.state.currentData()),
            locale=self.locale_name.currentText(),
            category=self.category.currentText(),
            url=self.url.text(),
            base_revision=self._form.base_revision,
            external_id=self._form.external_id,
        )

    def _on_edited(self) -> None:
        if not self._showing:
            self.edited.emit(self.form)
