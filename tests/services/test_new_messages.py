"""Writing first: one action makes customer, conversation and mail, and nothing that was written is lost."""

from dataclasses import replace

import pytest

from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.customer import Customer
from agent_desktop.domain.message import Delivery, Message
from agent_desktop.domain.operations.conversation import CreateConversation
from agent_desktop.domain.operations.customer import CreateCustomer
from agent_desktop.domain.operations.message import Reply
from agent_desktop.services.composer import ComposeProblem
from agent_desktop.services.drafts import Draft, DraftKind
from tests.desk_fixture import Office

NEW = "jonas@new.example"


def written(office: Office, to: str = NEW) -> Draft:
    service = office.desk.new_messages
    channel = service.channels[0]
    return replace(
        service.begin(), channel_id=channel.id, to=(to,), subject=" Your  order ", text="It has been sent."
    )


def test_a_new_customer_a_conversation_and_a_mail_are_one_action(office: Office) -> None:
    draft = replace(written(office), cc=("boss@new.example",))
    office.desk.drafts.save(draft)
    applied = office.desk.new_messages.send(draft, "It has been sent.\n\nMaya", "Jonas Weber")
    kinds = [type(operation.payload) for operation in applied.operations]
    assert kinds == [CreateCustomer, CreateConversation, Reply]
    assert len({operation.group for operation in applied.operations}) == 1
    office.desk.sync.exchange()
    conversation = office.on_server(Conversation, draft.conversation_id)
    assert conversation.subject == "Your order"
    assert conversation.assignee_id == office.desk.user_id
    assert office.on_server(Customer, conversation.customer_id).name == "Jonas Weber"
    message = office.on_server(Message, draft.reply_id)
    assert (message.to, message.cc, message.delivery) == ((NEW,), ("boss@new.example",), Delivery.QUEUED)
    assert office.desk.drafts.get(draft.conversation_id, DraftKind.NEW) is None


def test_an_address_that_is_known_makes_no_second_customer(office: Office) -> None:
    first = written(office)
    office.desk.new_messages.send(first, first.text, "Jonas Weber")
    again = written(office, NEW.upper())
    applied = office.desk.new_messages.send(again, again.text)
    assert [type(operation.payload) for operation in applied.operations] == [CreateConversation, Reply]
    known = office.desk.new_messages.known(NEW)
    assert known is not None
    assert known.name == "Jonas Weber"
    assert {item.conversation_id for item in known.open} == {first.conversation_id, again.conversation_id}


def test_what_is_open_with_a_customer_is_known_before_sending(office: Office) -> None:
    assert office.desk.new_messages.known(NEW) is None
    conversation_id = office.world.customer_writes("Karl Lund", "Refund", "Where is it?")
    customer = office.row(Conversation, conversation_id).customer_id
    profile = office.desk.customers.profile(customer)
    assert profile is not None
    known = office.desk.new_messages.known(profile.identities[0].address)
    assert known is not None
    assert [item.conversation_id for item in known.open] == [conversation_id]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"to": ()}, "Say in To whom this is for."),
        ({"to": ("jonas",)}, "“jonas” is no e-mail address."),
        ({"subject": "  "}, "Say in a few words what it is about."),
        ({"text": " "}, "There is nothing to send yet."),
        ({"text": "Hi {{ customer.nam }}"}, "Fill in {{ customer.nam }} before sending."),
        ({"channel_id": None}, "Choose the mailbox that this is sent from."),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_done(
    office: Office, change: dict[str, object], sentence: str
) -> None:
    draft = replace(written(office), **change)  # type: ignore[arg-type]  # fields by name
    with pytest.raises(ComposeProblem, match=sentence.replace("{", r"\{").replace("?", r"\?")):
        office.desk.new_messages.send(draft, draft.text)
    assert office.desk.conversations.card(draft.conversation_id) is None


def test_what_was_begun_is_gone_on_with_and_is_no_conversation_s_draft(office: Office) -> None:
    draft = written(office)
    office.desk.drafts.save(draft)
    assert office.desk.new_messages.begin() == draft
    assert office.desk.drafts.conversation_ids() == ()
