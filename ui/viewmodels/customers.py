"""All customers: finding, adding, and writing to one first."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from agent_desktop.domain.changes import ChangeSet
from agent_desktop.domain.channels import LIMITS, reached_by
from agent_desktop.domain.customer import Customer, Identity, normalise_address
from agent_desktop.domain.ids import Id
from agent_desktop.domain.operations.conversation import CreateConversation
from agent_desktop.domain.workspace import Channel
from agent_desktop.services.apply import Applied
from agent_desktop.services.customers import CustomerProfile, CustomerRow
from ui.models.customer_form import CustomerForm, creation

if TYPE_CHECKING:
    from ui.context import UiContext

LIMIT = 200
"""How many customers are listed at once; typing narrows them."""


class CustomersViewModel(QObject):
    """The list of customers that fit a query, kept up to date.

    Signals:
        rows_changed: `rows` are others now.
        created: a customer was added, by id.
    """

    rows_changed = Signal()
    created = Signal(str)

    def __init__(self, context: "UiContext", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._query = ""
        self._rows: tuple[CustomerRow, ...] = ()
        context.changes.received.connect(self._on_changes)
        self._read()

    @property
    def query(self) -> str:
        """Which customers are listed; "" for all."""
        return self._query

    @property
    def rows(self) -> tuple[CustomerRow, ...]:
        """The customers listed."""
        return self._rows

    def set_query(self, query: str) -> None:
        """List the customers whose names or addresses begin with these words."""
        if query.strip() != self._query:
            self._query = query.strip()
            self._read()

    def create(self, form: CustomerForm) -> None:
        """Add a customer, unless somebody has one of the addresses already: then ask whom to open."""
        desk = self._context.desk

        def owner() -> CustomerRow | None:
            for address in form.addresses:
                wanted = normalise_address(address.kind, address.address)
                for row in desk.customers.find(address.address, LIMIT):
                    profile = desk.customers.profile(row.id, history=0)
                    known = profile.identities if profile else ()
                    if wanted and any(item.kind is address.kind and item.address == wanted for item in known):
                        return row
            return None

        self._context.tasks.read(owner, lambda row: self._create_or_open(form, row))

    def start_conversation(self, customer_id: Id, channel_id: Id, subject: str) -> None:
        """Begin a conversation and go to it."""
        desk = self._context.desk
        payload = CreateConversation(
            conversation_id=desk.ids.new(),
            customer_id=customer_id,
            channel_id=channel_id,
            subject=subject.strip(),
            assignee_id=desk.user_id,
        )
        self._context.tasks.write(
            lambda: desk.apply(payload),
            lambda _: self._context.navigator.open_conversation(payload.conversation_id),
        )

    def channels_to_start(self, profile: CustomerProfile) -> tuple[Channel, ...]:
        """The channels on which this customer can be written to first."""
        return startable(self._context.desk.directory.channels(), profile.identities)

    def _create_or_open(self, form: CustomerForm, owner: CustomerRow | None) -> None:
        if owner is None:
            self._create(form)
            return

        def answered(choice: int | None) -> None:
            if choice == 0:
                self.created.emit(owner.id)
            elif choice == 1:
                self._create(form)

        self._context.prompts.choose(
            "Customer exists already",
            f"{owner.name} has this address already. An address can belong to one customer only.",
            (f"Open {owner.name}", "Add without this address"),
            answered,
        )

    def _create(self, form: CustomerForm) -> None:
        desk = self._context.desk
        payload = creation(desk.ids.new(), form)

        def done(applied: Applied) -> None:
            self._context.navigator.notify("Customer added.", applied)
            self.created.emit(payload.customer_id)

        self._context.tasks.write(lambda: desk.apply(payload), done)

    def _read(self) -> None:
        customers, query = self._context.desk.customers, self._query
        self._context.tasks.read(lambda: customers.find(query, LIMIT), self._take, key=self)

    def _take(self, rows: list[CustomerRow]) -> None:
        if tuple(rows) != self._rows:
            self._rows = tuple(rows)
            self.rows_changed.emit()

    def _on_changes(self, change_set: ChangeSet) -> None:
        if change_set.bulk or any(change.entity in (Customer, Identity) for change in change_set.changes):
            self._read()


def startable(channels: Sequence[Channel], identities: Sequence[Identity]) -> tuple[Channel, ...]:
    """The channels that may write first and that one of these addresses is reached by."""
    kinds = {identity.kind for identity in identities}
    return tuple(
        channel
        for channel in channels
        if LIMITS[channel.kind].may_start
        and LIMITS[channel.kind].maximum_length
        and kinds.intersection(reached_by(channel.kind))
    )
