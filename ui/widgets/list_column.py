"""The left column of a screen: a search field, a title with a count and a button, filters, and the list."""

from collections.abc import Iterable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from ui.delegates.row_look import RowShape
from ui.fonts import FontRole
from ui.icon_names import IconName
from ui.models.row_look import RowLook
from ui.styling import set_ground
from ui.theme import ThemeManager
from ui.tokens import ColorRole
from ui.widgets.buttons import Button
from ui.widgets.empty_state import EmptyState
from ui.widgets.row_list import RowList
from ui.widgets.safe_text import SafeLabel
from ui.widgets.search_field import SearchField

WIDTH = 320
_SIDE = 14


class ListColumn(QWidget):
    """Finds and chooses one of many. Down and Enter lead from the field into the list.

    Signals:
        query_changed: what stands in the search field.
        new_requested: the button for a new thing was pressed.
    """

    query_changed = Signal(str)
    new_requested = Signal()

    def __init__(
        self,
        themes: ThemeManager,
        title: str,
        search: str,
        new: str,
        shape: RowShape,
        icon: IconName = IconName.PLUS,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        set_ground(self, ColorRole.SURFACE)
        self.field = SearchField(themes, search, parent=self)
        self.field.textChanged.connect(self.query_changed)
        self.field.down_pressed.connect(self.focus_list)
        self.field.returnPressed.connect(self.focus_list)
        self._count = SafeLabel("", FontRole.SECONDARY, ColorRole.TEXT_3, parent=self)
        button = Button(themes, "New", icon=icon, compact=True, parent=self)
        button.setAccessibleName(new)
        button.clicked.connect(self.new_requested)
        self.filters = QHBoxLayout()
        self.filters.setSpacing(6)
        self.list = RowList(themes, title, shape, parent=self)
        self.empty = EmptyState(themes, IconName.SEARCH, "", "", parent=self)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(SafeLabel(title, FontRole.STRONG, parent=self))
        head.addWidget(self._count, 1)
        head.addWidget(button)
        top = QVBoxLayout()
        top.setContentsMargins(_SIDE, 12, _SIDE, 10)
        top.setSpacing(10)
        top.addWidget(self.field)
        top.addLayout(head)
        top.addLayout(self.filters)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(top)
        layout.addWidget(self.list, 1)
        layout.addWidget(self.empty, 1)

    def show_rows(self, rows: Iterable[RowLook], count: str = "") -> None:
        """Show these rows, or why there are none. `count` replaces their number beside the title."""
        shown = tuple(rows)
        self.list.show_rows(shown)
        self.list.setVisible(bool(shown))
        self.empty.setVisible(not shown)
        self._count.setText(count or (f"{len(shown):,}" if shown else ""))

    def activate(self) -> None:
        """Put the keyboard into the search field."""
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()

    def focus_list(self) -> None:
        """Put the keyboard into the list."""
        if self.list.current is None:
            self.list.choose_first()
        self.list.setFocus(Qt.FocusReason.TabFocusReason)
