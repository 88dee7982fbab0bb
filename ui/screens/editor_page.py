"""What the pages of the knowledge base share: a list to choose from, an editor, and safety for what is typed."""

from typing import Any

from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from ui.context import UiContext
from ui.prompts import Question
from ui.screens.stepwise import Stepwise
from ui.styling import set_ground
from ui.tokens import ColorRole
from ui.viewmodels.form_editor import FormEditor
from ui.widgets.editor_foot import EditorFoot
from ui.widgets.empty_state import EmptyState
from ui.widgets.list_column import WIDTH, ListColumn
from ui.widgets.splitters import Splitter

_EMPTY, _EDITOR = 0, 1


class EditorPage(Stepwise):
    """List at the left, editor at the right. Subclasses make the parts and call `assemble` with them.

    The list belongs into `splitter`, and everything else on `page`.
    """

    def __init__(self, context: UiContext, editor: FormEditor[Any], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._editor = editor
        self.splitter = Splitter(parent=self)
        self._pages = QStackedWidget(self.splitter)
        self.page = QWidget(self._pages)

    def assemble(self, column: ListColumn, content: QWidget, foot: EditorFoot, empty: EmptyState) -> None:
        """Lay out the parts and follow the editor."""
        self._column, self._foot = column, foot
        foot.discard_requested.connect(self._ask_discard)
        foot.save_requested.connect(self.save)
        empty.action_triggered.connect(column.new_requested)
        column.empty.action_triggered.connect(column.new_requested)
        column.new_requested.connect(self.begin)
        layout = QVBoxLayout(self.page)
        layout.setContentsMargins(20, 12, 20, 14)
        layout.setSpacing(10)
        layout.addWidget(content, 1)
        layout.addWidget(foot)
        for widget in (empty, self.page):
            set_ground(widget, ColorRole.SUNKEN)
            self._pages.addWidget(widget)
        self.splitter.insertWidget(0, column)
        self.splitter.setStretchFactor(1, 1)
        self.splitter.setSizes([WIDTH, 3 * WIDTH])
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self.splitter)
        self._editor.shown.connect(self._on_shown)
        self._editor.state_changed.connect(self.show_state)
        self._on_shown()
        self.show_state()

    def activate(self) -> None:
        """Put the keyboard where one is looked for."""
        self._column.activate()

    def begin(self) -> None:
        """Make a new one and put the keyboard into its first field."""
        raise NotImplementedError

    def save(self) -> None:
        """Save what stands in the fields."""
        raise NotImplementedError

    def show_form(self) -> None:
        """Fill the fields from the editor's form."""
        raise NotImplementedError

    def show_state(self) -> None:
        """Say whether something is unsaved or wrong."""
        editor = self._editor
        self._foot.show_state(unsaved=editor.unsaved, problem=editor.problem, is_new=editor.saved is None)

    def _on_shown(self) -> None:
        self._pages.setCurrentIndex(_EMPTY if self._editor.id is None else _EDITOR)
        self.show_form()
        self._column.list.choose(self._editor.id)

    def _ask_discard(self) -> None:
        question = Question(
            title="Discard changes",
            text="What you typed since the last save will be gone.",
            yes="Discard",
            no="Keep editing",
            dangerous=True,
        )
        self._context.prompts.ask(question, lambda yes: self._editor.discard() if yes else None)

    # Overrides of Qt

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Save):
            if self._foot.save.isEnabled():
                self.save()
            return
        super().keyPressEvent(event)
