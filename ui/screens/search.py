"""The search screen: one field over everything on this device, filters, hits with what matched."""

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from ui.context import UiContext
from ui.delegates.row_look import RowShape
from ui.fonts import FontRole
from ui.icon_names import IconName
from ui.models.row_look import RowLook
from ui.models.search_text import FILTERS, SearchFilter, hit_look, is_on, operator_looks, summary
from ui.styling import set_ground
from ui.tokens import ColorRole
from ui.viewmodels.search import SearchViewModel
from ui.widgets.buttons import Button
from ui.widgets.empty_state import EmptyState
from ui.widgets.flow_layout import FlowLayout
from ui.widgets.row_list import RowList
from ui.widgets.safe_text import SafeLabel
from ui.widgets.search_field import SearchField

_HITS = RowShape(lines=1, margin=20, padding=10, divided=True, bar=True)
_HELP = RowShape(margin=20, padding=6)
_SIDE = 20
_FIELD_WIDTH = 720


class SearchScreen(QWidget):
    """Finds conversations. Query and hits stay while other screens are shown."""

    def __init__(self, context: UiContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._view_model = SearchViewModel(context, self)
        set_ground(self, ColorRole.SURFACE)
        themes = context.theme
        self.field = SearchField(themes, "Search everything on this device", "Ctrl+F", self)
        self.field.setMaximumWidth(_FIELD_WIDTH)
        self.field.textChanged.connect(self._view_model.set_query)
        self.field.down_pressed.connect(self._focus_list)
        self.field.returnPressed.connect(self._open_first)
        self.filter_buttons = {
            item: Button(themes, item.title, compact=True, parent=self) for item in FILTERS
        }
        self._problems = SafeLabel("", color=ColorRole.WARN, wrap=True, parent=self)
        self._summary = SafeLabel("", FontRole.SECONDARY, ColorRole.TEXT_3, wrap=True, parent=self)
        self.hits = RowList(themes, "Found conversations", _HITS, parent=self)
        self.hits.opened.connect(self._on_opened)
        self.help = RowList(themes, "Ways to search", _HELP, single_click=True, parent=self)
        self.help.show_rows(operator_looks())
        self.help.opened.connect(self._on_learnt)
        self._empty = EmptyState(themes, IconName.SEARCH, "", "", parent=self)
        self._pages = QStackedWidget(self)
        for page in (self._make_help(), self.hits, self._empty):
            self._pages.addWidget(page)
        self._lay_out()
        self._view_model.query_changed.connect(self._on_query_changed)
        self._view_model.result_changed.connect(self._refresh)
        self._refresh()

    def activate(self) -> None:
        """Put the keyboard into the field, what stands there selected."""
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()

    def search_for(self, query: str) -> None:
        """Look for something else."""
        self._view_model.set_query(query)
        self.activate()

    def _make_help(self) -> QWidget:
        page = QWidget(self)
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 8, 0, 0)
        layout.setSpacing(6)
        words = SafeLabel(
            "Words are found in messages, subjects, names and addresses. Choose an example to begin with it.",
            color=ColorRole.TEXT_2,
            wrap=True,
            parent=page,
        )
        words.setContentsMargins(_SIDE, 0, _SIDE, 4)
        layout.addWidget(words)
        layout.addWidget(self.help, 1)
        return page

    def _lay_out(self) -> None:
        filters = QWidget(self)
        flow = FlowLayout(filters)
        for item, button in self.filter_buttons.items():
            button.setCheckable(True)
            button.clicked.connect(partial(self._on_filter_clicked, item))
            flow.addWidget(button)
        head = QVBoxLayout()
        head.setContentsMargins(_SIDE, 16, _SIDE, 8)
        head.setSpacing(10)
        for widget in (self.field, filters, self._problems, self._summary):
            head.addWidget(widget)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(self._pages, 1)

    def _on_filter_clicked(self, item: SearchFilter) -> None:
        self._view_model.switch(item)

    def _on_query_changed(self, query: str) -> None:
        if self.field.text() != query:
            self.field.setText(query)
        for item, button in self.filter_buttons.items():
            button.setChecked(is_on(query, item))
        if not query.strip():
            self._refresh()

    def _refresh(self) -> None:
        view_model = self._view_model
        result, asked = view_model.result, bool(view_model.query.strip())
        now = self._context.desk.clock.now()
        self.hits.show_rows(hit_look(hit, now) for hit in result.hits)
        self._problems.setText(" ".join(result.problems))
        self._problems.setVisible(bool(result.problems))
        self._summary.setText(summary(result))
        self._summary.setVisible(asked and bool(summary(result)))
        if result.hits:
            self._pages.setCurrentWidget(self.hits)
        elif not asked:
            self._pages.setCurrentIndex(0)
        else:
            self._empty.set_state(
                IconName.SEARCH,
                "Nothing found",
                "No conversation on this device has all of this. Use fewer words, or take a filter away.",
            )
            self._pages.setCurrentWidget(self._empty)

    def _focus_list(self) -> None:
        page = self._pages.currentWidget()
        rows = self.hits if page is self.hits else self.help if page is not self._empty else None
        if rows is not None:
            if rows.current is None:
                rows.choose_first()
            rows.setFocus(Qt.FocusReason.TabFocusReason)

    def _open_first(self) -> None:
        """Enter in the field opens the chosen hit, or the first."""
        if self._pages.currentWidget() is self.hits and not self._view_model.pending:
            if self.hits.current is None:
                self.hits.choose_first()
            row = self.hits.current
            if row is not None:
                self._on_opened(row)

    def _on_opened(self, row: RowLook) -> None:
        self._view_model.open(str(row.key))

    def _on_learnt(self, row: RowLook) -> None:
        self.field.setText(str(row.key))
        self.field.setFocus()

    # Overrides of Qt

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and not self.field.hasFocus():
            self.activate()
            return
        super().keyPressEvent(event)
