"""Turns contacts from any source into customers, each of them once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from agent_desktop.domain.clock import EPOCH
from agent_desktop.domain.customer import Customer, Detail, normalise_address
from agent_desktop.domain.ids import Id, derived_id
from agent_desktop.domain.operations.customer import AddIdentity, Address, CreateCustomer, identity_id
from agent_desktop.domain.records import Record
from agent_desktop.domain.workspace import ChannelKind
from agent_desktop.services.importing.columns import FIELDS, meaning_of
from agent_desktop.services.importing.known import Known
from agent_desktop.services.importing.records import Json, text_of
from agent_desktop.services.outside_text import clean, one_line

UNKNOWN_NAME = "Unknown customer"
MOST_DETAILS, MOST_ADDRESSES = 40, 20
_ADDRESS_FIELDS = {
    "email": ChannelKind.EMAIL,
    "phone": ChannelKind.PHONE,
    "whatsapp": ChannelKind.WHATSAPP,
    "social": ChannelKind.SOCIAL,
}
_HEXADECIMAL = set("0123456789abcdef")


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """What a source says about a customer. `key` tells them apart where there is no address."""

    key: str
    name: str = ""
    addresses: tuple[Address, ...] = ()
    organization: str = ""
    tier: str = ""
    language: str = ""
    location: str = ""
    time_zone: str = ""
    note: str = ""
    details: tuple[Detail, ...] = field(default=())
    own_id: Id | None = None


@dataclass(frozen=True, slots=True)
class Resolved:
    """The customer that a contact is, with what has to be done first. `is_new` when nobody had the addresses."""

    customer_id: Id
    payloads: tuple[Record, ...]
    is_new: bool


def is_our_id(text: str) -> bool:
    """Whether a text is an id as we make them: from an export of this program."""
    return len(text) == 32 and set(text) <= _HEXADECIMAL


def resolve(contact: Contact, known: Known) -> Resolved:
    """Who a contact is: the owner of one of the addresses, or somebody new with an id that follows from them."""
    owners = [known.customer_of(address.kind, address.address) for address in contact.addresses]
    owner = next((found for found in owners if found is not None), None)
    if owner is None and contact.own_id is not None and known.has(Customer, contact.own_id):
        owner = contact.own_id
    free = [address for address, found in zip(contact.addresses, owners, strict=True) if found is None]
    if owner is not None:
        for address in free:
            known.expect(identity_id(address.kind, address.address), owner)
        added = tuple(AddIdentity(customer_id=owner, address=address) for address in free)
        return Resolved(owner, added, False)
    customer_id = contact.own_id or _derived(contact)
    if known.has(Customer, customer_id):
        return Resolved(customer_id, (), False)
    known.expect(customer_id)
    for address in free:
        known.expect(identity_id(address.kind, address.address), customer_id)
    create = CreateCustomer(
        customer_id=customer_id,
        name=contact.name or (contact.addresses[0].address if contact.addresses else UNKNOWN_NAME),
        addresses=contact.addresses,
        organization=contact.organization,
        tier=contact.tier,
        language=contact.language,
        location=contact.location,
        time_zone=contact.time_zone,
        note=contact.note,
        details=contact.details,
    )
    return Resolved(customer_id, (create,), True)


def _derived(contact: Contact) -> Id:
    if contact.addresses:
        first = contact.addresses[0]
        return derived_id(
            EPOCH, "import", "customer", first.kind.value, normalise_address(first.kind, first.address)
        )
    return derived_id(EPOCH, "import", "customer", contact.key)


def contact_of_row(row: Mapping[str, str], key: str) -> Contact | None:
    """The contact in a row of a table; None when it has neither a name nor an address."""
    cells = {name: clean(value) for name, value in row.items()}
    name = cells.get("name") or f"{cells.get('first_name', '')} {cells.get('last_name', '')}".strip()
    addresses = tuple(
        Address(kind=kind, address=one_line(cells[column], 320))
        for column, kind in _ADDRESS_FIELDS.items()
        if one_line(cells.get(column, ""), 320)
    )
    if not name and not addresses:
        return None
    details = [
        Detail(label=one_line(heading, 60), value=one_line(value))
        for heading, value in cells.items()
        if heading not in FIELDS and heading.strip()
    ]
    return Contact(
        key=key,
        name=one_line(name, 200),
        addresses=addresses,
        organization=one_line(cells.get("organization", ""), 200),
        tier=one_line(cells.get("tier", ""), 60),
        language=one_line(cells.get("language", ""), 60),
        location=one_line(cells.get("location", ""), 200),
        time_zone=one_line(cells.get("time_zone", ""), 60),
        note=cells.get("note", ""),
        details=tuple(details[:MOST_DETAILS]),
    )


def contact_of_record(record: Json, key: str) -> Contact | None:
    """The contact in a JSON record: our own form, or one with names of its own; None when there is nobody in it."""
    identities = _identities(record)
    row: dict[str, str] = {}
    for name, value in record.items():
        if name in ("type", "identities", "details", "events", "messages"):
            continue
        if isinstance(value, dict) and meaning_of(name) == "name":
            row["first_name"] = text_of(value, "first_name", "first", "given_name")
            row["last_name"] = text_of(value, "last_name", "last", "family_name")
        elif isinstance(value, dict) and name == "address":
            row["location"] = text_of(value, "city", "town")
        elif isinstance(value, (str, int, float)) and not isinstance(value, bool):
            row.setdefault(meaning_of(name) or name, str(value))
    own_id = text_of(record, "id")
    contact = contact_of_row(row, key)
    if contact is None and not identities:
        return None
    base = contact or Contact(key=key)
    seen = {(address.kind, normalise_address(address.kind, address.address)) for address in identities}
    others = [
        address
        for address in base.addresses
        if (address.kind, normalise_address(address.kind, address.address)) not in seen
    ]
    return Contact(
        key=f"id {own_id}" if own_id else key,
        name=base.name,
        addresses=(*identities, *others)[:MOST_ADDRESSES],
        organization=base.organization,
        tier=base.tier,
        language=base.language,
        location=base.location,
        time_zone=base.time_zone,
        note=base.note,
        details=(*_details(record), *base.details)[:MOST_DETAILS],
        own_id=own_id if is_our_id(own_id) else None,
    )


def _identities(record: Json) -> tuple[Address, ...]:
    found: list[Address] = []
    listed: Any = record.get("identities")
    for item in listed if isinstance(listed, list) else ():
        if isinstance(item, dict):
            kind, address = (
                text_of(item, "kind", "channel"),
                one_line(text_of(item, "address", "display"), 320),
            )
            if address and kind in set(ChannelKind):
                found.append(Address(kind=ChannelKind(kind), address=address))
    return tuple(found[:MOST_ADDRESSES])


def _details(record: Json) -> tuple[Detail, ...]:
    listed = record.get("details")
    return tuple(
        Detail(label=one_line(text_of(item, "label"), 60), value=one_line(text_of(item, "value")))
        for item in (listed if isinstance(listed, list) else ())
        if isinstance(item, dict) and text_of(item, "label")
    )
