"""The page on which macros are found and put together."""

from collections.abc import Iterator

from PySide6.QtWidgets import QWidget

from ui.context import UiContext
from ui.delegates.row_look import RowShape
from ui.icon_names import IconName
from ui.models.canned_text import macro_look
from ui.models.knowledge_forms import MacroForm
from ui.models.macro_text import choices_of
from ui.models.row_look import RowLook
from ui.screens.editor_page import EditorPage
from ui.viewmodels.macros import MacrosViewModel
from ui.widgets.editor_foot import EditorFoot
from ui.widgets.empty_state import EmptyState
from ui.widgets.list_column import ListColumn
from ui.widgets.macro_editor import MacroEditor

_SHAPE = RowShape(lines=1, margin=14, padding=8, divided=True, bar=True)


class MacrosPage(EditorPage):
    """List and editor of macros."""

    def __init__(self, context: UiContext, parent: QWidget | None = None) -> None:
        self._macros = MacrosViewModel(context)
        super().__init__(context, self._macros.editor, parent)
        self._macros.setParent(self)

    def make_parts(self) -> Iterator[None]:
        themes = self._context.theme
        self.column = ListColumn(themes, "Macros", "Search macros", "New macro", _SHAPE, parent=self.splitter)
        self.column.query_changed.connect(self._macros.set_query)
        self.column.list.chosen.connect(self._on_chosen)
        yield
        self.editor = MacroEditor(themes, self._context.desk.user_id, self.page)
        self.editor.edited.connect(self._on_edited)
        yield
        self.foot = EditorFoot(themes, "Delete macro", self.page)
        self.foot.remove_requested.connect(self._macros.delete)
        empty = EmptyState(
            themes,
            IconName.BOLT,
            "No macro chosen",
            "Choose one to edit it, or put a new one together: several steps that are done, and undone, as one.",
            "New macro",
            self._pages,
        )
        self.assemble(self.column, self.editor, self.foot, empty)
        yield
        self._macros.rows_changed.connect(self._show_rows)
        self._show_rows()

    def begin(self) -> None:
        self._macros.begin()
        self.editor.name.setFocus()

    def save(self) -> None:
        self._macros.save()

    def show_form(self) -> None:
        directory = self._context.desk.directory
        self.editor.show_form(self._macros.editor.form, directory.teams(), choices_of(directory))

    def show_state(self) -> None:
        super().show_state()
        self._show_rows()

    def _show_rows(self) -> None:
        drafts = self._macros.editor.drafts
        self.column.show_rows(
            macro_look(row_id, form, row_id in drafts) for row_id, form in self._macros.rows
        )
        if self._macros.query:
            self.column.empty.set_state(IconName.SEARCH, "Nothing found", "No macro has a name like this.")
        else:
            self.column.empty.set_state(
                IconName.BOLT, "No macros yet", "Put together what you do often in one go.", "New macro"
            )
        self.column.list.choose(self._macros.editor.id)

    def _on_edited(self, form: MacroForm) -> None:
        self._macros.editor.edit(form)

    def _on_chosen(self, row: RowLook | None) -> None:
        if row is not None:
            self._macros.open(str(row.key))
