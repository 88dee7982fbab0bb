"""The entries of a timeline as rows for screen readers: each is one sentence, whether it is on screen or not."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from ui.models.timeline import TimelineEntry


class TimelineRows(QAbstractListModel):
    """Says entries; what they look like is not its business."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._entries: Sequence[TimelineEntry] = ()

    def show(self, entries: Sequence[TimelineEntry]) -> None:
        """Say these entries from now on."""
        self.beginResetModel()
        self._entries = entries
        self.endResetModel()

    def key(self, row: int) -> str:
        """The key of the entry in a row, "" where there is none."""
        return self._entries[row].key if 0 <= row < len(self._entries) else ""

    def row_of(self, key: str) -> int:
        """The row of an entry, -1 where there is none."""
        return next((row for row, entry in enumerate(self._entries) if entry.key == key), -1)

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._entries)

    def data(
        self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.DisplayRole) and index.isValid():
            return self._entries[index.row()].spoken
        return None
