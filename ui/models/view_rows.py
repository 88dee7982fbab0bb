"""The rows of the views panel: headings and views, as a model that keeps its rows while only counts change."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from agent_desktop.services.views import ViewGroup, ViewItem
from ui.icon_names import IconName
from ui.models.channel_icons import CHANNEL_ICONS
from ui.models.roles import RowRole
from ui.models.tool_tip import plain_tool_tip

_HEADINGS = {ViewGroup.INBOX: "Inbox", ViewGroup.SAVED: "Views", ViewGroup.CHANNELS: "Channels"}
_ICONS = {"snooze": IconName.BELL_SNOOZE}
_KNOWN = {icon.value: icon for icon in IconName}


@dataclass(frozen=True, slots=True)
class ViewRow:
    """One row. A heading has no key."""

    key: str
    title: str
    icon: IconName = IconName.FILTER
    count: int = 0
    overdue: int = 0

    @property
    def heading(self) -> bool:
        """Whether this is only a title over others."""
        return not self.key

    @property
    def sentence(self) -> str:
        """What a screen reader says."""
        if self.heading:
            return self.title
        late = f", {self.overdue:,} overdue" if self.overdue else ""
        return f"{self.title}, {self.count:,} conversations{late}"


def view_rows(items: Sequence[ViewItem]) -> tuple[ViewRow, ...]:
    """Headings and views in the order in which they are listed; empty groups have no heading."""
    rows: list[ViewRow] = []
    for group, title in _HEADINGS.items():
        views = [item for item in items if item.group is group]
        if views:
            rows.append(ViewRow("", title))
            rows += [_row(item) for item in views]
    return tuple(rows)


def _row(item: ViewItem) -> ViewRow:
    if item.channel_kind is not None:
        icon = CHANNEL_ICONS[item.channel_kind]
    else:
        icon = _ICONS.get(item.icon) or _KNOWN.get(item.icon, IconName.FILTER)
    return ViewRow(item.key, item.title, icon, item.count, item.overdue)


class ViewRowsModel(QAbstractListModel):
    """Holds `ViewRow`s."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[ViewRow, ...] = ()

    def show(self, rows: Iterable[ViewRow]) -> None:
        """Show these rows. While they are the same views, only what they say changes."""
        wanted = tuple(rows)
        if [row.key for row in wanted] == [row.key for row in self._rows]:
            self._rows = wanted
            if wanted:
                self.dataChanged.emit(self.index(0), self.index(len(wanted) - 1))
            return
        self.beginResetModel()
        self._rows = wanted
        self.endResetModel()

    def row_of(self, key: str) -> int:
        """Where a view is, or -1."""
        return next((number for number, row in enumerate(self._rows) if row.key == key), -1)

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's own
        return 0 if parent.isValid() else len(self._rows)

    def flags(self, index: QModelIndex | QPersistentModelIndex) -> Qt.ItemFlag:
        if not index.isValid() or self._rows[index.row()].heading:
            return Qt.ItemFlag.ItemNeverHasChildren
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren

    def data(
        self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        if role == RowRole.ROW:
            return row
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return row.sentence
        if role == Qt.ItemDataRole.ToolTipRole and not row.heading:
            return plain_tool_tip(row.sentence)
        return None
