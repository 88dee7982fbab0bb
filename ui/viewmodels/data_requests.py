"""Requests of customers about their data: finding who asks, handing out what is kept, and erasing it."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from agent_desktop.domain.errors import StoreError
from agent_desktop.domain.ids import Id
from agent_desktop.domain.permissions import Permission
from agent_desktop.services.administration import ErasurePreview
from agent_desktop.services.customers import CustomerRow
from ui.models.cells import Cell, Column, TableRow
from ui.models.row_look import one_line
from ui.tokens import ColorRole

if TYPE_CHECKING:
    from ui.context import UiContext

LIMIT = 100
COLUMNS = (Column("Customer", 4), Column("Location", 3))


class DataRequestsViewModel(QObject):
    """The customers that fit what was typed.

    Signals:
        changed: they are others now.
        previewed: what erasing the chosen one would take away (an `ErasurePreview`).
    """

    changed = Signal()
    previewed = Signal(object)

    def __init__(self, context: "UiContext", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._found: tuple[CustomerRow, ...] = ()
        self.query = ""

    @property
    def rows(self) -> tuple[TableRow, ...]:
        """The customers that were found."""
        return tuple(
            TableRow(
                row.id,
                (
                    Cell(text=one_line(row.name), detail=one_line(row.address), avatar=row.name),
                    Cell(text=one_line(row.location) or "—", color=ColorRole.TEXT_2),
                ),
            )
            for row in self._found
        )

    def may(self, permission: Permission) -> bool:
        """Whether this user may do it."""
        return self._context.desk.directory.actor.may(permission)

    def customer(self, customer_id: Id) -> CustomerRow | None:
        """One of those that were found."""
        return next((row for row in self._found if row.id == customer_id), None)

    def find(self, query: str) -> None:
        """Look for somebody by name or address."""
        self.query = query.strip()
        if not self.query:
            self._take([])
            return
        customers, wanted = self._context.desk.customers, self.query
        self._context.tasks.read(lambda: customers.find(wanted, LIMIT), self._take, key=(self, "find"))

    def export(self, customer: CustomerRow, notes: bool, path: Path) -> None:
        """Write everything that is kept of a customer to a file."""
        desk, navigator = self._context.desk, self._context.navigator

        def work() -> None:
            content = desk.administration.customer_data(customer.id, notes)
            try:
                path.write_bytes(content)
            except OSError as error:
                raise StoreError(
                    f"{path.name} could not be written. Choose another place.", str(error)
                ) from error

        done = f"Everything that is kept of {one_line(customer.name)} is in {path.name}."
        self._context.tasks.read(work, lambda _: navigator.notify(done))

    def preview(self, customer: CustomerRow) -> None:
        """Ask what erasing a customer would take away."""
        desk = self._context.desk
        self._context.tasks.read(
            lambda: desk.administration.preview_erasure(customer.id), self.previewed.emit
        )

    def erase(self, preview: ErasurePreview) -> None:
        """Erase what the preview showed."""
        desk, navigator = self._context.desk, self._context.navigator

        def done(_: None) -> None:
            navigator.notify("The customer is erased here and, with their next sync, on every computer.")
            desk.sync.poke()
            self.find(self.query)

        self._context.tasks.read(lambda: desk.administration.erase(preview.customer_id, preview.token), done)

    def _take(self, rows: list[CustomerRow]) -> None:
        self._found = tuple(rows)
        self.changed.emit()


def preview_lines(preview: ErasurePreview) -> tuple[tuple[str, str], ...]:
    """What goes, by title."""
    return (
        ("Conversations", f"{preview.conversations:,}, whose numbers, times and states stay"),
        ("Messages and events", f"{preview.messages:,}, of which {preview.notes:,} notes of colleagues"),
        ("Files", f"{preview.files:,}, and mails as they arrived"),
        ("Addresses", f"{preview.identities:,}"),
        ("Drafts on servers", f"{preview.drafts:,}"),
        ("Refused changes", f"{preview.results:,}"),
    )
