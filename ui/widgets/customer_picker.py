"""A popup to choose a customer by typing a few letters of name or address."""

from collections.abc import Callable
from functools import partial

from PySide6.QtWidgets import QWidget

from agent_desktop.domain.ids import Id
from agent_desktop.services.customers import CustomerRow
from ui.context import UiContext
from ui.icon_names import IconName
from ui.models.results import Result, ResultSection
from ui.models.row_look import one_line
from ui.widgets.picker import Picker

_LIMIT = 12


class CustomerPicker(Picker):
    """Finds customers in the background; `choose` gets the id of the one that is chosen."""

    def __init__(
        self, context: UiContext, name: str, leave_out: Id, choose: Callable[[Id], None], parent: QWidget
    ) -> None:
        self._context = context
        self._leave_out = leave_out
        self._give = choose
        super().__init__(context.theme, name, lambda typed: (), parent)

    def offer(self, typed: str) -> None:
        """Show the customers that fit what was typed, as soon as they are found."""
        customers = self._context.desk.customers
        self._context.tasks.read(lambda: customers.find(typed, _LIMIT + 1), self._take, key=self)

    def _take(self, rows: list[CustomerRow]) -> None:
        results = tuple(
            Result(
                one_line(row.name), one_line(row.address), IconName.USER, value=partial(self._give, row.id)
            )
            for row in rows
            if row.id != self._leave_out
        )
        self.results.set_sections([ResultSection("", results[:_LIMIT])], self.field.text())
        self.adjustSize()
