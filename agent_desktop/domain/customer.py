"""Who writes to us: customers, the addresses they are known by, and their organizations."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from agent_desktop.domain.ids import Id
from agent_desktop.domain.merging import MERGE_HOPS as MERGE_HOPS
from agent_desktop.domain.phone import NUMBER_KINDS
from agent_desktop.domain.rows import PEOPLE_SCOPE, Entity, Rows
from agent_desktop.domain.workspace import ChannelKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization(Entity):
    """A company or household that customers belong to."""

    table: ClassVar[str] = "organization"

    scope: str = PEOPLE_SCOPE
    name: str
    domains: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """One labelled fact about a customer, such as ("Last order", "10-55821")."""

    label: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer(Entity):
    """A person (or account) who is served.

    A merged customer keeps its own rows and points to the survivor by `merged_into`, so that a merge can be undone.
    Of one that was erased on request only the row is left, so that figures stay right: see `erasing`.
    """

    table: ClassVar[str] = "customer"

    scope: str = PEOPLE_SCOPE
    name: str
    created_at: datetime
    organization_id: Id | None = None
    tier: str = ""
    language: str = ""
    location: str = ""
    time_zone: str = ""
    note: str = ""
    details: tuple[Detail, ...] = ()
    merged_into: Id | None = None
    erased_at: datetime | None = None

    @property
    def first_name(self) -> str:
        """The given name in "Anna Berg" and "Berg, Anna", or "" when the name looks like an address or handle."""
        family, comma, given = self.name.partition(",")
        words = given.split() or family.split() if comma else self.name.split()
        return words[0] if words and words[0][0].isalpha() and "@" not in words[0] else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity(Entity):
    """An address of a customer on a kind of channel. `address` is normalised, `display` is as it was written."""

    table: ClassVar[str] = "identity"

    scope: str = PEOPLE_SCOPE
    customer_id: Id
    kind: ChannelKind
    address: str
    display: str = ""


def normalise_address(kind: ChannelKind, address: str) -> str:
    """The form in which addresses are compared: e-mail case-folded, phone numbers as + and digits."""
    text = address.strip()
    if kind is ChannelKind.EMAIL:
        return text.casefold()
    if kind in NUMBER_KINDS:
        digits = re.sub(r"\D", "", text)
        if digits and text.startswith("+"):
            return f"+{digits}"
        return f"+{digits[2:]}" if re.match("00.", digits) else digits or text.casefold()
    return text.casefold()


def survivor_of(rows: Rows, customer_id: Id) -> Customer | None:
    """The customer that this id stands for after merges; None when there is none."""
    customer = rows.get(Customer, customer_id)
    for _ in range(MERGE_HOPS):
        if customer is None or customer.merged_into is None:
            return customer
        customer = rows.get(Customer, customer.merged_into)
    return customer
