"""The automatic answer: off by default, once a day for each address, never to programs or forged senders."""

from datetime import timedelta

import pytest

from agent_desktop.domain.message import Delivery, Message
from tests.sync.server.mailroom import CHANNEL, Mailroom, a_mail, dmarc

WORDS = (
    'Thank you, {{ customer.first_name | default: "there" }}.'
    " It is #{{ conversation.number }} at {{ channel.name }}."
)


def answers(room: Mailroom) -> list[Message]:
    """What was answered automatically."""
    return [one for one in room.rows(Message) if one.automatic and one.delivery is Delivery.QUEUED]


def test_none_unless_somebody_wrote_one(mailroom: Mailroom) -> None:
    mailroom.arrive(a_mail("1@a"))
    assert not answers(mailroom)


def test_whoever_begins_a_conversation_gets_one(mailroom: Mailroom) -> None:
    mailroom.configure(auto_reply=WORDS)
    message, conversation = mailroom.one(a_mail("1@a", reply_to="victim@example.net"))
    (answer,) = answers(mailroom)
    assert answer.text == f"Thank you, Mia. It is #{conversation.number} at {CHANNEL.name}."
    assert answer.to == ("mia@example.com",), "not where somebody else asks us to write"
    assert answer.conversation_id == conversation.id
    assert conversation.waiting_since == message.created_at, "nobody has answered"
    assert (conversation.last_out_id, conversation.message_count) == (None, 1)
    assert conversation.preview == "It leaks."
    mailroom.arrive(a_mail("2@a", "Re: Kettle", refers=["1@a"]))
    assert len(answers(mailroom)) == 1


def test_once_a_day_for_each_address(mailroom: Mailroom) -> None:
    mailroom.configure(auto_reply=WORDS)
    mailroom.arrive(*(a_mail(f"{number}@a", f"Order {number}") for number in range(5)))
    assert len(answers(mailroom)) == 1
    mailroom.arrive(a_mail("6@a", sender="Mia <MIA@example.com>"))
    assert len(answers(mailroom)) == 1
    mailroom.clock.advance(timedelta(days=1, minutes=1))
    mailroom.arrive(a_mail("7@a", "Order 7"))
    assert len(answers(mailroom)) == 2


@pytest.mark.parametrize(
    "headers",
    [
        {"auto_submitted": "auto-replied"},
        {"list_id": "<kettles.example.com>"},
        {"precedence": "bulk"},
        {"x_loop": CHANNEL.address},
        {"sender": "MAILER-DAEMON@example.com"},
        {"sender": f"Support <{CHANNEL.address}>"},
        {"sender": ""},
        dmarc("fail"),
    ],
    ids=str,
)
def test_never_to_programs_lists_ourselves_or_forged_senders(
    mailroom: Mailroom, headers: dict[str, str]
) -> None:
    mailroom.configure(auto_reply=WORDS)
    mailroom.arrive(a_mail("1@a", **headers))
    assert len(mailroom.look().messages) == 1
    assert not answers(mailroom)


def test_nothing_of_a_stranger_is_sent_to_somebody_else(mailroom: Mailroom) -> None:
    mailroom.configure(auto_reply=WORDS + " {{ conversation.subject }} {{ customer.email }}")
    mailroom.arrive(a_mail("1@a", "Buy at http://evil.example", sender="Win at evil.example <v@example.net>"))
    (answer,) = answers(mailroom)
    assert "evil" not in answer.text + answer.subject
    assert "{{" not in answer.text


def test_five_hundred_forged_requests_are_one_mail_each(mailroom: Mailroom) -> None:
    mailroom.configure(auto_reply=WORDS)
    for number in range(500):
        mailroom.keep(a_mail(f"{number}@a", f"Words {number}", sender=f"victim{number % 50}@example.net"))
    mailroom.work()
    got = [answer.to for answer in answers(mailroom)]
    assert len(got) == len(set(got)) == 50


def test_one_that_waits_is_called_back_when_somebody_answers(mailroom: Mailroom) -> None:
    mailroom.configure(auto_reply=WORDS)
    _, conversation = mailroom.one(a_mail("1@a"))
    mailroom.reply(conversation)
    assert not [one for one in answers(mailroom) if one.delivery is Delivery.QUEUED]
    held = [one for one in mailroom.rows(Message) if one.delivery is Delivery.HELD]
    assert not held, "nobody is there to decide"
