"""Customers are found, added without doubles, and written to first."""

import pytest

from agent_desktop.domain.operations.customer import Address
from agent_desktop.domain.workspace import ChannelKind
from tests.ui.amelia import ADDRESS, Amelia
from tests.ui.conftest import Room
from ui.models.customer_form import CustomerForm
from ui.viewmodels.customers import CustomersViewModel

MAIL = Address(kind=ChannelKind.EMAIL, address="jonas@weber.example")


@pytest.fixture
def customers(room: Room) -> CustomersViewModel:
    return CustomersViewModel(room.context)


def names(model: CustomersViewModel) -> list[str]:
    return [row.name for row in model.rows]


def created(model: CustomersViewModel) -> list[str]:
    """Ids of what is added or opened from now on."""
    ids: list[str] = []
    model.created.connect(ids.append)
    return ids


def test_whoever_writes_appears(room: Room, customers: CustomersViewModel) -> None:
    assert names(customers) == []
    room.world.customer_writes("Amelia Novak", "Kettle")
    assert names(customers) == ["Amelia Novak"]


def test_a_query_narrows_the_list(room: Room, customers: CustomersViewModel) -> None:
    room.world.customer_writes("Amelia Novak", "Kettle")
    room.world.customer_writes("Jonas Weber", "Checkout")
    customers.set_query("jon")
    assert names(customers) == ["Jonas Weber"]


def test_a_customer_is_added(customers: CustomersViewModel) -> None:
    ids = created(customers)
    customers.create(CustomerForm(name="Jonas Weber", addresses=(MAIL,)))
    assert names(customers) == ["Jonas Weber"]
    assert ids == [customers.rows[0].id]


@pytest.mark.parametrize(("choice", "count"), [(0, 1), (1, 2), (None, 1)])
def test_an_address_that_is_known_asks_whom_to_open(
    room: Room, customers: CustomersViewModel, choice: int | None, count: int
) -> None:
    customers.create(CustomerForm(name="Jonas Weber", addresses=(MAIL,)))
    room.prompts.choice = choice
    ids = created(customers)
    customers.create(CustomerForm(name="J. Weber", addresses=(MAIL,)))
    assert room.prompts.asked == ["Customer exists already"]
    assert len(customers.rows) == count
    assert len(ids) == (0 if choice is None else 1)


def test_channels_to_start_on_follow_from_the_addresses(room: Room, customers: CustomersViewModel) -> None:
    amelia = Amelia(room.world)
    profile = room.context.desk.customers.profile(room.world.customers[amelia.conversation])
    assert profile is not None
    assert {channel.name for channel in customers.channels_to_start(profile)} == {"Email", "SMS"}


def test_a_conversation_is_started_and_opened(room: Room, customers: CustomersViewModel) -> None:
    amelia = Amelia(room.world)
    customer_id = room.world.customers[amelia.conversation]
    customers.start_conversation(customer_id, amelia.email, " Your order ")
    conversation_id, new_window = room.navigator.conversations[-1]
    card = room.context.desk.conversations.card(conversation_id)
    assert card is not None
    assert not new_window
    assert (card.conversation.subject, card.customer.id) == ("Your order", customer_id)
    assert card.assignee == room.context.desk.directory.me
    choices = room.context.desk.composer.channels(conversation_id)
    assert choices[0].to == (ADDRESS,)
