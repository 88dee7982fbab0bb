"""The page of the settings on which keys are given to commands. What is taken is refused, with the reason."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QKeySequenceEdit,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from agent_desktop.domain.errors import InputError
from ui.commands import CommandSet, key_words
from ui.fonts import FontRole
from ui.models.fuzzy import match
from ui.theme import ThemeManager
from ui.tokens import ColorRole
from ui.widgets.buttons import Button
from ui.widgets.safe_text import SafeLabel
from ui.widgets.search_field import SearchField

_ID = Qt.ItemDataRole.UserRole


class KeySettings(QWidget):
    """A list of commands and, below it, the keys of the selected one."""

    changed = Signal()
    """A command has other keys now."""

    def __init__(self, themes: ThemeManager, commands: CommandSet, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._commands = commands
        self.field = SearchField(themes, "Search commands and keys", parent=self)
        self.list = QTreeWidget(self)
        self.list.setAccessibleName("Commands")
        self.list.setHeaderLabels(["Command", "Key"])
        self.list.setRootIsDecorated(False)
        self.list.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.list.header().setStretchLastSection(False)
        self.list.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.edit = QKeySequenceEdit(self)
        self.edit.setAccessibleName("New key")
        self.edit.setClearButtonEnabled(True)
        self.problem = SafeLabel("", FontRole.SECONDARY, ColorRole.DANGER, wrap=True, parent=self)
        self.set_button = Button(themes, "Set key", parent=self)
        self.default_button = Button(themes, "Use the default", parent=self)
        row = QHBoxLayout()
        row.addWidget(self.edit, 1)
        row.addWidget(self.set_button)
        row.addWidget(self.default_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(SafeLabel("Keyboard", FontRole.TITLE, parent=self))
        layout.addWidget(self.field)
        layout.addWidget(self.list, 1)
        layout.addLayout(row)
        layout.addWidget(self.problem)
        self.field.textChanged.connect(self._refresh)
        self.list.currentItemChanged.connect(self._show_current)
        self.edit.editingFinished.connect(self.problem.clear)
        self.set_button.clicked.connect(self._set)
        self.default_button.clicked.connect(self._use_default)
        self._refresh()

    def select(self, command_id: str) -> None:
        """Select a command."""
        for position in range(self.list.topLevelItemCount()):
            item = self.list.topLevelItem(position)
            if item is not None and item.data(0, _ID) == command_id:
                self.list.setCurrentItem(item)

    def _current_id(self) -> str:
        item = self.list.currentItem()
        return str(item.data(0, _ID)) if item is not None else ""

    def _set(self) -> None:
        sequence = self.edit.keySequence().toString(QKeySequence.SequenceFormat.PortableText)
        self._change([sequence] if sequence else [])

    def _use_default(self) -> None:
        command_id = self._current_id()
        if command_id:
            self._change(list(self._commands.command(command_id).keys))

    def _change(self, keys: list[str]) -> None:
        command_id = self._current_id()
        if not command_id:
            return
        try:
            self._commands.change_keys(command_id, keys)
        except InputError as error:
            self.problem.setText(error.sentence)
            return
        self.problem.clear()
        self._refresh()
        self.changed.emit()

    def _refresh(self) -> None:
        selected, typed = self._current_id(), self.field.text()
        self.list.clear()
        for _, lines in self._commands.sheet():
            for line in lines:
                keys = " or ".join(map(key_words, self._commands.keys.keys(line.command.id)))
                if not match(typed, f"{line.command.title} {line.command.words} {keys}"):
                    continue
                item = QTreeWidgetItem([line.command.title, keys])
                item.setData(0, _ID, line.command.id)
                self.list.addTopLevelItem(item)
        self.select(selected)

    def _show_current(self) -> None:
        command_id = self._current_id()
        keys = self._commands.keys.keys(command_id) if command_id else ()
        self.problem.clear()
        self.edit.setKeySequence(QKeySequence(keys[0]) if keys else QKeySequence())
