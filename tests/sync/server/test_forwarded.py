"""Whoever got a forward may answer it, and takes no other part in the conversation."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.customer import Customer
from agent_desktop.domain.message import Message
from agent_desktop.domain.operations.message import Reply
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
