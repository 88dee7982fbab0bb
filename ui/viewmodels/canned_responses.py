"""Canned responses as they are kept: the list, the one that is edited, how it will read, and what is in its way."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from agent_desktop.domain.changes import ChangeSet
from agent_desktop.domain.ids import Id
from agent_desktop.domain.knowledge import Audience, CannedResponse
from agent_desktop.domain.message import AttachmentFile
from agent_desktop.domain.operations.knowledge import DeleteCannedResponse
from agent_desktop.domain.placeholders import Rendered, render
from agent_desktop.services.apply import Applied
from ui.models.canned_text import sample_values
from ui.models.knowledge_forms import (
    CannedForm,
    canned_form,
    canned_problem,
    plain_shortcut,
    save_canned,
)
from ui.viewmodels.form_editor import FormEditor

if TYPE_CHECKING:
    from ui.context import UiContext


class CannedResponsesViewModel(QObject):
    """The canned responses that this user may use, most fitting first; one of them in `editor`.

    Signals:
        rows_changed: `rows` are others now.
    """

    rows_changed = Signal()

    def __init__(self, context: "UiContext", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.editor: FormEditor[CannedForm] = FormEditor(
            context, "canned_response", CannedForm, canned_problem, save_canned, self, _rebased
        )
        self._query = ""
        self._all: dict[Id, CannedResponse] = {}
        self._listed: tuple[CannedResponse, ...] = ()
        context.changes.received.connect(self._on_changes)
        self._read()

    @property
    def query(self) -> str:
        """What is looked for."""
        return self._query

    @property
    def rows(self) -> tuple[tuple[Id, CannedForm, int | None], ...]:
        """Id, form and use of each listed: new ones first, which were never used (None)."""
        drafts = self.editor.drafts
        new = [(row_id, form, None) for row_id, form in drafts.items() if row_id not in self._all]
        known = [(row.id, canned_form(row), row.usage_count) for row in self._listed]
        return (*new, *known)

    @property
    def duplicate(self) -> CannedResponse | None:
        """Another canned response with the shortcut that stands in the field."""
        wanted = plain_shortcut(self.editor.form.shortcut).casefold()
        return next(
            (
                row
                for row in self._all.values()
                if wanted == row.shortcut.casefold() and row.id != self.editor.id
            ),
            None,
        )

    def set_query(self, query: str) -> None:
        """List those that fit a shortcut or words."""
        if query.strip() != self._query:
            self._query = query.strip()
            self._read()

    def open(self, canned_id: Id) -> None:
        """Edit one."""
        if canned_id != self.editor.id:
            row = self._all.get(canned_id)
            if row is not None or canned_id in self.editor.drafts:
                self.editor.open(canned_id, canned_form(row) if row else None)

    def begin(self) -> None:
        """Write a new one, for oneself until it is shared."""
        self.editor.begin(CannedForm(audience=Audience.PERSONAL, owner_id=self._context.desk.user_id))

    def save(self) -> None:
        """Save it."""
        self.editor.save("Canned response saved.")

    def delete(self) -> None:
        """Remove it; the notice offers to undo that."""
        row_id, apply = self.editor.id, self._context.desk.apply
        if row_id is None or self.editor.saved is None:
            return

        def done(applied: Applied) -> None:
            self.editor.discard()
            self.editor.close()
            self._context.navigator.notify("Canned response deleted.", applied)

        self._context.tasks.write(lambda: apply(DeleteCannedResponse(canned_response_id=row_id)), done)

    def attach(self, paths: tuple[Path, ...]) -> None:
        """Add files that go with the text."""
        composer = self._context.desk.composer
        self._context.tasks.write(lambda: tuple(composer.attach(path) for path in paths), self._take_files)

    def detach(self, file: AttachmentFile) -> None:
        """Leave a file out."""
        form = self.editor.form
        self.editor.replace(replace(form, files=tuple(item for item in form.files if item != file)))

    def preview(self) -> Rendered:
        """The text as a sample customer would get it."""
        directory = self._context.desk.directory
        now = self._context.desk.clock.now()
        return render(self.editor.form.body, sample_values(directory.me, directory.workspace_name, now))

    def _take_files(self, files: tuple[AttachmentFile, ...]) -> None:
        form = self.editor.form
        self.editor.replace(replace(form, files=(*form.files, *files)))

    def _read(self) -> None:
        knowledge, query = self._context.desk.knowledge, self._query
        self._context.tasks.read(
            lambda: (knowledge.canned(), knowledge.canned(query)), self._take, key=(self, "rows")
        )

    def _take(self, found: tuple[list[CannedResponse], list[CannedResponse]]) -> None:
        self._all = {row.id: row for row in found[0]}
        self._listed = tuple(found[1])
        if self.editor.id is not None:
            row = self._all.get(self.editor.id)
            self.editor.refresh(canned_form(row) if row else None)
        self.rows_changed.emit()

    def _on_changes(self, change_set: ChangeSet) -> None:
        if change_set.bulk or any(change.entity is CannedResponse for change in change_set.changes):
            self._read()


def _rebased(form: CannedForm, saved: CannedForm) -> CannedForm:
    """What was typed on while it was being saved, as a change to what is saved now."""
    return replace(form, base_body=saved.body)
