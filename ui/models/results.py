"""A short list of results in sections: what a completion popup or the command palette offers."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from ui.icon_names import IconName
from ui.models.roles import RowRole


@dataclass(frozen=True, slots=True)
class Result:
    """One thing to choose. `value` is whatever its owner needs to act on it; `hint` names a key."""

    title: str
    detail: str = ""
    icon: IconName | None = None
    hint: str = ""
    value: object = None


@dataclass(frozen=True, slots=True)
class ResultSection:
    """Results under a heading. An empty heading shows none."""

    title: str
    results: tuple[Result, ...]


class ResultModel(QAbstractListModel):
    """Headings (plain text) and results in one list; headings cannot be chosen."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[str | Result] = []

    def set_sections(self, sections: Sequence[ResultSection]) -> None:
        """Offer other results; sections without results are left out."""
        self.beginResetModel()
        self._rows = []
        for section in sections:
            if section.results and section.title:
                self._rows.append(section.title)
            self._rows.extend(section.results)
        self.endResetModel()

    def result_at(self, row: int) -> Result | None:
        """The result in a row, or None for a heading or a row that is not there."""
        entry = self._rows[row] if 0 <= row < len(self._rows) else None
        return entry if isinstance(entry, Result) else None

    def next_result(self, row: int, step: int) -> int:
        """The row of the next result from `row` in direction `step` (1 or -1), around the ends; -1 if there is none."""
        for distance in range(1, len(self._rows) + 1):
            candidate = (row + step * distance) % len(self._rows)
            if self.result_at(candidate) is not None:
                return candidate
        return -1

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def flags(self, index: QModelIndex | QPersistentModelIndex) -> Qt.ItemFlag:
        if self.result_at(index.row()) is None:
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren

    def data(
        self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if not index.isValid():
            return None
        entry = self._rows[index.row()]
        if role == RowRole.ROW:
            return entry
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            if isinstance(entry, str):
                return entry
            return ", ".join(part for part in (entry.title, entry.detail) if part)
        return None
