"""The customer beside a conversation follows every change, and each action on them can be undone."""

from dataclasses import replace

import pytest

from agent_desktop.domain.customer import Detail
from agent_desktop.domain.operations.customer import AddIdentity, Address, CreateCustomer, EditCustomer
from agent_desktop.domain.workspace import ChannelKind
from tests.ui.amelia import ADDRESS, PHONE, Amelia
from tests.ui.conftest import Room
from ui.viewmodels.customer import ADDRESS_TAKEN, CustomerViewModel


@pytest.fixture
def amelia(room: Room) -> Amelia:
    return Amelia(room.world)


@pytest.fixture
def shown(room: Room, amelia: Amelia) -> CustomerViewModel:
    model = CustomerViewModel(room.context)
    model.show_conversation(amelia.conversation)
    return model


def name_of(model: CustomerViewModel) -> str:
    return model.known.profile.customer.name if model.known else ""


def addresses_of(model: CustomerViewModel) -> set[str]:
    return {item.display for item in model.known.profile.identities} if model.known else set()


def namesake(room: Room) -> str:
    """Another customer with Amelia's name; the id."""
    customer_id = room.world.ids.new()
    room.context.desk.apply(CreateCustomer(customer_id=customer_id, name="Amelia Novak"))
    return customer_id


def test_a_conversation_leads_to_its_customer(shown: CustomerViewModel) -> None:
    assert name_of(shown) == "Amelia Novak"
    assert addresses_of(shown) == {ADDRESS, PHONE}


def test_without_a_conversation_nobody_is_shown(shown: CustomerViewModel) -> None:
    shown.show_conversation(None)
    assert shown.known is None


def test_what_changes_elsewhere_is_shown(room: Room, amelia: Amelia, shown: CustomerViewModel) -> None:
    customer_id = room.world.customers[amelia.conversation]
    amelia.at_server(EditCustomer(customer_id=customer_id, name="Amelia Horvat"))
    assert name_of(shown) == "Amelia Horvat"


def test_saving_changes_only_what_was_edited(room: Room, amelia: Amelia, shown: CustomerViewModel) -> None:
    before = shown.form
    amelia.at_server(
        EditCustomer(customer_id=room.world.customers[amelia.conversation], location="Ljubljana")
    )
    after = replace(before, tier="Gold", details=(Detail(label="Last order", value="10-55821"),))
    shown.save(before, after)
    assert shown.known is not None
    customer = shown.known.profile.customer
    assert (customer.tier, customer.location) == ("Gold", "Ljubljana")
    assert customer.details == (Detail(label="Last order", value="10-55821"),)


def test_an_edit_is_undone_from_the_notice(room: Room, shown: CustomerViewModel) -> None:
    shown.save(shown.form, replace(shown.form, name="Somebody"))
    message, applied = room.navigator.messages[-1]
    assert message == "Customer saved."
    assert applied is not None
    room.context.desk.apply.undo(applied)
    assert name_of(shown) == "Amelia Novak"


def test_an_address_of_somebody_else_is_refused_in_words(room: Room, shown: CustomerViewModel) -> None:
    other = namesake(room)
    address = Address(kind=ChannelKind.EMAIL, address="other@customer.example")
    room.context.desk.apply(AddIdentity(customer_id=other, address=address))
    before = shown.form
    shown.save(before, replace(before, tier="Gold", addresses=(*before.addresses, address)))
    assert room.navigator.messages[-1][0] == ADDRESS_TAKEN
    assert shown.known is not None
    assert shown.known.profile.customer.tier == ""


def test_a_namesake_is_suggested_with_the_reason(room: Room, shown: CustomerViewModel) -> None:
    other = namesake(room)
    assert shown.known is not None
    assert [(similar.customer.id, similar.evidence) for similar in shown.known.similar] == [
        (other, "Same name")
    ]


def test_merging_shows_one_person_and_separating_two(room: Room, shown: CustomerViewModel) -> None:
    other = namesake(room)
    assert shown.known is not None
    survivor = shown.known.profile.customer.id
    shown.merge(survivor, other)
    assert [customer.id for customer in shown.known.profile.merged] == [other]
    assert shown.known.similar == ()
    shown.separate(other)
    assert shown.known.profile.merged == ()


def test_the_survivor_is_whom_the_person_chose(room: Room, shown: CustomerViewModel) -> None:
    other = namesake(room)
    assert shown.known is not None
    shown.merge(other, shown.known.profile.customer.id)
    assert shown.known.profile.customer.id == other
    assert addresses_of(shown) == {ADDRESS, PHONE}


def test_a_merge_is_undone_from_the_notice(room: Room, shown: CustomerViewModel) -> None:
    other = namesake(room)
    assert shown.known is not None
    shown.merge(shown.known.profile.customer.id, other)
    applied = room.navigator.messages[-1][1]
    assert applied is not None
    room.context.desk.apply.undo(applied)
    assert shown.known.profile.merged == ()


def test_two_customers_are_held_side_by_side(room: Room, shown: CustomerViewModel) -> None:
    other = namesake(room)
    pairs: list[tuple[str, str]] = []
    shown.compared.connect(lambda left, right: pairs.append((left.customer.id, right.customer.id)))
    shown.compare(other)
    assert shown.known is not None
    assert pairs == [(shown.known.profile.customer.id, other)]


def test_an_unrelated_change_reads_nothing(room: Room, amelia: Amelia, shown: CustomerViewModel) -> None:
    told: list[None] = []
    shown.changed.connect(lambda: told.append(None))
    room.world.add_user("Cleo Martin")
    assert told == []
