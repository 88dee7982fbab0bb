"""The dialog in which a call is written down: which way, what came of it, how long, and what was said."""

from collections.abc import Callable

from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from ui.fonts import FontRole
from ui.models.call_form import DIRECTIONS, DURATION_HELP, OUTCOMES, CallForm, call_problem
from ui.theme import ThemeManager
from ui.tokens import ColorRole
from ui.widgets.dialog_end import dialog_end
from ui.widgets.safe_text import SafeLabel
from ui.widgets.view_editor import ChoiceBox

_WIDTH = 460
_NOTE_LINES = 5


class CallDialog(QDialog):
    """Hands the call to `save`; Ctrl+Enter does that from anywhere in it."""

    def __init__(
        self, themes: ThemeManager, customer: str, save: Callable[[CallForm], None], parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"Log a call with {customer}" if customer else "Log a call")
        self.setMinimumWidth(_WIDTH)
        self._save = save
        self._form = QFormLayout()
        self._form.setVerticalSpacing(8)
        self.direction = ChoiceBox(DIRECTIONS, None, self)
        self.outcome = ChoiceBox(OUTCOMES, None, self)
        self.duration = QLineEdit(self)
        self.duration.setPlaceholderText(DURATION_HELP)
        self.notes = QPlainTextEdit(self)
        self.notes.setTabChangesFocus(True)
        self.notes.setPlaceholderText("What was said, and what was agreed")
        self.notes.setFixedHeight(_NOTE_LINES * self.fontMetrics().lineSpacing() + 16)
        self._add("Direction", self.direction)
        self._add("Outcome", self.outcome)
        self._add("Duration", self.duration)
        self._add("Notes", self.notes)
        self._problem = SafeLabel("", FontRole.SECONDARY, ColorRole.DANGER, wrap=True, parent=self)
        self._problem.hide()
        self.duration.textChanged.connect(self._problem.hide)
        cancel, accept = dialog_end(self, themes, "Log call")
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            QShortcut(QKeySequence(keys), self, self.accept)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(cancel)
        foot.addWidget(accept)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 20, 20, 16)
        layout.setSpacing(14)
        layout.addLayout(self._form)
        layout.addWidget(self._problem)
        layout.addLayout(foot)
        self.setTabOrder(self.notes, accept)
        self.direction.setFocus()

    @property
    def problem(self) -> str:
        """Why it was not written down."""
        return "" if self._problem.isHidden() else self._problem.text()

    def accept(self) -> None:
        """Write the call down, or say what is wrong with it."""
        form = CallForm(
            direction=self.direction.value,
            outcome=self.outcome.value,
            duration=self.duration.text(),
            notes=self.notes.toPlainText(),
        )
        problem = call_problem(form)
        if problem:
            self._problem.setText(problem)
            self._problem.show()
            self.duration.setFocus()
            return
        super().accept()
        self._save(form)

    def _add(self, label: str, field: QWidget) -> None:
        words = SafeLabel(label, parent=self)
        words.setBuddy(field)
        field.setAccessibleName(label)
        self._form.addRow(words, field)
