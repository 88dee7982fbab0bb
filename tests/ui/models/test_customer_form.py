"""A form about a customer becomes exactly the operations that make it true."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.domain.customer import Customer, Detail, Identity
from agent_desktop.domain.operations.customer import AddIdentity, Address, EditCustomer, RemoveIdentity
from agent_desktop.domain.workspace import ChannelKind
from ui.models.customer_form import CustomerForm, changes, creation, form_of, problem_of

MAIL = Address(kind=ChannelKind.EMAIL, address="Amelia@Novak.example")
PHONE = Address(kind=ChannelKind.PHONE, address="+386 31 555 0142")
FORM = CustomerForm(name="Amelia Novak", addresses=(MAIL,))

words = st.text(max_size=8)
forms = st.builds(
    CustomerForm,
    name=words,
    organization=words,
    tier=words,
    note=words,
    details=st.lists(st.builds(Detail, label=words, value=words), max_size=3).map(tuple),
    addresses=st.lists(st.builds(Address, kind=st.sampled_from(ChannelKind), address=words), max_size=3).map(
        tuple
    ),
)


def test_nothing_changed_is_nothing_to_do() -> None:
    again = replace(FORM, name=" Amelia Novak ", addresses=(replace(MAIL, address="amelia@novak.example"),))
    assert changes("c", FORM, again) == ()


def test_each_difference_is_one_operation() -> None:
    after = replace(FORM, tier="Gold", addresses=(PHONE,))
    edit, removed, added = changes("c", FORM, after)
    assert edit == EditCustomer(customer_id="c", tier="Gold")
    assert removed == RemoveIdentity(customer_id="c", address=MAIL)
    assert added == AddIdentity(customer_id="c", address=PHONE)


def test_details_without_label_or_value_are_left_out() -> None:
    details = (
        Detail(label="Last order", value=" 10-55821 "),
        Detail(label="", value="x"),
        Detail(label="y", value=""),
    )
    assert creation("c", replace(FORM, details=details)).details == (
        Detail(label="Last order", value="10-55821"),
    )


def test_addresses_of_merged_customers_stay_theirs() -> None:
    customer = Customer(id="c", name="Amelia", created_at=datetime(2024, 1, 1, tzinfo=UTC))
    mine = Identity(
        id="1", customer_id="c", kind=ChannelKind.EMAIL, address="a@x.example", display="A@x.example"
    )
    theirs = Identity(id="2", customer_id="d", kind=ChannelKind.EMAIL, address="b@x.example")
    assert form_of(customer, "", (mine, theirs)).addresses == (
        Address(kind=ChannelKind.EMAIL, address="A@x.example"),
    )


@pytest.mark.parametrize(
    ("form", "names"),
    [
        (replace(FORM, name="  "), "name"),
        (replace(FORM, time_zone="Atlantis"), "time zone"),
        (replace(FORM, addresses=(replace(MAIL, address="amelia"),)), "email"),
        (replace(FORM, addresses=(replace(PHONE, address="mobile"),)), "telephone"),
    ],
)
def test_problems_are_said_in_words(form: CustomerForm, names: str) -> None:
    assert names in problem_of(form)


def test_a_good_form_has_no_problem() -> None:
    assert problem_of(replace(FORM, time_zone="Europe/Ljubljana", addresses=(MAIL, PHONE))) == ""


@given(forms)
def test_a_form_never_differs_from_itself(form: CustomerForm) -> None:
    assert changes("c", form, form) == ()


@given(forms, forms)
def test_going_there_and_back_removes_what_was_added(before: CustomerForm, after: CustomerForm) -> None:
    there, back = changes("c", before, after), changes("c", after, before)
    added = {payload.address for payload in there if isinstance(payload, AddIdentity)}
    removed = {payload.address for payload in back if isinstance(payload, RemoveIdentity)}
    assert added == removed
