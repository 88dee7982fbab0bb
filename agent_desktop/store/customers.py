"""Queries about customers: addresses, history over all channels, look-alikes."""

import json
from collections.abc import Sequence

from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.customer import Customer, Identity
from agent_desktop.domain.ids import Id
from agent_desktop.domain.operations.customer import identity_id
from agent_desktop.domain.workspace import ChannelKind
from agent_desktop.store.database import Database
from agent_desktop.store.merging import family_of
from agent_desktop.store.schema import LISTED, WORKED_ON, ReplicaSchema
from agent_desktop.store.search import NAMED, named_so, prefix_match

_OF_CUSTOMERS = "customer_id IN (SELECT value FROM json_each(?))"
_LISTED_OF = f"{LISTED} AND {_OF_CUSTOMERS}"


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
        sql = f"{self._identity.select_all_sql} WHERE {_OF_CUSTOMERS} ORDER BY kind, address"
        return [self._identity.row(row) for row in self._database.query(sql, (json.dumps(customer_ids),))]

    def history(self, customer_ids: list[Id], limit: int) -> list[Conversation]:
        """Conversations of these customers, the newest first."""
        sql = f"{self._conversation.select_all_sql} WHERE {_LISTED_OF} ORDER BY last_message_at DESC LIMIT ?"
        found = self._database.query(sql, (json.dumps(customer_ids), limit))
        return [self._conversation.row(row) for row in found]

    def counts(self, customer_ids: list[Id]) -> tuple[int, int]:
        """How many conversations, and how many of them are active."""
        sql = f"SELECT count(*), count(*) FILTER (WHERE {WORKED_ON}) FROM conversation WHERE {_LISTED_OF}"  # noqa: S608 - from code
        ((total, open_count),) = self._database.query(sql, (json.dumps(customer_ids),))
        return total, open_count

    def find(self, text: str, limit: int) -> list[Customer]:
        """Customers whose name or address begins with these words, also those of somebody who was merged into them;
        all by name when there are none.
        """
        match = prefix_match(text)
        if not match:
            sql = f"{self._customers} WHERE merged_into IS NULL ORDER BY name LIMIT ?"
            return [self._customer.row(row) for row in self._database.query(sql, (limit,))]
        sql = f"{NAMED} {self._customers} WHERE id IN (SELECT id FROM upward) AND merged_into IS NULL LIMIT ?"  # noqa: S608 - from code
        with self._database.snapshot() as connection:
            rows = connection.execute(sql, (*named_so(connection, match), limit))
            found = [self._customer.row(row) for row in rows]
        return sorted(found, key=lambda customer: customer.name.casefold())

    def namesakes(self, customer: Customer, limit: int) -> list[Customer]:
        """Other customers of exactly this name."""
        sql = f"{self._customers} WHERE name = ? AND id != ? AND merged_into IS NULL LIMIT ?"
        return [
            self._customer.row(row) for row in self._database.query(sql, (customer.name, customer.id, limit))
        ]

    def addressed(self, kinds: Sequence[ChannelKind], addresses: Sequence[str]) -> list[Identity]:
        """The addresses of any of these kinds that are one of `addresses`, in the order of the latter.

        The id of an address follows from it, and ids are what the table is indexed by.
        """
        ids = [identity_id(kind, address) for address in addresses for kind in kinds]
        sql = f"{self._identity.select_all_sql} WHERE id IN (SELECT value FROM json_each(?))"  # noqa: S608 - from code
        found = [self._identity.row(row) for row in self._database.query(sql, (json.dumps(ids),))]
        return sorted(found, key=lambda identity: addresses.index(identity.address))
