"""The dialog that describes a view: its name, what it shows, in which order, and to whom."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Generic, TypeVar

from PySide6.QtWidgets import QComboBox, QDialog, QFormLayout, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from ui.models.view_form import AUDIENCES, SORTS, ViewDraft, ViewField
from ui.theme import ThemeManager
from ui.widgets.dialog_end import dialog_end
from ui.widgets.safe_text import SafeLabel

Value = TypeVar("Value")

_WIDTH = 420


class ChoiceBox(QComboBox, Generic[Value]):
    """A choice between Python values. Qt would turn enums and tuples kept as item data into something else."""

    def __init__(
        self, choices: tuple[tuple[Value, str], ...], current: object, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._values = [value for value, _ in choices]
        for _, words in choices:
            self.addItem(words)
        self.setCurrentIndex(next((at for at, value in enumerate(self._values) if value == current), 0))

    @property
    def value(self) -> Value:
        """What is chosen."""
        return self._values[self.currentIndex()]


class ViewEditor(QDialog):
    """Begins with a draft and hands the changed one to `save`."""

    def __init__(
        self,
        themes: ThemeManager,
        title: str,
        draft: ViewDraft,
        fields: tuple[ViewField, ...],
        save: Callable[[ViewDraft], None],
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setMinimumWidth(_WIDTH)
        self._draft = draft
        self._save = save
        self._form = QFormLayout()
        self._form.setVerticalSpacing(8)
        self.name = QLineEdit(draft.name, self)
        self._add("Name", self.name)
        self.combos = {
            field.name: self._choice(field.label, field.choices, getattr(draft.filter, field.name))
            for field in (item.with_current(draft.filter) for item in fields)
        }
        self.sort = self._choice("Order", SORTS, draft.sort)
        self.audience = self._choice("For", AUDIENCES, draft.audience)
        cancel, accept = dialog_end(self, themes, "Save view")
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(cancel)
        foot.addWidget(accept)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 20, 20, 16)
        layout.setSpacing(14)
        layout.addLayout(self._form)
        layout.addLayout(foot)
        self.name.setFocus()
        self.name.selectAll()

    def accept(self) -> None:
        """Save; a view needs a name."""
        name = " ".join(self.name.text().split())
        if not name:
            self.name.setPlaceholderText("Please type a name")
            self.name.setFocus()
            return
        chosen: dict[str, Any] = {field: combo.value for field, combo in self.combos.items()}
        wanted = replace(self._draft.filter, **chosen)
        super().accept()
        self._save(ViewDraft(name, wanted, self.sort.value, self.audience.value))

    def _choice(
        self, label: str, choices: tuple[tuple[Value, str], ...], current: object
    ) -> "ChoiceBox[Value]":
        combo = ChoiceBox(choices, current, self)
        self._add(label, combo)
        return combo

    def _add(self, label: str, field: QWidget) -> None:
        words = SafeLabel(label, parent=self)
        words.setBuddy(field)
        words.setMinimumHeight(field.sizeHint().height())
        field.setAccessibleName(label)
        self._form.addRow(words, field)
