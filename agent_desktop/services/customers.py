"""Who a customer is: addresses, history over all channels, and who might be the same person."""

from dataclasses import dataclass
from datetime import datetime

from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.customer import Customer, Identity, Organization, survivor_of
from agent_desktop.domain.ids import Id
from agent_desktop.domain.phone import NUMBER_KINDS, forms_of
from agent_desktop.domain.workspace import ChannelKind
from agent_desktop.services.directory import Directory
from agent_desktop.store.customers import CustomerQueries
from agent_desktop.store.database import Database
from agent_desktop.store.rows import SqlRows
from agent_desktop.store.schema import ReplicaSchema


@dataclass(frozen=True, slots=True)
class HistoryItem:
    """One conversation in a customer's history."""

    conversation_id: Id
    number: int
    subject: str
    channel_kind: ChannelKind
    status: str
    last_message_at: datetime


@dataclass(frozen=True, slots=True)
class CustomerProfile:
    """Everything the customer pane shows. `merged` are customers that were merged into this one."""

    customer: Customer
    organization: Organization | None
    identities: tuple[Identity, ...]
    conversation_count: int
    open_count: int
    history: tuple[HistoryItem, ...]
    merged: tuple[Customer, ...]


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """One customer in a list."""

    id: Id
    name: str
    address: str
    tier: str
    location: str


@dataclass(frozen=True, slots=True)
class SimilarCustomer:
    """Somebody who may be the same person, and why."""

    customer: Customer
    evidence: str


class CustomerService:
    """Reads of customers."""

    def __init__(
        self, database: Database, schema: ReplicaSchema, queries: CustomerQueries, directory: Directory
    ) -> None:
        self._database = database
        self._schema = schema
        self._queries = queries
        self._directory = directory

    def profile(self, customer_id: Id, history: int = 50) -> CustomerProfile | None:
        """The customer (the survivor of merges) with addresses and history; None when there is none."""
        with self._database.read() as connection:
            rows = SqlRows(connection, self._schema.tables)
            customer = survivor_of(rows, customer_id)
            if customer is None:
                return None
            organization = (
                rows.get(Organization, customer.organization_id) if customer.organization_id else None
            )
        family = self._queries.family(customer.id)
        ids = [member.id for member in family]
        total, open_count = self._queries.counts(ids)
        return CustomerProfile(
            customer=customer,
            organization=organization,
            identities=tuple(self._queries.identities(ids)),
            conversation_count=total,
            open_count=open_count,
            history=tuple(self._history_item(item) for item in self._queries.history(ids, history)),
            merged=tuple(member for member in family if member.id != customer.id),
        )

    def _history_item(self, conversation: Conversation) -> HistoryItem:
        channel = self._directory.channel(conversation.channel_id)
        return HistoryItem(
            conversation_id=conversation.id,
            number=conversation.number,
            subject=conversation.subject,
            channel_kind=channel.kind if channel else ChannelKind.PORTAL,
            status=conversation.status.value,
            last_message_at=conversation.last_message_at,
        )

    def find(self, text: str, limit: int = 50) -> list[CustomerRow]:
        """Customers by the beginnings of name or address."""
        found = [customer for customer in self._queries.find(text, limit) if customer.merged_into is None]
        addresses: dict[Id, str] = {}
        for identity in self._queries.identities([customer.id for customer in found]):
            addresses.setdefault(identity.customer_id, identity.display or identity.address)
        return [
            CustomerRow(
                customer.id, customer.name, addresses.get(customer.id, ""), customer.tier, customer.location
            )
            for customer in found
        ]

    def mail_addresses(self, text: str, limit: int = 8) -> list[tuple[str, str]]:
        """Name and address of whom a mail may be for, by the beginnings of either: customers, then colleagues."""
        found = [customer for customer in self._queries.find(text, limit) if customer.merged_into is None]
        names = {customer.id: customer.name for customer in found}
        people = [
            (names[identity.customer_id], identity.display or identity.address)
            for identity in self._queries.identities(list(names))
            if identity.kind is ChannelKind.EMAIL
        ]
        wanted = text.casefold()
        people += [
            (user.name, user.email)
            for user in self._directory.users()
            if user.active and user.email and f" {user.name} {user.email}".casefold().find(f" {wanted}") >= 0
        ]
        return list(dict.fromkeys(people))[:limit]

    def similar(self, customer_id: Id, limit: int = 5) -> list[SimilarCustomer]:
        """Who might be the same person; never merged by guess, only suggested."""
        with self._database.read() as connection:
            rows = SqlRows(connection, self._schema.tables)
            customer = survivor_of(rows, customer_id)
            if customer is None:
                return []
            found: dict[Id, SimilarCustomer] = {}
            for identity in self._queries.identities([customer.id]):
                if identity.kind not in NUMBER_KINDS:
                    continue
                for alike in self._queries.addressed(NUMBER_KINDS, forms_of(identity.address)):
                    other = survivor_of(rows, alike.customer_id)
                    if other is not None and other.id != customer.id:
                        same = alike.address == identity.address
                        evidence = "Same phone number" if same else "Similar phone number"
                        found.setdefault(other.id, SimilarCustomer(other, evidence))
        for other in self._queries.namesakes(customer, limit):
            found.setdefault(other.id, SimilarCustomer(other, "Same name"))
        return list(found.values())[:limit]
