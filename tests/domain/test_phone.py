"""One phone number in its forms, with and without its country."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.domain.customer import normalise_address
from agent_desktop.domain.phone import forms_of
from agent_desktop.domain.workspace import ChannelKind


def normal(number: str) -> str:
    return normalise_address(ChannelKind.PHONE, number)


@pytest.mark.parametrize(
    ("international", "national"),
    [
        ("+49 30 1234567", "030 1234567"),
        ("+1 (212) 555-0142", "212 555 0142"),
        ("+386 31 555 0142", "031 555 0142"),
        ("+39 06 1234 5678", "06 1234 5678"),
        ("+7 912 345 67 89", "0912 345 67 89"),
        ("0049 30 1234567", "(030) 1234567"),
        ("+49 30 1234567", "49 30 1234567"),
    ],
)
def test_a_number_is_found_by_its_form_inside_the_country_and_back(international: str, national: str) -> None:
    assert normal(national) in forms_of(normal(international))
    assert normal(international) in forms_of(normal(national))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("+49 30 1234567", "030 1234568"),
        ("+49 30 1234567", "+43 30 1234567"),
        ("+49 30 1234567", "1234567"),
        ("030 1234567", "031 1234567"),
    ],
)
def test_other_numbers_are_not_alike(one: str, other: str) -> None:
    assert normal(other) not in forms_of(normal(one))
    assert normal(one) not in forms_of(normal(other))


@pytest.mark.parametrize("number", ["", "+", "112", "+49112", "anonymous", "0:0", "00", "@karl"])
def test_what_is_short_or_no_number_is_like_nothing(number: str) -> None:
    assert forms_of(normal(number)) == ()


numbers = st.builds(
    "{}{}{}".format,
    st.sampled_from(["", "0", "+1", "+7", "+49", "+386", "+44", "+990"]),
    st.sampled_from("0123456789"),
    st.text("0123456789", min_size=6, max_size=10),
).map(normal)


@given(numbers)
def test_likeness_goes_both_ways(number: str) -> None:
    forms = forms_of(number)
    assert not forms or forms[0] == number
    assert all(normal(form) == form for form in forms)
    assert all(number in forms_of(form) for form in forms if forms_of(form))
