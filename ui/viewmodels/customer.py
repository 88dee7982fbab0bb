"""The customer of a conversation: who they are, what they had with us, and who may be the same person."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from agent_desktop.domain.changes import ChangeSet
from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.customer import Customer, Identity, Organization
from agent_desktop.domain.errors import Reason, Rejected
from agent_desktop.domain.ids import Id
from agent_desktop.domain.operations.customer import MergeCustomers, UnmergeCustomer
from agent_desktop.services.apply import Applied
from agent_desktop.services.customers import CustomerProfile, SimilarCustomer
from ui.models.customer_form import CustomerForm, changes, form_of
from ui.tasks import Problem, sentence_of

if TYPE_CHECKING:
    from ui.context import UiContext

ADDRESS_TAKEN = "This address belongs to another customer. If they are the same person, merge the two."


@dataclass(frozen=True, slots=True)
class Known:
    """What is shown at once: the customer and those who may be the same person."""

    profile: CustomerProfile
    similar: tuple[SimilarCustomer, ...]


class CustomerViewModel(QObject):
    """Shows one customer, found directly or by a conversation, and follows every change to them.

    Signals:
        changed: something else is shown now; `known` is None while nobody is.
        arrived: what was asked for last is shown now, also where that is the same as before.
        compared: the shown customer and another one, both as `CustomerProfile`, to be held side by side.
    """

    changed = Signal()
    arrived = Signal()
    compared = Signal(object, object)

    def __init__(self, context: "UiContext", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._customer_id: Id | None = None
        self._conversation_id: Id | None = None
        self._known: Known | None = None
        context.changes.received.connect(self._on_changes)

    @property
    def known(self) -> Known | None:
        """What is shown."""
        return self._known

    @property
    def form(self) -> CustomerForm:
        """What can be edited, as it is now."""
        if self._known is None:
            return CustomerForm()
        profile = self._known.profile
        organization = profile.organization.name if profile.organization else ""
        return form_of(profile.customer, organization, profile.identities)

    def show_customer(self, customer_id: Id | None) -> None:
        """Show a customer, or nobody."""
        self._show(customer_id, None)

    def show_conversation(self, conversation_id: Id | None) -> None:
        """Show the customer of a conversation, or nobody."""
        self._show(None, conversation_id)

    def save(self, before: CustomerForm, after: CustomerForm) -> None:
        """Keep what was edited; `before` is the form as it was opened."""
        if self._known is None:
            return
        payloads = changes(self._known.profile.customer.id, before, after)
        if payloads:
            apply = self._context.desk.apply
            self._context.tasks.write(lambda: apply(*payloads), self._on_saved, self._on_refused)

    def compare(self, other_id: Id) -> None:
        """Read another customer to hold beside the shown one before a merge."""
        if self._known is None:
            return
        profile, customers = self._known.profile, self._context.desk.customers
        self._context.tasks.read(
            lambda: (profile, customers.profile(other_id)), self._take_other, key=(self, "other")
        )

    def merge(self, survivor_id: Id, merged_id: Id) -> None:
        """Treat two customers as one person, known by what is known of the survivor."""
        apply = self._context.desk.apply
        payload = MergeCustomers(customer_id=survivor_id, merged_id=merged_id)
        self._context.tasks.write(lambda: apply(payload), self._on_merged)

    def separate(self, merged_id: Id) -> None:
        """Take a customer that was merged into the shown one apart again."""
        if self._known is not None:
            apply = self._context.desk.apply
            payload = UnmergeCustomer(customer_id=self._known.profile.customer.id, merged_id=merged_id)
            self._context.tasks.write(lambda: apply(payload), self._on_separated)

    def _show(self, customer_id: Id | None, conversation_id: Id | None) -> None:
        if (customer_id, conversation_id) == (self._customer_id, self._conversation_id):
            self.arrived.emit()
            return
        self._customer_id, self._conversation_id = customer_id, conversation_id
        if customer_id is None and conversation_id is None:
            self._context.tasks.cancel(self)
            self._take(None)
        else:
            self._read()

    def _read(self) -> None:
        desk, customer_id, conversation_id = self._context.desk, self._customer_id, self._conversation_id

        def read() -> Known | None:
            wanted = customer_id
            if conversation_id is not None:
                card = desk.conversations.card(conversation_id)
                wanted = card.customer.id if card else None
            profile = desk.customers.profile(wanted) if wanted else None
            return Known(profile, tuple(desk.customers.similar(profile.customer.id))) if profile else None

        self._context.tasks.read(read, self._take, self._lose, key=self)

    def _take(self, known: Known | None) -> None:
        if known != self._known:
            self._known = known
            self.changed.emit()
        self.arrived.emit()

    def _lose(self, problem: Problem) -> None:
        self._take(None)
        self._context.tasks.problem.emit(problem)

    def _take_other(self, pair: tuple[CustomerProfile, CustomerProfile | None]) -> None:
        profile, other = pair
        if other is not None and other.customer.id != profile.customer.id:
            self.compared.emit(profile, other)

    def _on_changes(self, change_set: ChangeSet) -> None:
        if (self._customer_id or self._conversation_id) and (
            change_set.bulk or self._concerns_us(change_set)
        ):
            self._read()

    def _concerns_us(self, change_set: ChangeSet) -> bool:
        if self._known is None:
            return True
        profile = self._known.profile
        ids = {profile.customer.id, *(customer.id for customer in profile.merged)}
        for change in change_set.changes:
            if change.entity in (Customer, Identity, Organization):
                # Any other customer may have become, or ceased to be, a likeness of this one.
                return True
            if change.entity is Conversation and any(
                isinstance(row, Conversation) and row.customer_id in ids for row in (change.old, change.new)
            ):
                return True
        return False

    def _on_saved(self, applied: Applied) -> None:
        self._context.navigator.notify("Customer saved.", applied)

    def _on_merged(self, applied: Applied) -> None:
        self._context.navigator.notify("Customers merged. Their history is one now.", applied)

    def _on_separated(self, applied: Applied) -> None:
        self._context.navigator.notify("Customers separated.", applied)

    def _on_refused(self, problem: Problem) -> None:
        taken = isinstance(problem, Rejected) and problem.reason is Reason.TAKEN
        self._context.navigator.notify(ADDRESS_TAKEN if taken else sentence_of(problem))
