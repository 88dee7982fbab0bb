"""What is there already: in the replica, or in what this import is about to add."""

from collections.abc import Collection

from agent_desktop.domain.customer import MERGE_HOPS, Customer, Identity
from agent_desktop.domain.ids import Id
from agent_desktop.domain.operations.customer import identity_id
from agent_desktop.domain.rows import E, Entity
from agent_desktop.domain.workspace import ChannelKind
from agent_desktop.store.lookups import Lookups


class Known:
    """Rows that are there, and ids that will be."""

    def __init__(self, lookups: Lookups) -> None:
        self._lookups = lookups
        self._coming: dict[Id, Id] = {}

    def get(self, entity: type[E], row_id: Id) -> E | None:
        """A row that is there."""
        return self._lookups.get(entity, row_id)

    def has(self, entity: type[Entity], row_id: Id) -> bool:
        """Whether a row is there or coming."""
        return row_id in self._coming or bool(self._lookups.known(entity, (row_id,)))

    def those_of(self, entity: type[Entity], ids: Collection[Id]) -> set[Id]:
        """Which of these ids are there or coming."""
        coming = {row_id for row_id in ids if row_id in self._coming}
        asked = [row_id for row_id in ids if row_id not in coming]
        return coming | (self._lookups.known(entity, asked) if asked else set())

    def customer_of(self, kind: ChannelKind, address: str) -> Id | None:
        """Who has an address, after merges."""
        row_id = identity_id(kind, address)
        if row_id in self._coming:
            return self._coming[row_id]
        identity = self._lookups.get(Identity, row_id)
        if identity is None:
            return None
        customer = self._lookups.get(Customer, identity.customer_id)
        for _ in range(MERGE_HOPS):
            if customer is None or customer.merged_into is None:
                break
            customer = self._lookups.get(Customer, customer.merged_into)
        return customer.id if customer else None

    def expect(self, row_id: Id, owner: Id = "") -> None:
        """Note that a row is coming; for an identity, with its customer."""
        self._coming[row_id] = owner

    def arrived(self) -> None:
        """What was coming can be found in the replica from now on."""
        self._coming.clear()
