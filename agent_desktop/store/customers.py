"""Queries about customers: addresses, history over all channels, look-alikes."""

from sqlalchemy import case, func, select

from agent_desktop.domain.conversation import ACTIVE, Conversation
from agent_desktop.domain.customer import Customer, Identity
from agent_desktop.domain.ids import Id
from agent_desktop.store.database import Database
from agent_desktop.store.merging import family_of
from agent_desktop.store.schema import ReplicaSchema
from agent_desktop.store.search import NAMED, prefix_match


class CustomerQueries:
    """Reads of customers."""

    def __init__(self, database: Database, schema: ReplicaSchema) -> None:
        self._database = database
        self._customer = schema.tables[Customer]
        self._identity = schema.tables[Identity]
        self._conversation = schema.tables[Conversation]
        self._customers = self._customer.select_all_sql

    def family(self, customer_id: Id) -> list[Customer]:
        """The customer and everybody merged into them, and into those."""
        sql = f"{family_of('SELECT ?')} {self._customers} WHERE id IN (SELECT id FROM family)"  # noqa: S608 - from code
        return [self._customer.row(row) for row in self._database.query(sql, (customer_id,))]

    def identities(self, customer_ids: list[Id]) -> list[Identity]:
        """All addresses of these customers."""
        c = self._identity.table.c
        statement = (
            select(*self._identity.fields).where(c.customer_id.in_(customer_ids)).order_by(c.kind, c.address)
        )
        with self._database.read() as connection:
            return [self._identity.row(row) for row in connection.execute(statement)]

    def history(self, customer_ids: list[Id], limit: int) -> list[Conversation]:
        """Conversations of these customers, the newest first."""
        c = self._conversation.table.c
        statement = (
            select(*self._conversation.fields)
            .where(c.customer_id.in_(customer_ids))
            .order_by(c.last_message_at.desc())
            .limit(limit)
        )
        with self._database.read() as connection:
            return [self._conversation.row(row) for row in connection.execute(statement)]

    def counts(self, customer_ids: list[Id]) -> tuple[int, int]:
        """How many conversations, and how many of them are active."""
        c = self._conversation.table.c
        active = [status.value for status in ACTIVE]
        statement = select(func.count(), func.sum(case((c.status.in_(active), 1), else_=0))).where(
            c.customer_id.in_(customer_ids)
        )
        with self._database.read() as connection:
            total, open_count = connection.execute(statement).one()
        return total, open_count or 0

    def find(self, text: str, limit: int) -> list[Customer]:
        """Customers whose name or address begins with these words, also those of somebody who was merged into them;
        all by name when there are none.
        """
        match = prefix_match(text)
        if not match:
            sql = f"{self._customers} WHERE merged_into IS NULL ORDER BY name LIMIT ?"
            return [self._customer.row(row) for row in self._database.query(sql, (limit,))]
        sql = (
            f"{family_of(NAMED)} {self._customers}"  # noqa: S608 - from code
            " WHERE id IN (SELECT id FROM upward) AND merged_into IS NULL LIMIT ?"
        )
        found = [self._customer.row(row) for row in self._database.query(sql, (match, match, limit))]
        return sorted(found, key=lambda customer: customer.name.casefold())

    def namesakes(self, customer: Customer, limit: int) -> list[Customer]:
        """Other customers of exactly this name."""
        c = self._customer.table.c
        statement = (
            select(*self._customer.fields)
            .where(c.name == customer.name, c.id != customer.id, c.merged_into.is_(None))
            .limit(limit)
        )
        with self._database.read() as connection:
            return [self._customer.row(row) for row in connection.execute(statement)]

    def same_digits(self, digits: str, limit: int) -> list[Id]:
        """Customers with an address that ends with these digits of a phone number."""
        c = self._identity.table.c
        statement = select(c.customer_id).where(c.address.in_([f"+{digits}", digits])).limit(limit)
        with self._database.read() as connection:
            return list(connection.execute(statement).scalars())
