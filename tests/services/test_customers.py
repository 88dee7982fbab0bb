"""Who a customer is over all channels, after merges too, and who might be the same person."""

from datetime import timedelta

import pytest

from agent_desktop.domain.conversation import Status
from agent_desktop.domain.errors import Rejected
from agent_desktop.domain.ids import Id
from agent_desktop.domain.operations.conversation import SetStatus
from agent_desktop.domain.operations.customer import (
    AddIdentity,
    Address,
    CreateCustomer,
    EditCustomer,
    MergeCustomers,
    UnmergeCustomer,
)
from agent_desktop.domain.workspace import ChannelKind
from tests.desk_fixture import Office


def create(office: Office, name: str, *addresses: Address, organization: str = "") -> Id:
    customer_id = office.desk.ids.new()
    office.desk.apply(
        CreateCustomer(customer_id=customer_id, name=name, addresses=addresses, organization=organization)
    )
    return customer_id


def phone(number: str) -> Address:
    return Address(kind=ChannelKind.PHONE, address=number)


def test_a_profile_tells_the_whole_history(office: Office) -> None:
    first = office.world.customer_writes("Karl Lund", "First")
    customer_id = office.world.customers[first]
    office.desk.apply(EditCustomer(customer_id=customer_id, organization="Acme", tier="gold"))
    office.desk.apply(SetStatus(conversation_id=first, status=Status.SOLVED))
    profile = office.desk.customers.profile(customer_id)
    assert profile is not None
    assert profile.organization is not None
    assert (profile.customer.tier, profile.organization.name) == ("gold", "Acme")
    assert (profile.conversation_count, profile.open_count) == (1, 0)
    assert [(item.subject, item.status, item.channel_kind) for item in profile.history] == [
        ("First", "solved", ChannelKind.EMAIL)
    ]
    assert [row.address for row in profile.identities] == ["karl.lund@customer.example"]
    assert office.desk.customers.profile("0" * 32) is None


def test_merged_customers_are_one_person_however_long_the_chain(office: Office) -> None:
    ids = [office.world.customer_writes(name, name) for name in ("Karl A", "Karl B", "Karl C", "Karl D")]
    a, b, c, d = (office.world.customers[row_id] for row_id in ids)
    customers = office.desk.customers
    for survivor, merged in ((b, a), (c, b), (d, c)):
        office.desk.apply(MergeCustomers(customer_id=survivor, merged_id=merged))
    for row_id in (a, b, c, d):
        profile = customers.profile(row_id)
        assert profile is not None
        assert profile.customer.id == d
        assert {row.id for row in profile.merged} == {a, b, c}
        assert profile.conversation_count == 4
        assert {item.conversation_id for item in profile.history} == set(ids)
        assert len(profile.identities) == 4
        card = office.desk.conversations.card(ids[0])
        assert card is not None
        assert card.customer.id == d
    assert [row.id for row in customers.find("karl")] == [d]
    assert [row.name for row in customers.find("karl a")] == ["Karl D"]
    with pytest.raises(Rejected):
        office.desk.apply(MergeCustomers(customer_id=a, merged_id=d))
    office.desk.apply(UnmergeCustomer(customer_id=c, merged_id=b))
    profile = customers.profile(a)
    assert profile is not None
    assert (profile.customer.id, profile.conversation_count) == (b, 2)


def test_customers_are_found_by_the_beginning_of_names_and_addresses(office: Office) -> None:
    anna = create(office, "Anna Bergström", Address(kind=ChannelKind.EMAIL, address="a.b@acme.example"))
    karl = create(office, "Karl Lund", phone("+49 30 123456"))
    for text, found in {
        "anna": [anna],
        "berg": [anna],
        "bergstrom": [anna],
        "a.b@acme": [anna],
        "acme": [anna],
        "lund": [karl],
        "123456": [karl],
        "nobody": [],
        "?": [anna, karl],
        "": [anna, karl],
    }.items():
        assert [row.id for row in office.desk.customers.find(text)] == found, text
    assert len(office.desk.customers.find("", limit=1)) == 1
    (row,) = office.desk.customers.find("karl")
    assert (row.name, row.address) == ("Karl Lund", "+49 30 123456")


def test_who_may_be_the_same_is_only_suggested_with_a_reason(office: Office) -> None:
    karl = create(office, "Karl Lund", phone("+49301234567"))
    namesake = create(office, "Karl Lund")
    caller = create(office, "Unknown customer")
    office.desk.apply(
        AddIdentity(customer_id=caller, address=Address(kind=ChannelKind.WHATSAPP, address="+49301234567"))
    )
    dialled = create(office, "Somebody", phone("030 1234567"))
    create(office, "Stranger", phone("030 1234568"))
    similar = {item.customer.id: item.evidence for item in office.desk.customers.similar(karl)}
    assert similar == {
        namesake: "Same name",
        caller: "Same phone number",
        dialled: "Similar phone number",
    }
    back = {item.customer.id: item.evidence for item in office.desk.customers.similar(dialled)}
    assert back == {karl: "Similar phone number", caller: "Similar phone number"}
    office.desk.apply(MergeCustomers(customer_id=karl, merged_id=namesake))
    assert {item.customer.id for item in office.desk.customers.similar(karl)} == {caller, dialled}
    assert office.desk.customers.similar("0" * 32) == []


def test_history_is_newest_first_and_bounded(office: Office) -> None:
    first = office.world.customer_writes("Karl Lund", "First")
    customer_id = office.world.customers[first]
    for number in range(3):
        office.clock.advance(timedelta(hours=1))
        other = office.world.customer_writes("Karl Lund", f"Subject {number}")
        office.desk.apply(MergeCustomers(customer_id=customer_id, merged_id=office.world.customers[other]))
    profile = office.desk.customers.profile(customer_id, history=2)
    assert profile is not None
    assert [item.subject for item in profile.history] == ["Subject 2", "Subject 1"]
    assert profile.conversation_count == 4
