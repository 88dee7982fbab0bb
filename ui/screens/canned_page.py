"""The page on which canned responses are found, written and tried out."""

from collections.abc import Iterator

from PySide6.QtWidgets import QWidget

from ui.context import UiContext
from ui.delegates.row_look import RowShape
from ui.icon_names import IconName
from ui.models.canned_text import canned_look
from ui.models.knowledge_forms import CannedForm
from ui.models.row_look import RowLook, one_line
from ui.screens.editor_page import EditorPage
from ui.viewmodels.canned_responses import CannedResponsesViewModel
from ui.widgets.canned_editor import CannedEditor
from ui.widgets.editor_foot import EditorFoot
from ui.widgets.empty_state import EmptyState
from ui.widgets.list_column import ListColumn

_SHAPE = RowShape(lines=1, margin=14, padding=8, divided=True, bar=True)


class CannedPage(EditorPage):
    """List and editor of canned responses."""

    def __init__(self, context: UiContext, parent: QWidget | None = None) -> None:
        self._canned = CannedResponsesViewModel(context)
        super().__init__(context, self._canned.editor, parent)
        self._canned.setParent(self)

    def make_parts(self) -> Iterator[None]:
        themes = self._context.theme
        self.column = ListColumn(
            themes,
            "Canned responses",
            "Search shortcuts and words",
            "New canned response",
            _SHAPE,
            parent=self.splitter,
        )
        self.column.query_changed.connect(self._canned.set_query)
        self.column.list.chosen.connect(self._on_chosen)
        yield
        self.editor = CannedEditor(themes, self._context.desk.user_id, self.page)
        self.editor.edited.connect(self._on_edited)
        self.editor.files_requested.connect(self._on_files_requested)
        self.editor.file_removed.connect(self._on_file_removed)
        yield
        self.foot = EditorFoot(themes, "Delete canned response", self.page)
        self.foot.remove_requested.connect(self._canned.delete)
        empty = EmptyState(
            themes,
            IconName.PENCIL,
            "No canned response chosen",
            "Choose one to edit it, or write a new one. In a reply, type / and its shortcut.",
            "New canned response",
            self._pages,
        )
        self.assemble(self.column, self.editor, self.foot, empty)
        yield
        self._canned.rows_changed.connect(self._show_rows)
        self._show_rows()

    def begin(self) -> None:
        self._canned.begin()
        self.editor.title.setFocus()

    def save(self) -> None:
        self._canned.save()

    def show_form(self) -> None:
        self.editor.show_form(self._canned.editor.form, self._context.desk.directory.teams())

    def show_state(self) -> None:
        super().show_state()
        duplicate = self._canned.duplicate
        self.editor.show_duplicate(one_line(duplicate.title) if duplicate else "")
        self.editor.show_preview(self._canned.preview())
        self._show_rows()

    def _show_rows(self) -> None:
        drafts = self._canned.editor.drafts
        self.column.show_rows(
            canned_look(row_id, form, usage, row_id in drafts) for row_id, form, usage in self._canned.rows
        )
        if self._canned.query:
            self.column.empty.set_state(
                IconName.SEARCH, "Nothing found", "No shortcut, title or text has these words."
            )
        else:
            self.column.empty.set_state(
                IconName.PENCIL,
                "No canned responses yet",
                "Write down once what you answer often.",
                "New canned response",
            )
        self.column.list.choose(self._canned.editor.id)

    def _on_edited(self, form: CannedForm) -> None:
        self._canned.editor.edit(form)

    def _on_chosen(self, row: RowLook | None) -> None:
        if row is not None:
            self._canned.open(str(row.key))

    def _on_files_requested(self) -> None:
        self._context.prompts.ask_files(
            "Attach files", lambda paths: self._canned.attach(paths) if paths else None
        )

    def _on_file_removed(self, file_id: str) -> None:
        for file in self._canned.editor.form.files:
            if file.id == file_id:
                self._canned.detach(file)
