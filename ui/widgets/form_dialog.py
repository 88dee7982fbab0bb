"""A small dialog of labelled fields: it says what is wrong, and saves what is right."""

from collections.abc import Callable, Iterable

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from ui.fonts import FontRole
from ui.styling import set_ground
from ui.theme import ThemeManager
from ui.tokens import ColorRole
from ui.widgets.buttons import ButtonKind
from ui.widgets.choice_box import ChoiceBox
from ui.widgets.dialog_end import dialog_end
from ui.widgets.form_lines import labelled
from ui.widgets.safe_text import SafeLabel

_WIDTH = 460
_LIST_ROWS = 5


class FormDialog(QDialog):
    """`add` puts fields into it in order. `check` says what is wrong, "" for nothing; then `save` is called."""

    def __init__(
        self,
        themes: ThemeManager,
        title: str,
        check: Callable[[], str],
        save: Callable[[], None],
        yes: str = "Save",
        parent: QWidget | None = None,
        *,
        kind: ButtonKind = ButtonKind.PRIMARY,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self._check, self._save = check, save
        content = QWidget(self)
        set_ground(content, ColorRole.SURFACE)
        self._fields = QVBoxLayout(content)
        self._fields.setContentsMargins(20, 18, 20, 12)
        self._fields.setSpacing(12)
        self.problem = SafeLabel("", FontRole.SECONDARY, ColorRole.DANGER, wrap=True, parent=self)
        self.problem.setContentsMargins(20, 0, 20, 4)
        self.problem.hide()
        cancel, self.yes = dialog_end(self, themes, yes, kind)
        foot = self._foot = QHBoxLayout()
        foot.setContentsMargins(20, 8, 20, 16)
        foot.setSpacing(8)
        foot.addStretch(1)
        foot.addWidget(cancel)
        foot.addWidget(self.yes)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(content, 1)
        layout.addWidget(self.problem)
        layout.addLayout(foot)
        self.resize(_WIDTH, 0)

    def add(self, label: str, field: QWidget, help_text: str = "") -> None:
        """A field under its label, and perhaps a sentence on it."""
        if isinstance(field, QCheckBox):
            self.add_field(field)
        else:
            self._fields.addLayout(labelled(label, field))
        if help_text:
            self.add_words(help_text)

    def add_field(self, field: QWidget) -> None:
        """A field that says itself what it is."""
        self._fields.addWidget(field)

    def add_words(self, words: str) -> SafeLabel:
        """A sentence between the fields."""
        label = SafeLabel(words, FontRole.SECONDARY, ColorRole.TEXT_3, wrap=True, parent=self)
        self._fields.addWidget(label)
        return label

    def add_button(self, button: QWidget) -> None:
        """Something else that can be done, at the left of the foot."""
        self._foot.insertWidget(0, button)

    def check(self) -> bool:
        """Whether what is typed may be saved; what is wrong with it is said otherwise."""
        problem = self._check()
        self.say(problem)
        return not problem

    def save(self) -> None:
        """Save what is typed."""
        self._save()

    def say(self, problem: str) -> None:
        """Say what is wrong; "" for nothing any more."""
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))
        self._fit()

    def accept(self) -> None:
        """Save and close, or say what is wrong and stay."""
        if self.check():
            self.save()
            super().accept()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._fit()

    def _fit(self) -> None:
        layout = self.layout()
        if layout is not None and layout.hasHeightForWidth():
            # Sentences of several lines are higher than the hint of a dialog knows.
            self.resize(self.width(), max(self.height(), layout.totalHeightForWidth(self.width())))


class CheckList(QListWidget):
    """Several of many: each with a box to tick."""

    def __init__(
        self,
        name: str,
        options: Iterable[tuple[str, str]],
        chosen: Iterable[str],
        parent: QWidget | None = None,
        rows: int = _LIST_ROWS,
    ) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        on = set(chosen)
        for key, words in options:
            item = QListWidgetItem(words, self)
            item.setData(Qt.ItemDataRole.UserRole, key)
            item.setFlags(
                Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
            )
            item.setCheckState(Qt.CheckState.Checked if key in on else Qt.CheckState.Unchecked)
        self.itemDoubleClicked.connect(self._turn)
        if self.count():
            self.setCurrentRow(0)
        shown = max(2, min(self.count(), rows))
        self.setFixedHeight(shown * max(self.sizeHintForRow(0), 28) + 2 * self.frameWidth() + 2)

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of all that may be ticked."""
        return tuple(str(self.item(row).data(Qt.ItemDataRole.UserRole)) for row in range(self.count()))

    @property
    def chosen(self) -> tuple[str, ...]:
        """The keys of what is ticked."""
        on = Qt.CheckState.Checked
        return tuple(key for row, key in enumerate(self.keys) if self.item(row).checkState() is on)

    @staticmethod
    def _turn(item: QListWidgetItem) -> None:
        on = item.checkState() is Qt.CheckState.Checked
        item.setCheckState(Qt.CheckState.Unchecked if on else Qt.CheckState.Checked)


def choice(options: Iterable[tuple[object, str]], chosen: object, parent: QWidget | None = None) -> QComboBox:
    """One of several."""
    box = ChoiceBox(parent)
    for value, words in options:
        box.addItem(words, value)
    box.setCurrentIndex(max(0, box.findData(chosen)))
    return box
