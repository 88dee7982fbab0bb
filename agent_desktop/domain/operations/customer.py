"""Operations on customers: create, edit, merge and take apart again."""

from dataclasses import dataclass, replace
from typing import TypeVar

from agent_desktop.domain.clock import EPOCH
from agent_desktop.domain.customer import (
    Customer,
    Detail,
    Identity,
    Organization,
    normalise_address,
    survivor_of,
)
from agent_desktop.domain.errors import Reason, Rejected
from agent_desktop.domain.ids import Id, derived_id
from agent_desktop.domain.operations.base import Context, OperationKind, need
from agent_desktop.domain.permissions import Permission
from agent_desktop.domain.rows import Rows
from agent_desktop.domain.workspace import ChannelKind

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """An address of a customer on a kind of channel, as it was written."""

    kind: ChannelKind
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateCustomer:
    """Add a customer with addresses. An address that somebody has already stays with its owner."""

    customer_id: Id
    name: str
    addresses: tuple[Address, ...] = ()
    organization: str = ""
    tier: str = ""
    language: str = ""
    location: str = ""
    time_zone: str = ""
    note: str = ""
    details: tuple[Detail, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EditCustomer:
    """Change what is known about a customer. None leaves a field as it is: name only what was edited, so that what
    a colleague changes elsewhere at the same time stays.
    """

    customer_id: Id
    name: str | None = None
    organization: str | None = None
    tier: str | None = None
    language: str | None = None
    location: str | None = None
    time_zone: str | None = None
    note: str | None = None
    details: tuple[Detail, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AddIdentity:
    """Note one more address of a customer."""

    customer_id: Id
    address: Address


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveIdentity:
    """Forget an address of a customer."""

    customer_id: Id
    address: Address


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeCustomers:
    """Treat `merged_id` as the same person as `customer_id`, who survives."""

    customer_id: Id
    merged_id: Id


@dataclass(frozen=True, slots=True, kw_only=True)
class UnmergeCustomer:
    """Take a merged customer apart again."""

    customer_id: Id
    merged_id: Id


def identity_id(kind: ChannelKind, address: str) -> Id:
    """The id of an address: the same for everybody who writes it down."""
    return derived_id(EPOCH, "identity", kind.value, normalise_address(kind, address))


def customer_of(rows: Rows, kind: ChannelKind, address: str) -> Customer | None:
    """Who has this address, after merges; None when nobody has."""
    identity = rows.get(Identity, identity_id(kind, address))
    return survivor_of(rows, identity.customer_id) if identity else None


def organization_id(name: str) -> Id:
    """The id of an organization by its name."""
    return derived_id(EPOCH, "organization", name.strip().casefold())


def _organization(rows: Rows, name: str) -> Id | None:
    if not name.strip():
        return None
    row_id = organization_id(name)
    if rows.get(Organization, row_id) is None:
        rows.put(Organization(id=row_id, name=name.strip()))
    return row_id


def _put_identity(rows: Rows, customer_id: Id, address: Address) -> None:
    row_id = identity_id(address.kind, address.address)
    if address.address.strip() and rows.get(Identity, row_id) is None:
        rows.put(
            Identity(
                id=row_id,
                customer_id=customer_id,
                kind=address.kind,
                address=normalise_address(address.kind, address.address),
                display=address.address.strip(),
            )
        )


def _create(rows: Rows, payload: CreateCustomer, context: Context) -> None:
    if rows.get(Customer, payload.customer_id) is not None:
        raise Rejected(Reason.EXISTS, "customer")
    rows.put(
        Customer(
            id=payload.customer_id,
            name=payload.name.strip() or "Unknown customer",
            created_at=context.at,
            organization_id=_organization(rows, payload.organization),
            tier=payload.tier,
            language=payload.language,
            location=payload.location,
            time_zone=payload.time_zone,
            note=payload.note,
            details=payload.details,
        )
    )
    for address in payload.addresses:
        _put_identity(rows, payload.customer_id, address)


def _edit(rows: Rows, payload: EditCustomer, context: Context) -> None:
    customer = need(rows, Customer, payload.customer_id)
    name = customer.name if payload.name is None else payload.name.strip()
    if not name:
        raise Rejected(Reason.INVALID, "empty name")
    organization = payload.organization
    rows.put(
        replace(
            customer,
            name=name,
            organization_id=customer.organization_id
            if organization is None
            else _organization(rows, organization),
            tier=_given(payload.tier, customer.tier),
            language=_given(payload.language, customer.language),
            location=_given(payload.location, customer.location),
            time_zone=_given(payload.time_zone, customer.time_zone),
            note=_given(payload.note, customer.note),
            details=_given(payload.details, customer.details),
        )
    )


def _given(value: T | None, present: T) -> T:
    return present if value is None else value


def _inverse_edit(rows: Rows, payload: EditCustomer, context: Context) -> tuple[EditCustomer, ...] | None:
    before = rows.get(Customer, payload.customer_id)
    if before is None:
        return None
    organization = rows.get(Organization, before.organization_id) if before.organization_id else None
    return (
        EditCustomer(
            customer_id=before.id,
            name=_before(payload.name, before.name),
            organization=_before(payload.organization, organization.name if organization else ""),
            tier=_before(payload.tier, before.tier),
            language=_before(payload.language, before.language),
            location=_before(payload.location, before.location),
            time_zone=_before(payload.time_zone, before.time_zone),
            note=_before(payload.note, before.note),
            details=_before(payload.details, before.details),
        ),
    )


def _before(edited: T | None, present: T) -> T | None:
    return None if edited is None else present


def _add_identity(rows: Rows, payload: AddIdentity, context: Context) -> None:
    need(rows, Customer, payload.customer_id)
    owner = customer_of(rows, payload.address.kind, payload.address.address)
    if owner is not None and owner.id != payload.customer_id:
        raise Rejected(Reason.TAKEN, "address of another customer")
    _put_identity(rows, payload.customer_id, payload.address)


def _inverse_add(rows: Rows, payload: AddIdentity, context: Context) -> tuple[RemoveIdentity, ...]:
    address = payload.address
    if rows.get(Identity, identity_id(address.kind, address.address)) is not None:
        return ()
    return (RemoveIdentity(customer_id=payload.customer_id, address=address),)


def _remove_identity(rows: Rows, payload: RemoveIdentity, context: Context) -> None:
    row_id = identity_id(payload.address.kind, payload.address.address)
    identity = rows.get(Identity, row_id)
    if identity is not None and identity.customer_id == payload.customer_id:
        rows.delete(Identity, row_id)


def _inverse_remove(rows: Rows, payload: RemoveIdentity, context: Context) -> tuple[AddIdentity, ...]:
    identity = rows.get(Identity, identity_id(payload.address.kind, payload.address.address))
    if identity is None or identity.customer_id != payload.customer_id:
        return ()
    address = Address(kind=identity.kind, address=identity.display or identity.address)
    return (AddIdentity(customer_id=payload.customer_id, address=address),)


def _merge(rows: Rows, payload: MergeCustomers, context: Context) -> None:
    survivor = need(rows, Customer, payload.customer_id)
    merged = need(rows, Customer, payload.merged_id)
    if survivor.id == merged.id or survivor.merged_into is not None or merged.merged_into is not None:
        raise Rejected(Reason.INVALID, "merged already")
    rows.put(replace(merged, merged_into=survivor.id))


def _unmerge(rows: Rows, payload: UnmergeCustomer, context: Context) -> None:
    merged = need(rows, Customer, payload.merged_id)
    if merged.merged_into == payload.customer_id:
        rows.put(replace(merged, merged_into=None))


def _inverse_unmerge(rows: Rows, payload: UnmergeCustomer, context: Context) -> tuple[MergeCustomers, ...]:
    merged = rows.get(Customer, payload.merged_id)
    if merged is None or merged.merged_into != payload.customer_id:
        return ()
    return (MergeCustomers(customer_id=payload.customer_id, merged_id=payload.merged_id),)


CREATE_CUSTOMER = OperationKind(
    name="customer.create",
    permission=Permission.CUSTOMER_EDIT,
    title="New customer",
    payload=CreateCustomer,
    apply=_create,
    about=lambda payload: payload.customer_id,
)
EDIT_CUSTOMER = OperationKind(
    name="customer.edit",
    permission=Permission.CUSTOMER_EDIT,
    title="Edit customer",
    payload=EditCustomer,
    apply=_edit,
    inverse=_inverse_edit,
    about=lambda payload: payload.customer_id,
)
ADD_IDENTITY = OperationKind(
    name="customer.add_identity",
    permission=Permission.CUSTOMER_EDIT,
    title="Add address",
    payload=AddIdentity,
    apply=_add_identity,
    inverse=_inverse_add,
    about=lambda payload: payload.customer_id,
)
REMOVE_IDENTITY = OperationKind(
    name="customer.remove_identity",
    permission=Permission.CUSTOMER_EDIT,
    title="Remove address",
    payload=RemoveIdentity,
    apply=_remove_identity,
    inverse=_inverse_remove,
    about=lambda payload: payload.customer_id,
)
MERGE_CUSTOMERS = OperationKind(
    name="customer.merge",
    permission=Permission.CUSTOMER_MERGE,
    title="Merge customers",
    payload=MergeCustomers,
    apply=_merge,
    inverse=lambda rows, payload, context: (
        UnmergeCustomer(customer_id=payload.customer_id, merged_id=payload.merged_id),
    ),
    about=lambda payload: payload.customer_id,
)
UNMERGE_CUSTOMER = OperationKind(
    name="customer.unmerge",
    permission=Permission.CUSTOMER_MERGE,
    title="Separate customers",
    payload=UnmergeCustomer,
    apply=_unmerge,
    inverse=_inverse_unmerge,
    about=lambda payload: payload.customer_id,
)
KINDS = (CREATE_CUSTOMER, EDIT_CUSTOMER, ADD_IDENTITY, REMOVE_IDENTITY, MERGE_CUSTOMERS, UNMERGE_CUSTOMER)
