"""Macros as they are kept: the list, and the one that is edited."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from agent_desktop.domain.changes import ChangeSet
from agent_desktop.domain.ids import Id
from agent_desktop.domain.knowledge import Audience, Macro
from agent_desktop.domain.operations.knowledge import DeleteMacro
from agent_desktop.services.apply import Applied
from ui.models.fuzzy import match
from ui.models.knowledge_forms import MacroForm, macro_form, macro_problem, save_macro
from ui.viewmodels.form_editor import FormEditor

if TYPE_CHECKING:
    from ui.context import UiContext


class MacrosViewModel(QObject):
    """The macros that this user may run, by name; one of them in `editor`.

    Signals:
        rows_changed: `rows` are others now.
    """

    rows_changed = Signal()

    def __init__(self, context: "UiContext", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.editor: FormEditor[MacroForm] = FormEditor(
            context, "macro", MacroForm, macro_problem, save_macro, self
        )
        self._query = ""
        self._macros: dict[Id, Macro] = {}
        context.changes.received.connect(self._on_changes)
        self._read()

    @property
    def query(self) -> str:
        """What is looked for."""
        return self._query

    @property
    def rows(self) -> tuple[tuple[Id, MacroForm], ...]:
        """Id and form of each listed: new ones first."""
        new = [(row_id, form) for row_id, form in self.editor.drafts.items() if row_id not in self._macros]
        known = [(row.id, macro_form(row)) for row in self._macros.values() if match(self._query, row.name)]
        return (*new, *known)

    def set_query(self, query: str) -> None:
        """List those whose names fit."""
        if query.strip() != self._query:
            self._query = query.strip()
            self.rows_changed.emit()

    def open(self, macro_id: Id) -> None:
        """Edit one."""
        if macro_id != self.editor.id:
            row = self._macros.get(macro_id)
            if row is not None or macro_id in self.editor.drafts:
                self.editor.open(macro_id, macro_form(row) if row else None)

    def begin(self) -> None:
        """Make a new one, for oneself until it is shared."""
        self.editor.begin(MacroForm(audience=Audience.PERSONAL, owner_id=self._context.desk.user_id))

    def save(self) -> None:
        """Save it."""
        self.editor.save("Macro saved.")

    def delete(self) -> None:
        """Remove it; the notice offers to undo that."""
        row_id, apply = self.editor.id, self._context.desk.apply
        if row_id is None or self.editor.saved is None:
            return

        def done(applied: Applied) -> None:
            self.editor.discard()
            self.editor.close()
            self._context.navigator.notify("Macro deleted.", applied)

        self._context.tasks.write(lambda: apply(DeleteMacro(macro_id=row_id)), done)

    def _read(self) -> None:
        self._context.tasks.read(self._context.desk.macros.all, self._take, key=(self, "rows"))

    def _take(self, macros: list[Macro]) -> None:
        self._macros = {macro.id: macro for macro in macros}
        if self.editor.id is not None:
            row = self._macros.get(self.editor.id)
            self.editor.refresh(macro_form(row) if row else None)
        self.rows_changed.emit()

    def _on_changes(self, change_set: ChangeSet) -> None:
        if change_set.bulk or any(change.entity is Macro for change in change_set.changes):
            self._read()
