"""All commands with their keys, to be searched and run: made from the command table."""

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from ui.commands import CommandSet
from ui.models.fuzzy import match
from ui.models.results import Result, ResultSection
from ui.theme import ThemeManager
from ui.tokens import ColorRole
from ui.widgets.dialog_size import begin_at
from ui.widgets.popup_list import ResultList
from ui.widgets.safe_text import SafeLabel
from ui.widgets.search_field import SearchField

_SIZE = QSize(520, 620)


class HelpSheet(QDialog):
    """Enter runs the selected command."""

    def __init__(self, themes: ThemeManager, commands: CommandSet, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Keyboard and commands")
        begin_at(self, _SIZE)
        self._commands = commands
        self.field = SearchField(themes, "Search commands and keys", parent=self)
        self.results = ResultList(themes, "Commands", self)
        hint = SafeLabel(
            "Single keys act outside text fields. All keys can be changed in the settings.",
            color=ColorRole.TEXT_3,
            wrap=True,
            parent=self,
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 14, 14, 12)
        layout.setSpacing(10)
        layout.addWidget(self.field)
        layout.addWidget(self.results, 1)
        layout.addWidget(hint)
        self.field.installEventFilter(self)
        self.field.textChanged.connect(self.search)
        self.results.dismissed.connect(self.reject)
        self.results.chosen.connect(self._run)
        self.search("")
        self.field.setFocus()

    def search(self, typed: str) -> None:
        """Show the commands whose title, words or keys fit."""
        sections = []
        for title, lines in self._commands.sheet():
            results = tuple(
                Result(line.command.title, icon=line.command.icon, hint=line.keys, value=line.command.id)
                for line in lines
                if match(typed, f"{line.command.title} {line.command.words} {line.keys}")
            )
            sections.append(ResultSection(title, results))
        self.results.set_sections(sections)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self.results.handle_key(event)
        return super().eventFilter(watched, event)

    def _run(self, result: Result) -> None:
        self.accept()
        self._commands.run(str(result.value))
