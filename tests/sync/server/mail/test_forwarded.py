"""Whoever got a forward may answer it, and takes no other part in the conversation: nobody is shown what others say."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.customer import Customer
from agent_desktop.domain.mail_account import MailAccount
from agent_desktop.domain.message import Message
from agent_desktop.domain.operations.merging import MergeConversations
from agent_desktop.domain.operations.message import Reply
from agent_desktop.services.mail.parse import ParsedMail, parse_mail
from agent_desktop.store.rows import SqlRows
from sync.channels.mail.compose import compose
from sync.server.outgoing import load_outgoing
from tests.sync.files import TEMPLATES
from tests.sync.server.mailroom import Mailroom, a_mail

ADA, SHOP = "Ada <ada@customer.test>", "The shop <shop@supplier.test>"


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Mailroom]:
    database = TEMPLATES.server(tmp_path / "server.db")
    yield Mailroom(database, tmp_path)
    database.close()


def forwards(room: Mailroom, conversation: Conversation) -> str:
    """An agent passes it on to the shop; the Message-ID of the forward."""
    message_id = room.ids.new()
    room.commit(
        Reply(
            conversation_id=conversation.id,
            message_id=message_id,
            channel_id=conversation.channel_id,
            text="Can you look?",
            subject="Fwd: Where is it?",
            to=("shop@supplier.test",),
            forward=True,
        )
    )
    return room.tokens.message_id(message_id, "example.org")


def test_the_answer_to_a_forward_is_shown_as_theirs(room: Mailroom) -> None:
    _, conversation = room.one(a_mail("1@customer", "Where is it?", sender=ADA))
    name = forwards(room, conversation)
    answer, there = room.one(a_mail("2@supplier", "Re: Fwd: Where is it?", sender=SHOP, answers=name))
    assert there.id == conversation.id
    assert answer.author_name == "The shop"
    assert answer.author_id != conversation.customer_id
    assert there.customer_id == conversation.customer_id
    (customer,) = room.rows(Customer, id=conversation.customer_id)
    assert customer.name == "Ada"


def test_without_the_forward_they_are_strangers(room: Mailroom) -> None:
    """Naming another mail of the conversation, and its subject, is not enough: that is what anybody may know."""
    _, conversation = room.one(a_mail("1@customer", "Where is it?", sender=ADA))
    forwards(room, conversation)
    before = room.rows(Message, conversation_id=conversation.id)
    _, there = room.one(a_mail("2@supplier", "Re: Where is it?", sender=SHOP, answers="1@customer"))
    assert there.id != conversation.id
    assert there.suggested_id == conversation.id
    assert room.rows(Message, conversation_id=conversation.id) == before


def sent_as(room: Mailroom, conversation: Conversation, *to: str, cc: tuple[str, ...] = ()) -> ParsedMail:
    """What goes out when an agent answers now."""
    (here,) = room.rows(Conversation, id=conversation.id)
    message_id = room.ids.new()
    room.commit(
        Reply(
            conversation_id=here.id,
            message_id=message_id,
            channel_id=here.channel_id,
            text="It is on its way.",
            to=to,
            cc=cc,
            seen_in=here.last_in_id,
            seen_out=here.last_out_id,
        )
    )
    with room.database.read() as connection:
        outgoing = load_outgoing(
            SqlRows(connection, TEMPLATES.server_schema.tables), message_id, room.files.read
        )
    assert outgoing is not None
    return parse_mail(compose(outgoing, MailAccount(), room.tokens, room.clock.now()).content)


def whole(mail: ParsedMail) -> str:
    return "\n".join((mail.subject, mail.text, mail.quoted, mail.html or ""))


@pytest.mark.parametrize("cc", [(), ("shop@supplier.test",)])
def test_what_they_answer_is_not_quoted_to_the_customer(room: Mailroom, cc: tuple[str, ...]) -> None:
    _, conversation = room.one(a_mail("1@customer", "Where is it?", "I wait and wait.", sender=ADA))
    name = forwards(room, conversation)
    secret = "Between us: it was lost."
    room.one(a_mail("2@supplier", "Re: Fwd: Where is it? (lost)", secret, sender=SHOP, answers=name))
    sent = sent_as(room, conversation, "ada@customer.test", cc=cc)
    assert "Between us" not in whole(sent)
    assert "lost" not in sent.subject
    assert ("I wait and wait." in whole(sent)) is (not cc), "the customer's own words are"


def test_what_the_customer_wrote_meanwhile_is_not_quoted_to_them(room: Mailroom) -> None:
    _, conversation = room.one(a_mail("1@customer", "Where is it?", "I wait and wait.", sender=ADA))
    name = forwards(room, conversation)
    room.one(a_mail("2@supplier", "Re: Fwd: Where is it?", "It left.", sender=SHOP, answers=name))
    room.one(
        a_mail("3@customer", "Re: Where is it?", "My new door code is 77.", sender=ADA, answers="1@customer")
    )
    sent = whole(sent_as(room, conversation, "shop@supplier.test"))
    assert "77" not in sent
    assert "It left." in sent


def test_what_one_customer_wrote_is_not_quoted_to_another_after_a_merge(room: Mailroom) -> None:
    _, conversation = room.one(a_mail("1@customer", "Where is it?", "I wait and wait.", sender=ADA))
    _, other = room.one(a_mail("9@else", "Where is mine?", "My card is 4711.", sender="Bo <bo@else.test>"))
    room.commit(MergeConversations(conversation_id=other.id, into_id=conversation.id))
    sent = whole(sent_as(room, conversation, "ada@customer.test"))
    assert "4711" not in sent
    assert "Where is mine?" not in sent
    assert "I wait and wait." in sent


def test_who_got_a_copy_of_what_is_answered_is_shown_it(room: Mailroom) -> None:
    mail = a_mail("1@customer", "Where is it?", "I wait and wait.", sender=ADA, cc="Bo <bo@customer.test>")
    _, conversation = room.one(mail)
    for to in (("ada@customer.test",), ("bo@customer.test",), ("ada@customer.test", "new@customer.test")):
        assert "I wait and wait." in whole(sent_as(room, conversation, *to))
