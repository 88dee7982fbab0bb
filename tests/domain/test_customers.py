"""Customers: names, addresses and who has them, merging and taking apart again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.domain.customer import Customer, Identity, Organization, normalise_address, survivor_of
from agent_desktop.domain.errors import Reason, Rejected
from agent_desktop.domain.operations.customer import (
    AddIdentity,
    Address,
    CreateCustomer,
    EditCustomer,
    MergeCustomers,
    UnmergeCustomer,
    customer_of,
)
from agent_desktop.domain.records import Record
from agent_desktop.domain.workspace import ChannelKind
from tests.factories import ANNA, make_customer
from tests.world import World

KARL, MIA = make_customer(), make_customer(name="Mia Roth")
KARLS = Address(kind=ChannelKind.EMAIL, address="KARL@example.com ")


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("Karl Lund", "Karl"),
        ("  Karl   Lund ", "Karl"),
        ("Karl", "Karl"),
        ("Lund, Karl", "Karl"),
        ("Lund,", "Lund"),
        ("Łukasz", "Łukasz"),
        ("李 雷", "李"),
        ("", ""),
        (" , ", ""),
        ("karl@example.com", ""),
        ("+49 30 1234", ""),
        ('"Karl" Lund', ""),
        ("12345", ""),
    ],
)
def test_first_name(name: str, first: str) -> None:
    assert make_customer(name=name).first_name == first


@pytest.mark.parametrize(
    ("kind", "written", "compared"),
    [
        (ChannelKind.EMAIL, " Karl@Example.COM ", "karl@example.com"),
        (ChannelKind.PHONE, "+49 (30) 12-34", "+49301234"),
        (ChannelKind.SMS, "0049 30 1234", "+49301234"),
        (ChannelKind.WHATSAPP, "030 1234", "0301234"),
        (ChannelKind.PHONE, "Anonymous", "anonymous"),
        (ChannelKind.PHONE, "(00) 49 30 1234", "+49301234"),
        (ChannelKind.PHONE, "0:0", "00"),
        (ChannelKind.PHONE, "+", "+"),
        (ChannelKind.SOCIAL, "@Karl", "@karl"),
    ],
)
def test_addresses_are_compared_in_one_form(kind: ChannelKind, written: str, compared: str) -> None:
    assert normalise_address(kind, written) == compared


@given(st.sampled_from(ChannelKind), st.text(max_size=20) | st.text("+0 :4", max_size=6))
def test_normalising_twice_is_normalising_once(kind: ChannelKind, address: str) -> None:
    once = normalise_address(kind, address)
    assert normalise_address(kind, once) == once


def refused(world: World, payload: Record) -> Reason:
    with pytest.raises(Rejected) as caught:
        world.do(payload, ANNA)
    return caught.value.reason


def test_a_new_customer_has_a_name_and_addresses_but_takes_none_from_others() -> None:
    world = World()
    own = Address(kind=ChannelKind.PHONE, address="+49 30 99")
    world.do(CreateCustomer(customer_id="new", name=" ", addresses=(KARLS, own), organization=" Acme "), ANNA)
    assert world.get(Customer, "new").name == "Unknown customer"
    assert world.rows.query(Organization)[0].name == "Acme"
    assert customer_of(world.rows, KARLS.kind, KARLS.address) == KARL
    assert customer_of(world.rows, own.kind, "0049 3099") == world.get(Customer, "new")
    assert refused(world, CreateCustomer(customer_id="new", name="Again")) is Reason.EXISTS


def test_an_organization_is_one_however_it_is_written() -> None:
    world = World()
    for name in ("Acme", " ACME"):
        world.do(EditCustomer(customer_id=KARL.id, organization=name), ANNA)
    assert len(world.rows.query(Organization)) == 1
    world.do(EditCustomer(customer_id=KARL.id, organization=""), ANNA)
    assert world.get(Customer, KARL.id).organization_id is None


def test_an_edit_changes_what_it_names() -> None:
    world = World()
    world.do(EditCustomer(customer_id=KARL.id, note="Kind", tier="gold"), ANNA)
    world.do(EditCustomer(customer_id=KARL.id, note=""), ANNA)
    karl = world.get(Customer, KARL.id)
    assert (karl.name, karl.note, karl.tier) == ("Karl Lund", "", "gold")
    assert refused(world, EditCustomer(customer_id=KARL.id, name="  ")) is Reason.INVALID


def test_an_address_belongs_to_one_customer_and_after_a_merge_to_the_survivor() -> None:
    world = World()
    assert refused(world, AddIdentity(customer_id=MIA.id, address=KARLS)) is Reason.TAKEN
    world.do(MergeCustomers(customer_id=MIA.id, merged_id=KARL.id), ANNA)
    assert customer_of(world.rows, KARLS.kind, KARLS.address) == MIA
    world.do(AddIdentity(customer_id=MIA.id, address=KARLS), ANNA)
    assert world.rows.query(Identity)[0].customer_id == KARL.id, "so that the merge can be undone"
    world.do(UnmergeCustomer(customer_id=MIA.id, merged_id=KARL.id), ANNA)
    assert customer_of(world.rows, KARLS.kind, KARLS.address) == KARL


def test_merging_makes_no_circle() -> None:
    world = World()
    assert refused(world, MergeCustomers(customer_id=KARL.id, merged_id=KARL.id)) is Reason.INVALID
    world.do(MergeCustomers(customer_id=KARL.id, merged_id=MIA.id), ANNA)
    assert refused(world, MergeCustomers(customer_id=MIA.id, merged_id=KARL.id)) is Reason.INVALID
    assert refused(world, MergeCustomers(customer_id=KARL.id, merged_id=MIA.id)) is Reason.INVALID


def test_the_survivor_is_found_through_several_merges() -> None:
    world = World()
    for number in range(4):
        world.do(CreateCustomer(customer_id=str(number), name=str(number)), ANNA)
    for number in range(3):
        world.do(MergeCustomers(customer_id=str(number + 1), merged_id=str(number)), ANNA)
    assert survivor_of(world.rows, "0") == world.get(Customer, "3")
    assert survivor_of(world.rows, "nobody") is None
