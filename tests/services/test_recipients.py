"""Whom an answer goes to: nobody is lost, none of us is written to, and a stranger does not choose who reads it."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.domain.message import Direction, Message
from agent_desktop.services.recipients import Answer, Recipients, answer_to
from tests.factories import make_message, make_reply
from tests.fakes import START

KARL, BOSS, HELP = "karl@x.example", "boss@x.example", "help@shop.example"
OURS = (HELP, "sales@shop.example")


def mail(**changes: object) -> Message:
    return make_message(**{"direction": Direction.IN, "to": (HELP,), "created_at": START, **changes})


def answered(message: Message | None, ours: Message | None = None) -> Answer:
    return answer_to(message, ours, (KARL,), OURS)


def test_who_got_a_copy_goes_on_getting_one() -> None:
    answer = answered(mail(to=(HELP, BOSS), cc=("Sales@shop.example", "lab@x.example")))
    assert answer.usual == Recipients((KARL,), (BOSS, "lab@x.example"))
    assert answer.sender == Recipients((KARL,))


def test_our_own_addresses_are_known_with_the_mark_of_a_conversation() -> None:
    assert answered(mail(to=("help+r.abc@shop.example", BOSS))).usual.cc == (BOSS,)


def test_a_doubtful_sender_does_not_choose_who_reads_the_answer() -> None:
    answer = answered(mail(cc=(BOSS,), reply_to="thief@y.example", authentication="dmarc=fail"))
    assert answer.usual == Recipients((KARL,))
    assert answer.everybody.cc == (BOSS,)
    assert answer.asked == "thief@y.example"


def test_what_went_to_hundreds_is_answered_to_the_sender() -> None:
    hundreds = tuple(f"{number}@x.example" for number in range(100))
    assert not answered(mail(cc=hundreds[1:])).too_many
    answer = answered(mail(cc=hundreds))
    assert answer.usual == Recipients((KARL,))
    assert answer.everybody.cc == hundreds


def test_a_confirmed_sender_is_answered_where_they_want() -> None:
    answer = answered(mail(reply_to="office@x.example", authentication="dmarc=pass"))
    assert answer.usual == Recipients(("office@x.example",))
    assert answer.asked == ""


def test_customers_are_answered_at_the_address_of_theirs_that_they_wrote_from() -> None:
    work = "karl@work.example"
    answer = answer_to(mail(sender=f"Karl <{work}>"), None, (KARL, work), OURS)
    assert (answer.usual, answer.asked) == (Recipients((work,)), "")
    forged = answer_to(mail(sender=f"Karl <{work}>", authentication="dmarc=fail"), None, (KARL, work), OURS)
    assert forged.usual == Recipients((KARL,))
    elsewhere = mail(sender=work, reply_to="office@x.example", authentication="dmarc=pass")
    assert answer_to(elsewhere, None, (KARL, work), OURS).usual == Recipients(("office@x.example",))


def test_whoever_answers_what_we_wrote_to_them_gets_the_answer_too() -> None:
    ours = make_reply(to=(KARL,), cc=(BOSS,), created_at=START - timedelta(hours=1))
    assert answered(mail(cc=(KARL,), sender=f"The boss <{BOSS}>"), ours).usual == Recipients((KARL,), (BOSS,))
    assert answered(mail(sender="stranger@y.example"), ours).usual == Recipients((KARL,))


def test_an_unconfirmed_wish_is_offered_and_not_followed() -> None:
    answer = answered(mail(reply_to="office@x.example"))
    assert (answer.usual, answer.asked) == (Recipients((KARL,)), "office@x.example")


@pytest.mark.parametrize("same", [KARL, KARL.upper(), HELP])
def test_a_wish_that_changes_nothing_is_no_question(same: str) -> None:
    assert answered(mail(reply_to=same)).asked == ""


def test_whom_we_wrote_to_last_is_whom_we_write_to_next() -> None:
    ours = make_reply(to=(KARL,), cc=("lab@x.example",), bcc=(BOSS,), created_at=START + timedelta(hours=1))
    assert answered(mail(cc=(BOSS,)), ours).usual == Recipients((KARL,), ("lab@x.example",))
    later = mail(cc=(BOSS,), created_at=START + timedelta(hours=2))
    assert answered(later, ours).usual == Recipients((KARL,), (BOSS,))


def test_an_automatic_answer_changes_nobody() -> None:
    ours = make_reply(to=(KARL,), cc=(BOSS,), created_at=START + timedelta(hours=1))
    away = mail(automatic=True, created_at=START + timedelta(hours=2))
    assert answered(away, ours).usual == Recipients((KARL,), (BOSS,))


def test_without_any_mail_it_is_the_customer() -> None:
    assert answered(None).usual == Recipients((KARL,))
    sms = make_reply(to=("+31612345678",), created_at=START + timedelta(hours=1))
    assert answered(None, sms).usual == Recipients((KARL,))


ADDRESSES = st.lists(
    st.sampled_from([KARL, BOSS, HELP, "help+1@shop.example", "LAB@x.example", "lab@x.example"])
)


@given(ADDRESSES, ADDRESSES)
def test_nobody_twice_and_none_of_us(to: list[str], cc: list[str]) -> None:
    people = answered(mail(to=tuple(to), cc=tuple(cc))).usual
    everybody = [address.casefold() for address in (*people.to, *people.cc)]
    assert len(everybody) == len(set(everybody))
    assert not any("shop.example" in address for address in everybody)
    assert {BOSS} & {*to, *cc} <= set(everybody)
