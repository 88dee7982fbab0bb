"""The fields of a canned response: shortcut, title, audience, text with placeholders, files, and how it will read."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLineEdit, QMenu, QVBoxLayout, QWidget

from agent_desktop.domain.ids import Id
from agent_desktop.domain.placeholders import PATHS, Rendered
from agent_desktop.domain.workspace import Team
from ui.fonts import FontRole
from ui.icon_names import IconName
from ui.models.canned_text import SAMPLE_CUSTOMER
from ui.models.knowledge_forms import CannedForm
from ui.theme import ThemeManager
from ui.tokens import ColorRole
from ui.widgets.attachments_bar import AttachmentsBar
from ui.widgets.audience_field import AudienceField
from ui.widgets.buttons import Button
from ui.widgets.card import Card
from ui.widgets.form_lines import labelled
from ui.widgets.placeholder_text import PlaceholderText
from ui.widgets.safe_text import SafeLabel


class CannedEditor(QWidget):
    """Shows a form and tells of every change that a person makes to it.

    Signals:
        edited: a `CannedForm` as it stands in the fields now.
        files_requested: somebody wants to add files.
        file_removed: the id of a file to leave out.
    """

    edited = Signal(object)
    files_requested = Signal()
    file_removed = Signal(str)

    def __init__(self, themes: ThemeManager, my_id: Id, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._form = CannedForm()
        self._showing = False
        self.title = QLineEdit(self)
        self.shortcut = QLineEdit(self)
        self.shortcut.setPlaceholderText("refund")
        self.audience = AudienceField(my_id, self)
        self.body = PlaceholderText(themes, "Text", self)
        self.body.setPlaceholderText('Hi {{ customer.first_name | default: "there" }},')
        self.duplicate = SafeLabel("", FontRole.SECONDARY, ColorRole.WARN, wrap=True, parent=self)
        variable = Button(themes, "Insert placeholder", compact=True, icon=IconName.PLUS, parent=self)
        variable.setMenu(self._make_menu(variable))
        attach = Button(themes, "Attach files", compact=True, icon=IconName.PAPERCLIP, parent=self)
        attach.clicked.connect(self.files_requested)
        self.files = AttachmentsBar(themes, self)
        self.files.removed.connect(self.file_removed)
        self._preview_card = Card(themes, f"As {SAMPLE_CUSTOMER} reads it", parent=self)
        self.preview = SafeLabel("", wrap=True, selectable=True, parent=self._preview_card)
        self._unresolved = SafeLabel(
            "", FontRole.SECONDARY, ColorRole.WARN, wrap=True, parent=self._preview_card
        )
        self._preview_card.body.addWidget(self.preview)
        self._preview_card.body.addWidget(self._unresolved)
        self._lay_out(variable, attach)
        for field in (self.title, self.shortcut):
            field.textEdited.connect(self._on_edited)
        self.body.textChanged.connect(self._on_edited)
        self.audience.edited.connect(self._on_edited)

    @property
    def form(self) -> CannedForm:
        """What stands in the fields."""
        return replace(
            self._form,
            shortcut=self.shortcut.text(),
            title=self.title.text(),
            body=self.body.toPlainText(),
            audience=self.audience.audience,
            owner_id=self.audience.owner_id,
        )

    def show_form(self, form: CannedForm, teams: Sequence[Team]) -> None:
        """Fill the fields."""
        self._form = form
        self._showing = True
        for field, text in ((self.title, form.title), (self.shortcut, form.shortcut)):
            if field.text() != text:
                field.setText(text)
        self.audience.show_audience(form.audience, form.owner_id, teams)
        self.body.show_text(form.body)
        self.files.set_files(form.files)
        self._showing = False

    def show_preview(self, rendered: Rendered) -> None:
        """Show how the text will read, and what cannot be filled in."""
        self.preview.setText(rendered.text)
        missing = ", ".join(dict.fromkeys(item.source for item in rendered.unresolved))
        self._unresolved.setText(f"Not filled in: {missing}" if missing else "")
        self._unresolved.setVisible(bool(missing))

    def show_duplicate(self, title: str) -> None:
        """Warn that another one, by its title, has the same shortcut; "" for none."""
        self.duplicate.setText(
            f"“{title}” has this shortcut too. Both are offered when it is typed." if title else ""
        )
        self.duplicate.setVisible(bool(title))

    def _make_menu(self, parent: QWidget) -> QMenu:
        menu = QMenu(parent)
        for path, words in PATHS.items():
            menu.addAction(words).triggered.connect(partial(self._insert, path))
        return menu

    def _insert(self, path: str) -> None:
        self.body.insertPlainText(f"{{{{ {path} }}}}")
        self.body.setFocus()

    def _lay_out(self, variable: Button, attach: Button) -> None:
        fields = QGridLayout()
        fields.setHorizontalSpacing(10)
        fields.setVerticalSpacing(4)
        fields.addLayout(labelled("Title", self.title), 0, 0)
        fields.addLayout(labelled("Shortcut", self.shortcut), 0, 1)
        fields.addLayout(labelled("Who may use it", self.audience), 0, 2)
        fields.addWidget(self.duplicate, 1, 0, 1, 3)
        for column, stretch in enumerate((4, 2, 3)):
            fields.setColumnStretch(column, stretch)
        tools = QHBoxLayout()
        tools.setSpacing(8)
        tools.addWidget(variable)
        tools.addWidget(attach)
        tools.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        layout.addLayout(fields)
        layout.addWidget(self.body, 3)
        layout.addLayout(tools)
        layout.addWidget(self.files)
        layout.addWidget(self._preview_card)
        layout.addStretch(1)

    def _on_edited(self) -> None:
        if not self._showing:
            self.edited.emit(self.form)
