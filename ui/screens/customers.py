"""All customers: a list to find them in, and everything about the one that is chosen."""

from collections.abc import Iterator

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from agent_desktop.domain.ids import Id
from ui.context import UiContext
from ui.delegates.row_look import RowShape
from ui.fonts import FontRole
from ui.icon_names import IconName
from ui.models.customer_form import CustomerForm
from ui.models.customer_text import customer_look
from ui.models.row_look import RowLook, one_line
from ui.panels.customer import CustomerPanel
from ui.prompts import Notice
from ui.screens.stepwise import Stepwise
from ui.styling import set_ground
from ui.tokens import ColorRole
from ui.viewmodels.customer import CustomerViewModel
from ui.viewmodels.customers import LIMIT, CustomersViewModel
from ui.widgets.buttons import Button, ButtonKind
from ui.widgets.customer_editor import CustomerEditor
from ui.widgets.customer_picker import CustomerPicker
from ui.widgets.empty_state import EmptyState
from ui.widgets.list_column import WIDTH, ListColumn
from ui.widgets.new_conversation import NewConversationDialog
from ui.widgets.safe_text import SafeLabel
from ui.widgets.splitters import Splitter

_SHAPE = RowShape(lines=1, margin=14, padding=9, avatar=34, divided=True, bar=True)
_WIDEST = 720
_HISTORY = 12


class CustomersScreen(Stepwise):
    """List at the left, customer at the right."""

    def __init__(self, context: UiContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._customers = CustomersViewModel(context, self)
        self._customer = CustomerViewModel(context, self)

    def make_parts(self) -> Iterator[None]:
        splitter = Splitter(parent=self)
        splitter.addWidget(self._make_list(splitter))
        yield
        self.panel = CustomerPanel(self._context, self._customer, history=_HISTORY)
        yield
        splitter.addWidget(self._make_detail(splitter))
        yield
        splitter.setStretchFactor(1, 1)
        splitter.setSizes([WIDTH, 3 * WIDTH])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(splitter)
        self._customers.rows_changed.connect(self._on_rows_changed)
        self._customers.created.connect(self.show_customer)
        self._customer.changed.connect(self._on_customer_changed)
        self._on_rows_changed()
        self._on_customer_changed()

    def activate(self) -> None:
        """Put the keyboard where customers are looked for."""
        self.column.activate()

    def show_customer(self, customer_id: Id) -> None:
        """Show a customer, also one that is not in the list just now."""
        self._customer.show_customer(customer_id)
        if not self.column.list.choose(customer_id):
            self.column.list.choose_nothing()

    def _make_list(self, parent: QWidget) -> QWidget:
        self.column = ListColumn(
            self._context.theme,
            "Customers",
            "Find by name or address",
            "New customer",
            _SHAPE,
            IconName.USER_PLUS,
            parent,
        )
        self.column.query_changed.connect(self._customers.set_query)
        self.column.new_requested.connect(self.add_customer)
        self.column.empty.action_triggered.connect(self.add_customer)
        self.column.list.chosen.connect(self._on_chosen)
        return self.column

    def _make_detail(self, parent: QWidget) -> QWidget:
        themes = self._context.theme
        pane = QWidget(parent)
        set_ground(pane, ColorRole.SUNKEN)
        self._title = SafeLabel("", FontRole.TITLE, elide=True, parent=pane)
        self._merge = Button(themes, "Merge with…", icon=IconName.MERGE, parent=pane)
        self._merge.clicked.connect(self._on_merge_clicked)
        self._edit = Button(themes, "Edit", icon=IconName.PENCIL, parent=pane)
        self._start = Button(themes, "New conversation", ButtonKind.PRIMARY, IconName.PLUS, parent=pane)
        self._start.clicked.connect(self.start_conversation)
        self._edit.clicked.connect(self.panel.edit)
        head = QHBoxLayout()
        head.setContentsMargins(20, 14, 20, 12)
        head.setSpacing(8)
        head.addWidget(self._title, 1)
        for button in (self._merge, self._edit, self._start):
            head.addWidget(button)
        self.panel.setMaximumWidth(_WIDEST)
        body = QHBoxLayout()
        body.setContentsMargins(6, 0, 6, 0)
        body.addWidget(self.panel, 1)
        body.addStretch(0)
        self._pages = QStackedWidget(pane)
        shown = QWidget(self._pages)
        layout = QVBoxLayout(shown)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addLayout(body, 1)
        self._pages.addWidget(
            EmptyState(
                themes,
                IconName.USER,
                "No customer chosen",
                "Choose a customer to see addresses, details and the whole history.",
                parent=self._pages,
            )
        )
        self._pages.addWidget(shown)
        outer = QVBoxLayout(pane)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._pages)
        return pane

    def add_customer(self) -> None:
        """Open the dialog for a new customer."""
        editor = CustomerEditor(
            self._context.theme, "New customer", CustomerForm(), self._customers.create, self.window()
        )
        editor.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        editor.open()

    def start_conversation(self) -> None:
        """Open the dialog for a new conversation with the customer that is shown."""
        known = self._customer.known
        if known is None:
            return
        profile = known.profile
        channels = self._customers.channels_to_start(profile)
        name = one_line(profile.customer.name)
        if not channels:
            self._context.prompts.tell(
                Notice(
                    title="No channel to write on",
                    text=f"{name} has no address that we may write to first. Add one by Edit.",
                )
            )
            return
        dialog = NewConversationDialog(
            self._context.theme,
            name,
            channels,
            lambda channel_id, subject: self._customers.start_conversation(
                profile.customer.id, channel_id, subject
            ),
            self.window(),
        )
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def _on_merge_clicked(self) -> None:
        known = self._customer.known
        if known is not None:
            picker = CustomerPicker(
                self._context,
                "Merge with which customer?",
                known.profile.customer.id,
                self._customer.compare,
                self._merge,
            )
            picker.show_at(QRect(self._merge.mapToGlobal(QPoint(0, 0)), self._merge.size()))

    def _on_rows_changed(self) -> None:
        rows, query = self._customers.rows, self._customers.query
        self.column.show_rows(map(customer_look, rows), f"First {LIMIT}" if len(rows) == LIMIT else "")
        if query:
            self.column.empty.set_state(
                IconName.USERS, "Nobody found", "No name or address begins like this.", "New customer"
            )
        else:
            self.column.empty.set_state(
                IconName.USERS,
                "No customers yet",
                "Whoever writes to you appears here by themselves.",
                "New customer",
            )

    def _on_customer_changed(self) -> None:
        known = self._customer.known
        self._pages.setCurrentIndex(0 if known is None else 1)
        if known is not None:
            self._title.setText(one_line(known.profile.customer.name))

    def _on_chosen(self, row: RowLook | None) -> None:
        if row is not None:
            self._customer.show_customer(str(row.key))
