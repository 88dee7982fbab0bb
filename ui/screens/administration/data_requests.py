"""The page of data requests: hand out everything that is kept of a customer, or erase it."""

from PySide6.QtWidgets import QFormLayout, QLineEdit, QWidget

from agent_desktop.domain.permissions import Permission
from agent_desktop.services.administration import ErasurePreview
from agent_desktop.services.customers import CustomerRow
from ui.context import UiContext
from ui.icon_names import IconName
from ui.models.row_look import one_line
from ui.tokens import ColorRole
from ui.viewmodels.data_requests import COLUMNS, DataRequestsViewModel, preview_lines
from ui.widgets.buttons import Button, ButtonKind
from ui.widgets.form_dialog import FormDialog
from ui.widgets.safe_text import SafeLabel
from ui.widgets.search_field import SearchField
from ui.widgets.table_page import TablePage

_SENTENCE = (
    "People may ask what you keep of them, and to have it erased. The audit log tells of both, but not of what there"
    " was. Make sure first that it is they who ask."
)
_EMPTY = "Type a name or an address of whoever asks. Merged customers count as one person."
_WHAT = (
    "This goes from the server at once, from every computer and its search index with the next sync, and from the log"
    " of changes. Backups that you have keep it: delete or replace them. It cannot be undone."
)
_FIELD_WIDTH = 360


class DataRequestsPage(TablePage):
    """Find who asks, then hand out or erase."""

    def __init__(self, context: UiContext, parent: QWidget | None = None) -> None:
        super().__init__(context.theme, "Data requests", _SENTENCE, COLUMNS, parent=parent)
        self._context = context
        self.requests = DataRequestsViewModel(context, self)
        self.wanted = SearchField(context.theme, "Find a customer by name or address", parent=self)
        self.wanted.setFixedWidth(_FIELD_WIDTH)
        self.tools.insertWidget(0, self.wanted)
        self.wanted.textChanged.connect(self.requests.find)
        self.wanted.down_pressed.connect(lambda: self.table.setFocus())
        self.export = Button(context.theme, "Hand out data…", icon=IconName.DOWNLOAD, parent=self)
        self.erase = Button(context.theme, "Erase…", icon=IconName.TRASH, parent=self)
        self.erase.setAccessibleName("Erase the customer")
        for button in (self.export, self.erase):
            self.head.add_button(button)
        self.export.clicked.connect(self._ask_notes)
        self.erase.clicked.connect(self._preview)
        self.table.chosen.connect(lambda _: self._show_buttons())
        self.requests.changed.connect(self._show)
        self.requests.previewed.connect(self._confirm)
        self._show()

    def activate(self) -> None:
        """Put the keyboard where customers are looked for."""
        self.wanted.setFocus()

    def _show(self) -> None:
        if self.requests.query:
            self.empty.set_state(IconName.SEARCH, "Nobody found", "No name or address begins like this.")
        else:
            self.empty.set_state(IconName.USER, "Who asks?", _EMPTY)
        self.offer(self.requests.rows)
        self._show_buttons()

    def _show_buttons(self) -> None:
        chosen = self._chosen is not None
        self.export.setEnabled(chosen and self.requests.may(Permission.CUSTOMER_EXPORT))
        self.erase.setEnabled(chosen and self.requests.may(Permission.CUSTOMER_ERASE))

    @property
    def _chosen(self) -> CustomerRow | None:
        return self.requests.customer(self.table.current)

    def _ask_notes(self) -> None:
        customer = self._chosen
        if customer is None:
            return
        options = ("Without our notes", "With our notes")
        self._context.prompts.choose(
            "Are notes of colleagues part of it?",
            "They were written for each other, and are about the customer. The law of your country says whether they"
            " have to be handed out.",
            options,
            lambda choice: None if choice is None else self._ask_place(customer, notes=choice == 1),
        )

    def _ask_place(self, customer: CustomerRow, *, notes: bool) -> None:
        day = self._context.desk.clock.now().date()
        self._context.prompts.ask_place(
            "Hand out data",
            f"customer-data-{day}.zip",
            lambda path: None if path is None else self.requests.export(customer, notes, path),
        )

    def _preview(self) -> None:
        customer = self._chosen
        if customer is not None:
            self.requests.preview(customer)

    def _confirm(self, preview: ErasurePreview) -> None:
        customer = self.requests.customer(preview.customer_id)
        if customer is not None:
            EraseDialog(self._context, self.requests, customer, preview, self.window()).open()


class EraseDialog(FormDialog):
    """What goes, and a field into which the customer's name is typed before it does."""

    def __init__(
        self,
        context: UiContext,
        requests: DataRequestsViewModel,
        customer: CustomerRow,
        preview: ErasurePreview,
        parent: QWidget | None = None,
    ) -> None:
        name = one_line(customer.name)
        super().__init__(
            context.theme,
            f"Erase {name}?",
            lambda: "" if self.typed.text().strip().casefold() == name.casefold() else _type(name),
            lambda: requests.erase(preview),
            "Erase for good",
            parent,
            kind=ButtonKind.DANGER,
        )
        self.add_words(_WHAT)
        what = QWidget(self)
        form = QFormLayout(what)
        form.setContentsMargins(0, 0, 0, 0)
        form.setHorizontalSpacing(18)
        form.setVerticalSpacing(6)
        for title, words in preview_lines(preview):
            form.addRow(SafeLabel(title, color=ColorRole.TEXT_2, parent=what), SafeLabel(words, parent=what))
        self.add("What goes", what)
        self.typed = QLineEdit(self)
        self.add(f"Type the name “{name}” to go on", self.typed)
        self.typed.setFocus()


def _type(name: str) -> str:
    return f"Type {name} into the field, so that nobody else is erased."
