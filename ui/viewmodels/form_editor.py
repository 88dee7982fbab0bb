"""Editing one thing of the knowledge base at a time, without ever losing what was typed.

What is typed is put into the local drafts as it is typed, under the id of the thing. Leaving asks nothing: the
draft stays until it is saved or discarded, also over a restart.
"""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, TypeVar

from PySide6.QtCore import QObject, Signal

from agent_desktop.domain.ids import Id
from agent_desktop.domain.records import Record, from_plain, to_plain
from agent_desktop.services.apply import Applied
from agent_desktop.services.drafts import Draft, DraftKind
from ui.tasks import Problem, sentence_of

if TYPE_CHECKING:
    from ui.context import UiContext

Form = TypeVar("Form", bound=Record)


class FormEditor(QObject, Generic[Form]):
    """The form of one thing: as it is saved, and as it is being edited.

    `name` tells the drafts of this editor from those of others; `problem` says why a form cannot be saved;
    `save` makes the operation that saves it; `rebased` is what was typed on while it was being saved, as a change to
    what is saved now.

    Signals:
        shown: another thing, or the same one changed from elsewhere, has to be shown.
        state_changed: `unsaved`, `problem` or the set of `drafts` changed.
    """

    shown = Signal()
    state_changed = Signal()

    def __init__(
        self,
        context: "UiContext",
        name: str,
        form_type: type[Form],
        problem: Callable[[Form], str],
        save: Callable[[Id, Form], Record],
        parent: QObject | None = None,
        rebased: Callable[[Form, Form], Form] = lambda form, saved: form,
    ) -> None:
        super().__init__(parent)
        self._context = context
        self._name = name
        self._form_type = form_type
        self._problem = problem
        self._save = save
        self._rebased = rebased
        self._blank: Form | None = None
        self._saving = False
        self._id: Id | None = None
        self._saved: Form | None = None
        self._form = form_type()
        self._refusal = ""
        self._drafts: dict[Id, Form] = {}
        context.drafts.edited.connect(self._on_draft_edited)
        context.tasks.read(context.desk.drafts.articles, self._take_drafts, key=(self, "drafts"))

    @property
    def id(self) -> Id | None:
        """What is being edited; None for nothing."""
        return self._id

    @property
    def form(self) -> Form:
        """What stands in the fields."""
        return self._form

    @property
    def saved(self) -> Form | None:
        """What is saved; None for something new."""
        return self._saved

    @property
    def drafts(self) -> dict[Id, Form]:
        """Everything that was edited and not saved."""
        return dict(self._drafts)

    @property
    def unsaved(self) -> bool:
        """Whether something would have to be saved."""
        return self._id is not None and self._id in self._drafts

    @property
    def saving(self) -> bool:
        """Whether a save is on its way."""
        return self._saving

    @property
    def problem(self) -> str:
        """Why it cannot be saved as it is, or what was refused, or ""."""
        if self._id is None:
            return ""
        return self._refusal or (self._problem(self._form) if self.unsaved else "")

    def open(self, row_id: Id, saved: Form | None) -> None:
        """Edit something; what was typed before and not saved comes back."""
        self._forget_blank()
        self._id, self._saved, self._refusal = row_id, saved, ""
        self._form = self._drafts.get(row_id) or saved or self._form_type()
        self.shown.emit()
        self.state_changed.emit()

    def begin(self, form: Form) -> None:
        """Edit something new."""
        self._forget_blank()
        row_id = self._context.desk.ids.new()
        self._blank = form
        self._id, self._saved, self._refusal, self._form = row_id, None, "", form
        self._drafts[row_id] = form
        self.shown.emit()
        self.state_changed.emit()

    def close(self) -> None:
        """Edit nothing."""
        self._forget_blank()
        self._id, self._saved, self._refusal, self._form = None, None, "", self._form_type()
        self.shown.emit()
        self.state_changed.emit()

    def edit(self, form: Form) -> None:
        """Take over what was typed."""
        if self._id is None or form == self._form:
            return
        self._form, self._refusal = form, ""
        if form == self._saved:
            self._drop(self._id)
        else:
            self._drafts[self._id] = form
            self._context.drafts.put(self._draft(self._id, json.dumps(to_plain(form))), self)
        self.state_changed.emit()

    def replace(self, form: Form) -> None:
        """Put something else into the fields, as if it had been typed."""
        self.edit(form)
        self.shown.emit()

    def refresh(self, saved: Form | None) -> None:
        """What is saved has changed, or is gone (None). What is being typed stays; without that, the fields follow."""
        untouched = not self.unsaved
        if untouched and saved is None:
            self.close()
            return
        self._saved = saved
        if untouched and saved is not None and saved != self._form:
            self._form = saved
            self.shown.emit()
        elif not untouched and self._form == saved and self._id is not None:
            self._drop(self._id)
        self.state_changed.emit()

    def save(self, message: str) -> None:
        """Save what stands in the fields; `message` tells that it was done."""
        row_id, form = self._id, self._form
        if row_id is None or self._problem(form):
            self.state_changed.emit()
            return
        apply, payload = self._context.desk.apply, self._save(row_id, form)

        def done(applied: Applied) -> None:
            self._context.navigator.notify(message, applied)
            self._saving = False
            self._take_saved(row_id, form)

        def failed(problem: Problem) -> None:
            self._saving, self._refusal = False, sentence_of(problem)
            self.state_changed.emit()

        self._saving = True
        self._context.tasks.write(lambda: apply(payload), done, failed)

    def discard(self) -> None:
        """Throw away what was typed and show what is saved; something new is closed."""
        if self._id is None:
            return
        self._drop(self._id)
        self._refusal = ""
        if self._saved is None:
            self.close()
        else:
            self._form = self._saved
            self.shown.emit()
            self.state_changed.emit()

    def _take_saved(self, row_id: Id, form: Form) -> None:
        if self._drafts.get(row_id) == form:
            self._drop(row_id)
        if row_id == self._id and self._saved is not None:
            typed_on = self._form != form
            shown, self._form = (
                self._form,
                self._rebased(self._form, self._saved) if typed_on else self._saved,
            )
            if typed_on and self._form != shown:
                self._drafts[row_id] = self._form
            self.shown.emit()
        self.state_changed.emit()

    def _forget_blank(self) -> None:
        """Something new that nobody has typed into leaves nothing behind."""
        if self._id is not None and self._saved is None and self._form == self._blank:
            self._drafts.pop(self._id, None)
        self._blank = None

    def _drop(self, row_id: Id) -> None:
        self._drafts.pop(row_id, None)
        self._context.drafts.put(self._draft(row_id, ""), self)

    def _draft(self, row_id: Id, text: str) -> Draft:
        return Draft(
            conversation_id=row_id,
            kind=DraftKind.ARTICLE,
            text=text,
            subject=self._name,
            updated_at=self._context.desk.clock.now(),
        )

    def _take_drafts(self, drafts: tuple[Draft, ...]) -> None:
        for draft in drafts:
            if draft.conversation_id not in self._drafts:
                self._take_draft(draft)
        self.state_changed.emit()

    def _on_draft_edited(self, draft: Draft, source: object) -> None:
        """The same thing is edited in another window."""
        if source is not self and draft.kind is DraftKind.ARTICLE and draft.subject == self._name:
            self._take_draft(draft)
            if draft.conversation_id == self._id:
                self._form = self._drafts.get(draft.conversation_id) or self._saved or self._form_type()
                self.shown.emit()
            self.state_changed.emit()

    def _take_draft(self, draft: Draft) -> None:
        if draft.subject != self._name:
            return
        if not draft.text:
            self._drafts.pop(draft.conversation_id, None)
            return
        try:
            self._drafts[draft.conversation_id] = from_plain(self._form_type, json.loads(draft.text))
        except ValueError:
            # Written by a newer version: it stays on disk, untouched, until that version reads it again.
            return
