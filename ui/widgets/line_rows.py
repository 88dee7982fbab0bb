"""A growing list of editable lines, such as addresses, details or steps: add below, move and remove at the right."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from ui.icon_names import IconName
from ui.theme import ThemeManager
from ui.widgets.buttons import Button, ButtonKind, IconButton

Fields = TypeVar("Fields", bound=QWidget)
_ICON = 14


@dataclass(eq=False, slots=True)
class _Line(Generic[Fields]):
    """One line: the whole of it, and the fields in it."""

    whole: QWidget
    fields: Fields


class LineRows(QWidget, Generic[Fields]):
    """Each line is a widget made by `make`; people add a handful, not hundreds. `ordered` lines can be moved.

    Signals:
        changed: a line was added, moved or removed by the person.
    """

    changed = Signal()

    def __init__(
        self,
        themes: ThemeManager,
        noun: str,
        make: Callable[[], Fields],
        parent: QWidget | None = None,
        *,
        ordered: bool = False,
    ) -> None:
        super().__init__(parent)
        self._themes = themes
        self._noun = noun
        self._make = make
        self._ordered = ordered
        self._lines: list[_Line[Fields]] = []
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
        """The fields of the lines in order."""
        return [line.fields for line in self._lines]

    def add_line(self) -> Fields:
        """A new empty line at the end."""
        fields = self._make()
        whole = QWidget(self)
        line = _Line(whole, fields)
        row = QHBoxLayout(whole)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(fields, 1)
        if self._ordered:
            for icon, words, step in ((IconName.CHEVRON_UP, "up", -1), (IconName.CHEVRON_DOWN, "down", 1)):
                button = IconButton(
                    self._themes, icon, f"Move {self._noun} {words}", size=_ICON, parent=whole
                )
                button.clicked.connect(partial(self._move_line, line, step))
                row.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        remove = IconButton(self._themes, IconName.CLOSE, f"Remove {self._noun}", size=_ICON, parent=whole)
        remove.clicked.connect(partial(self._on_remove_clicked, line))
        row.addWidget(remove, 0, Qt.AlignmentFlag.AlignTop)
        self._lines.append(line)
        self._rows.addWidget(whole)
        return fields

    def resize_to(self, count: int) -> Sequence[Fields]:
        """Have exactly this many lines, keeping the first ones."""
        while len(self._lines) > count:
            self._remove(self._lines[-1])
        while len(self._lines) < count:
            self.add_line()
        return self.lines

    def _move_line(self, line: _Line[Fields], step: int) -> None:
        position = self._lines.index(line)
        target = position + step
        if 0 <= target < len(self._lines):
            self._lines.insert(target, self._lines.pop(position))
            self._rows.removeWidget(line.whole)
            self._rows.insertWidget(target, line.whole)
            self.changed.emit()

    def _remove(self, line: _Line[Fields]) -> None:
        self._lines.remove(line)
        self._rows.removeWidget(line.whole)
        line.whole.hide()
        line.whole.deleteLater()

    def _on_remove_clicked(self, line: _Line[Fields]) -> None:
        self._remove(line)
        self._add.setFocus()
        self.changed.emit()

    def _on_add_clicked(self) -> None:
        self.add_line().setFocus()
        self.changed.emit()
