"""Labels and values side by side, such as the details of a customer."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from ui.fonts import FontRole, scaled
from ui.tokens import ColorRole
from ui.widgets.safe_text import SafeLabel

_LABEL_WIDTH = 84
_LONGEST_WORD = 22


class DetailGrid(QWidget):
    """A few lines of plain text. Values wrap and can be copied; one that cannot wrap ends in an ellipsis."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines: tuple[tuple[str, str], ...] = ()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(5)
        self._grid.setColumnMinimumWidth(0, _LABEL_WIDTH)
        self._grid.setColumnStretch(1, 1)

    @property
    def lines(self) -> tuple[tuple[str, str], ...]:
        """Label and value of each line."""
        return self._lines

    def show_lines(self, lines: Sequence[tuple[str, str]]) -> None:
        """Show these labels and values; what stays the same keeps its selection."""
        if tuple(lines) == self._lines:
            return
        self._lines = tuple(lines)
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for row, (name, value) in enumerate(self._lines):
            self._add_row(row, name, value)

    def _add_row(self, row: int, name: str, value: str) -> None:
        top = Qt.AlignmentFlag.AlignTop
        label = SafeLabel(name, color=ColorRole.TEXT_3, elide=True, parent=self)
        label.setMaximumWidth(scaled(_LABEL_WIDTH))
        unbreakable = max(map(len, value.split()), default=0) > _LONGEST_WORD
        field = SafeLabel(value, wrap=not unbreakable, elide=unbreakable, selectable=True, parent=self)
        field.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        field.setAccessibleName(f"{name}: {value}")
        self._grid.addWidget(label, row, 0, top)
        self._grid.addWidget(field, row, 1, top)


class FigureRow(QWidget):
    """Numbers side by side, each above what it counts."""

    def __init__(self, count: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pairs: list[tuple[SafeLabel, SafeLabel]] = []
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(1)
        center = Qt.AlignmentFlag.AlignHCenter
        for column in range(count):
            value = SafeLabel("", FontRole.TITLE, parent=self)
            label = SafeLabel("", FontRole.SMALL, ColorRole.TEXT_3, parent=self)
            grid.addWidget(value, 0, column, center)
            grid.addWidget(label, 1, column, center)
            grid.setColumnStretch(column, 1)
            self._pairs.append((value, label))

    def show_figures(self, figures: Sequence[tuple[str, str]]) -> None:
        """Show other numbers: value and label of each."""
        for (value, label), (number, words) in zip(self._pairs, figures, strict=True):
            value.setText(number)
            label.setText(words)
            value.setAccessibleName(f"{number} {words}")
