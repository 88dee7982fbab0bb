"""Writing first: one action makes customer, conversation and mail, and nothing that was written is lost."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from agent_desktop.context import Desk
from agent_desktop.domain.conversation import Conversation, Status
from agent_desktop.domain.customer import Customer
from agent_desktop.domain.message import Delivery, Message
from agent_desktop.domain.operations.conversation import CreateConversation
from agent_desktop.domain.operations.customer import CreateCustomer
from agent_desktop.domain.operations.message import AddNote, Reply, ReportDelivery
from agent_desktop.services.composer import SENT_ALREADY, ComposeProblem, Outgoing
from agent_desktop.services.drafts import Draft, DraftKind
from agent_desktop.services.new_messages import Begun
from agent_desktop.store.rows import SqlRows
from tests.desk_fixture import Office, second_desk
from tests.factories import make_file

NEW = "jonas@new.example"


def written(office: Office, to: str = NEW) -> Draft:
    service = office.desk.new_messages
    channel = service.channels[0].channel
    return replace(
        service.blank(), channel_id=channel.id, to=(to,), subject=" Your  order ", text="It has been sent."
    )


def test_a_new_customer_a_conversation_and_a_mail_are_one_action(office: Office) -> None:
    draft = replace(written(office), cc=("boss@new.example",), name="Jonas Weber")
    office.desk.drafts.save(draft)
    applied = office.desk.new_messages.send(draft, "It has been sent.\n\nMaya")
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
    first = replace(written(office), name="Jonas Weber")
    office.desk.new_messages.send(first, first.text)
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
    assert office.desk.new_messages.begun() == (Begun(draft),)
    assert office.desk.new_messages.take_up(draft.conversation_id, lambda sha256: True).is_here
    assert office.desk.drafts.conversation_ids() == ()
    office.desk.new_messages.discard(draft.conversation_id)
    assert office.desk.new_messages.begun() == ()
    assert not office.desk.new_messages.take_up(draft.conversation_id, lambda sha256: True).is_here


def test_it_is_sent_later_and_leaves_the_status_that_was_chosen(office: Office) -> None:
    draft, later = written(office), office.clock.now() + timedelta(hours=3)
    office.desk.new_messages.send(draft, draft.text, Status.PENDING, later)
    office.desk.sync.exchange()
    message = office.on_server(Message, draft.reply_id)
    assert (message.not_before, message.delivery) == (later, Delivery.QUEUED)
    assert office.on_server(Conversation, draft.conversation_id).status is Status.PENDING


@pytest.fixture
def tablet(office: Office, tmp_path: Path) -> Iterator[Desk]:
    """Another device of the same user."""
    with second_desk(office.world, tmp_path / "tablet") as desk:
        yield desk


def test_sent_from_two_devices_it_leaves_once(office: Office, tablet: Desk) -> None:
    """The second is offline when the first sends: its own is refused as a whole, and no second customer is there."""
    draft = replace(written(office), name="Jonas Weber")
    tablet.new_messages.send(draft, "Changed on the tablet.")
    office.desk.new_messages.send(draft, draft.text)
    office.desk.sync.exchange()
    tablet.sync.exchange()
    with office.server.database.read() as sql:
        rows = SqlRows(sql, office.server.backend.store.schema.tables)
        assert [row.text for row in rows.query(Message, conversation_id=draft.conversation_id)] == [
            draft.text
        ]
        assert [row.name for row in rows.query(Customer)].count("Jonas Weber") == 1
    (item,) = (item for item in tablet.outbox.items() if item.operation_id is not None)
    assert (item.title, item.text, item.words) == ("New message", "Changed on the tablet.", SENT_ALREADY)
    assert (item.can_retry, item.can_edit, item.begins) == (False, True, True)
    again = tablet.new_messages.write_again(item.parts)
    assert (again.to, again.name, again.text) == (draft.to, "Jonas Weber", "Changed on the tablet.")
    assert draft.conversation_id != again.conversation_id, "whoever wants to send both may"


def test_once_it_was_sent_elsewhere_a_second_is_refused_at_once(office: Office, tablet: Desk) -> None:
    draft = written(office)
    tablet.drafts.save(draft)
    office.desk.new_messages.send(draft, draft.text)
    office.desk.sync.exchange()
    tablet.sync.exchange()
    assert [begun.is_sent for begun in tablet.new_messages.begun()] == [True]
    with pytest.raises(ComposeProblem, match="sent already"):
        tablet.new_messages.send(draft, draft.text)
    assert [row.text for row in tablet.drafts.new_messages()] == [draft.text], "it is kept"
    assert not [item for item in tablet.outbox.items() if item.operation_id is not None]


def test_placeholders_wait_for_who_it_is_for(office: Office) -> None:
    office.world.customer_writes("Karl Lund", "Refund", "Where is it?")
    service = office.desk.new_messages
    draft = replace(written(office), to=())
    assert service.waiting(draft) == {"customer.name", "customer.first_name", "customer.email"}
    assert service.waiting(written(office)) == frozenset()
    known = service.values(written(office, "karl.lund@customer.example"))
    assert (known["customer.name"], known["customer.first_name"]) == ("Karl Lund", "Karl")
    new = service.values(replace(written(office), name="Jonas Weber"))
    assert (new["customer.first_name"], new["customer.email"]) == ("Jonas", NEW)
    assert new["conversation.subject"] == "Your order"
    assert new["conversation.number"] == ""
    assert service.values(written(office))["customer.name"] == "", "an address is no name"


def undone(
    office: Office, *, meanwhile: Callable[[Draft], object] = lambda draft: None
) -> tuple[Draft, Draft | None]:
    """A message as it was sent with a file, and as it is after `meanwhile` and being called back."""
    draft = replace(written(office), files=(make_file(),), cc=("boss@new.example",))
    office.desk.drafts.save(draft)
    office.desk.new_messages.send(draft, draft.text, Status.PENDING)
    meanwhile(draft)
    return draft, office.desk.new_messages.call_back(draft.reply_id)


def there(office: Office, conversation_id: str) -> tuple[bool, bool]:
    """Whether a conversation is here, and on the server."""
    with office.server.database.read() as sql:
        rows = SqlRows(sql, office.server.backend.store.schema.tables)
        on_server = rows.get(Conversation, conversation_id) is not None
    return office.desk.conversations.card(conversation_id) is not None, on_server


@pytest.mark.parametrize("pushed", [False, True])
def test_undone_in_time_it_is_a_draft_again_and_leaves_no_conversation(
    office: Office, tablet: Desk, *, pushed: bool
) -> None:
    def push(draft: Draft) -> None:
        if pushed:
            office.desk.sync.exchange()
            tablet.sync.exchange()
            assert tablet.conversations.card(draft.conversation_id) is not None

    sent, back = undone(office, meanwhile=push)
    assert back is not None
    assert (back.text, back.subject, back.to, back.cc) == (sent.text, "Your order", sent.to, sent.cc)
    assert (back.channel_id, [file.sha256 for file in back.files]) == (
        sent.channel_id,
        [sent.files[0].sha256],
    )
    assert back.customer_ids, "it goes when they are erased"
    assert back.conversation_id != sent.conversation_id
    assert not there(office, sent.conversation_id)[0]
    assert office.desk.new_messages.begun() == (Begun(back),)
    office.desk.sync.exchange()
    tablet.sync.exchange()
    assert there(office, sent.conversation_id) == (False, False)
    assert tablet.conversations.card(sent.conversation_id) is None
    assert office.desk.outbox.items() == [], "nobody is told of a refusal"
    with office.server.database.read() as sql:
        assert sql.execute("SELECT count(*) FROM outbound").fetchone() == (0,), "nothing waits to leave"


def test_undone_after_a_colleague_has_written_there_the_conversation_stays(office: Office) -> None:
    def note(draft: Draft) -> None:
        office.desk.sync.exchange()
        office.colleague.does(AddNote(conversation_id=draft.conversation_id, message_id="note", text="Wait."))

    sent, back = undone(office, meanwhile=note)
    assert back is not None
    office.desk.sync.exchange()
    assert there(office, sent.conversation_id) == (True, True)
    assert office.on_server(Message, sent.reply_id).delivery is Delivery.CANCELLED
    assert office.desk.new_messages.begun() == (Begun(back),), "what was written is not lost"


def test_undone_too_late_it_stays_sent_and_is_said(office: Office) -> None:
    def leave(draft: Draft) -> None:
        office.desk.sync.exchange()
        report = ReportDelivery(
            conversation_id=draft.conversation_id, message_id=draft.reply_id, delivery=Delivery.SENT
        )
        office.server.backend.store.commit([report])

    sent, back = undone(office, meanwhile=leave)
    assert back is not None
    office.desk.sync.exchange()
    assert there(office, sent.conversation_id) == (True, True)
    assert office.on_server(Message, sent.reply_id).delivery is Delivery.SENT
    assert [item.title for item in office.desk.outbox.items()] == ["Undo send"]


def test_a_reply_that_is_not_all_there_is_is_called_back_where_it_is(office: Office) -> None:
    conversation_id = office.world.customer_writes("Karl Lund", "Refund", "Where is it?")
    outgoing = Outgoing(
        conversation_id=conversation_id,
        channel_id=office.row(Conversation, conversation_id).channel_id,
        text="On its way.",
        to=("karl.lund@customer.example",),
        reply_id="reply",
        seen_in=office.row(Conversation, conversation_id).last_in_id,
    )
    office.desk.composer.send(outgoing)
    assert office.desk.new_messages.call_back("reply") is None
    assert office.row(Message, "reply").delivery is Delivery.QUEUED
