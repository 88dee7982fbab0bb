"""A page of administration: title and what it is for, a field to find by, buttons, and a table in a card."""

from collections.abc import Iterable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from ui.fonts import FontRole
from ui.icon_names import IconName
from ui.models.cells import Column, TableRow
from ui.styling import set_ground
from ui.theme import ThemeManager
from ui.tokens import ColorRole
from ui.widgets.card import Card
from ui.widgets.cell_table import CellTable
from ui.widgets.empty_state import EmptyState
from ui.widgets.safe_text import SafeLabel
from ui.widgets.search_field import SearchField

_FIELD_WIDTH = 280


class PageHead(QWidget):
    """Title, a figure beside it, a sentence below, and buttons at the right."""

    def __init__(self, title: str, sentence: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.count = SafeLabel("", FontRole.SECONDARY, ColorRole.TEXT_3, parent=self)
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(8)
        first = QHBoxLayout()
        first.setSpacing(10)
        first.addWidget(SafeLabel(title, FontRole.TITLE, parent=self))
        first.addWidget(self.count)
        first.addStretch(1)
        first.addLayout(self._buttons)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(first)
        self.sentence = SafeLabel(sentence, FontRole.SECONDARY, ColorRole.TEXT_2, wrap=True, parent=self)
        layout.addWidget(self.sentence)

    def add_button(self, button: QWidget, *, first: bool = False) -> None:
        """A button at the right; `first`: before the others."""
        self._buttons.insertWidget(0 if first else -1, button)


class TablePage(QWidget):
    """Shows rows that fit what is typed; `offer` gives all there are. Sub-classes fill head and tools."""

    def __init__(
        self,
        themes: ThemeManager,
        title: str,
        sentence: str,
        columns: Sequence[Column],
        *,
        find: str = "",
        two_lines: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        set_ground(self, ColorRole.CANVAS)
        self._offered: tuple[TableRow, ...] = ()
        self._noun = title.lower()
        self.head = PageHead(title, sentence, self)
        card = Card(themes, parent=self, flush=True)
        self._pages = QStackedWidget(card)
        self.table = CellTable(themes, title, columns, two_lines=two_lines, parent=self._pages)
        self.empty = EmptyState(themes, IconName.INFO, "", "", parent=self._pages)
        self._nothing_found = EmptyState(
            themes, IconName.SEARCH, "Nothing found", "Nothing here has these words.", parent=self._pages
        )
        for page in (self.table, self.empty, self._nothing_found):
            self._pages.addWidget(page)
        card.body.setSpacing(0)
        card.body.addWidget(self._pages)
        self.tools = QHBoxLayout()
        self.tools.setSpacing(8)
        self.field = SearchField(themes, find, parent=self) if find else None
        if self.field is not None:
            self.field.setFixedWidth(_FIELD_WIDTH)
            self.field.textChanged.connect(lambda _: self._refresh())
            self.field.down_pressed.connect(lambda: self.table.setFocus(Qt.FocusReason.ShortcutFocusReason))
            self.tools.addWidget(self.field)
        self.tools.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 18, 24, 20)
        layout.setSpacing(12)
        layout.addWidget(self.head)
        layout.addLayout(self.tools)
        layout.addWidget(card, 1)
        self.foot = QHBoxLayout()
        self.foot.setSpacing(8)
        layout.addLayout(self.foot)

    def activate(self) -> None:
        """Take the keyboard."""
        (self.field or self.table).setFocus(Qt.FocusReason.ShortcutFocusReason)

    def offer(self, rows: Iterable[TableRow], columns: Sequence[Column] | None = None) -> None:
        """These are all rows."""
        self._offered = tuple(rows)
        self._refresh(columns)

    def _refresh(self, columns: Sequence[Column] | None = None) -> None:
        query = self.field.text() if self.field is not None else ""
        shown = [row for row in self._offered if row.fits(query)]
        self.table.show_rows(shown, columns)
        self._pages.setCurrentWidget(
            self.table if shown else self._nothing_found if self._offered else self.empty
        )
        self.head.count.setText(f"{len(self._offered):,}" if self._offered else "")
