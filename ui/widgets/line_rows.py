"""A growing list of editable lines, such as addresses or details: add below, remove at the right."""

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from ui.icon_names import IconName
from ui.theme import ThemeManager
from ui.widgets.buttons import Button, ButtonKind, IconButton

Fields = TypeVar("Fields", bound=QWidget)


class LineRows(QWidget, Generic[Fields]):
    """Each line is a widget made by `make(number)`; people add a handful, not hundreds."""

    def __init__(
        self,
        themes: ThemeManager,
        noun: str,
        make: Callable[[], Fields],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._themes = themes
        self._noun = noun
        self._make = make
        self._lines: list[tuple[QWidget, Fields]] = []
        self._rows = QVBoxLayout()
        self._rows.setSpacing(6)
        self._add = Button(themes, f"Add {noun}", ButtonKind.LINK, IconName.PLUS, parent=self)
        self._add.clicked.connect(self._on_add_clicked)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addLayout(self._rows)
        layout.addWidget(self._add)

    @property
    def lines(self) -> Sequence[Fields]:
        """The widgets of the lines in order."""
        return [fields for _, fields in self._lines]

    def add_line(self) -> Fields:
        """A new empty line at the end."""
        fields = self._make()
        line = QWidget(self)
        remove = IconButton(self._themes, IconName.CLOSE, f"Remove {self._noun}", size=14, parent=line)
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(fields, 1)
        row.addWidget(remove)
        entry = (line, fields)
        remove.clicked.connect(lambda: self._remove(entry))
        self._lines.append(entry)
        self._rows.addWidget(line)
        return fields

    def clear(self) -> None:
        """Remove all lines."""
        for entry in list(self._lines):
            self._remove(entry)

    def _remove(self, entry: tuple[QWidget, Fields]) -> None:
        self._lines.remove(entry)
        line = entry[0]
        self._rows.removeWidget(line)
        line.hide()
        line.deleteLater()
        self._add.setFocus()

    def _on_add_clicked(self) -> None:
        field = self.add_line().findChild(QLineEdit)
        if field is not None:
            field.setFocus()
