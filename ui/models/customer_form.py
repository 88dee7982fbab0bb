"""What a person types about a customer: what is wrong with it, and which operations carry it out. Free of Qt."""

from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from agent_desktop.domain.customer import Customer, Detail, Identity, normalise_address
from agent_desktop.domain.ids import Id
from agent_desktop.domain.operations.customer import (
    AddIdentity,
    Address,
    CreateCustomer,
    EditCustomer,
    RemoveIdentity,
)
from agent_desktop.domain.records import Record
from agent_desktop.domain.workspace import ChannelKind

_SHORTEST_NUMBER = 3
_NUMBERS = (ChannelKind.PHONE, ChannelKind.SMS, ChannelKind.WHATSAPP)


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerForm:
    """Everything that can be edited about a customer."""

    name: str = ""
    organization: str = ""
    tier: str = ""
    language: str = ""
    location: str = ""
    time_zone: str = ""
    note: str = ""
    details: tuple[Detail, ...] = ()
    addresses: tuple[Address, ...] = ()


def form_of(customer: Customer, organization: str, identities: Iterable[Identity]) -> CustomerForm:
    """The form filled with what is known."""
    return CustomerForm(
        name=customer.name,
        organization=organization,
        tier=customer.tier,
        language=customer.language,
        location=customer.location,
        time_zone=customer.time_zone,
        note=customer.note,
        details=customer.details,
        addresses=tuple(
            Address(kind=identity.kind, address=identity.display or identity.address)
            for identity in identities
            if identity.customer_id == customer.id
        ),
    )


def problem_of(form: CustomerForm) -> str:
    """What is wrong with a form, in one sentence, or ""."""
    if not form.name.strip():
        return "Give the customer a name."
    if form.time_zone.strip() and not _is_zone(form.time_zone.strip()):
        return f"“{form.time_zone.strip()}” is not a time zone. They look like “Europe/Ljubljana”."
    for address in form.addresses:
        text = address.address.strip()
        if address.kind is ChannelKind.EMAIL and text and not _is_mail(text):
            return f"“{text}” is not an email address."
        if address.kind in _NUMBERS and text and sum(map(str.isdigit, text)) < _SHORTEST_NUMBER:
            return f"“{text}” is not a telephone number."
    return ""


def changes(customer_id: Id, before: CustomerForm, after: CustomerForm) -> tuple[Record, ...]:
    """The operations that turn one form into the other, as edited by a person; none when nothing differs."""
    payloads: list[Record] = []
    edited = _edited(customer_id, before, after)
    if edited != EditCustomer(customer_id=customer_id):
        payloads.append(edited)
    known, wanted = _by_key(before.addresses), _by_key(after.addresses)
    payloads += [
        RemoveIdentity(customer_id=customer_id, address=address)
        for key, address in known.items()
        if key not in wanted
    ]
    payloads += [
        AddIdentity(customer_id=customer_id, address=address)
        for key, address in wanted.items()
        if key not in known
    ]
    return tuple(payloads)


def creation(customer_id: Id, form: CustomerForm) -> CreateCustomer:
    """The operation that adds the customer of a form."""
    return CreateCustomer(
        customer_id=customer_id,
        name=form.name.strip(),
        addresses=tuple(_by_key(form.addresses).values()),
        organization=form.organization.strip(),
        tier=form.tier.strip(),
        language=form.language.strip(),
        location=form.location.strip(),
        time_zone=form.time_zone.strip(),
        note=form.note.strip(),
        details=_kept(form.details),
    )


def _edited(customer_id: Id, before: CustomerForm, after: CustomerForm) -> EditCustomer:
    """Names only what differs: what a colleague changes elsewhere meanwhile stays."""
    old_details, new_details = _kept(before.details), _kept(after.details)
    return EditCustomer(
        customer_id=customer_id,
        name=_new(before.name, after.name),
        organization=_new(before.organization, after.organization),
        tier=_new(before.tier, after.tier),
        language=_new(before.language, after.language),
        location=_new(before.location, after.location),
        time_zone=_new(before.time_zone, after.time_zone),
        note=_new(before.note, after.note),
        details=None if new_details == old_details else new_details,
    )


def _new(before: str, after: str) -> str | None:
    return None if after.strip() == before.strip() else after.strip()


def _kept(details: Iterable[Detail]) -> tuple[Detail, ...]:
    """Details that say something; one without a label has nothing to stand beside."""
    trimmed = (Detail(label=detail.label.strip(), value=detail.value.strip()) for detail in details)
    return tuple(detail for detail in trimmed if detail.label and detail.value)


def _by_key(addresses: Iterable[Address]) -> dict[tuple[ChannelKind, str], Address]:
    """Addresses by what makes them the same; the first way to write one wins, empty ones are left out."""
    found: dict[tuple[ChannelKind, str], Address] = {}
    for address in addresses:
        text = address.address.strip()
        if text:
            key = (address.kind, normalise_address(address.kind, text))
            found.setdefault(key, Address(kind=address.kind, address=text))
    return found


def _is_mail(text: str) -> bool:
    local, at, domain = text.rpartition("@")
    return bool(local and at and domain) and not any(letter.isspace() for letter in text)


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
