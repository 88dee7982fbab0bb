"""Writing to a customer: where to, what is checked before anything leaves, and what becomes of what is taken back."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from agent_desktop.domain.conversation import Conversation, Status
from agent_desktop.domain.errors import Rejected
from agent_desktop.domain.ids import Id
from agent_desktop.domain.message import Delivery, Direction, Message, MessageKind
from agent_desktop.domain.operations.conversation import CreateConversation
from agent_desktop.domain.operations.customer import Address, CreateCustomer, MergeCustomers
from agent_desktop.domain.operations.message import ReceiveMessage, Reply, ReportDelivery
from agent_desktop.domain.operations.workspace import SaveChannel
from agent_desktop.domain.workspace import ChannelKind
from agent_desktop.services.composer import ComposeProblem, Outgoing
from agent_desktop.services.drafts import Draft, DraftKind
from tests.desk_fixture import Office


@pytest.fixture
def conversation_id(office: Office) -> Id:
    return office.world.customer_writes("Karl Lund", "Refund", "Where is it?")


Write = Callable[..., Outgoing]


@pytest.fixture
def write(office: Office, conversation_id: Id) -> Write:
    """Writes a reply to what the desk shows now."""

    def written(text: str = "It is on its way.", **changes: object) -> Outgoing:
        choice = office.desk.composer.channels(conversation_id)[0]
        here = office.row(Conversation, conversation_id)
        outgoing = Outgoing(
            conversation_id=conversation_id,
            channel_id=choice.channel.id,
            text=text,
            to=choice.to,
            reply_id=office.desk.ids.new(),
            seen_in=here.last_in_id,
            seen_out=here.last_out_id,
        )
        return replace(outgoing, **changes)  # type: ignore[arg-type]  # fields by name

    return written


def replies(office: Office, conversation_id: Id) -> list[Message]:
    items = office.desk.conversations.timeline(conversation_id).items
    return [item.message for item in items if item.message.direction is Direction.OUT]


def test_a_reply_is_queued_at_once_and_arrives_at_the_server(office: Office, write: Write) -> None:
    applied = office.desk.composer.send(write())
    payload = applied.operations[0].payload
    assert isinstance(payload, Reply)
    assert office.row(Message, payload.message_id).delivery is Delivery.QUEUED
    office.desk.sync.exchange()
    message = office.on_server(Message, payload.message_id)
    assert (message.text, message.delivery, message.kind) == (
        "It is on its way.",
        Delivery.QUEUED,
        MessageKind.REPLY,
    )


def test_a_reply_to_an_old_view_is_held_and_says_so(
    office: Office, conversation_id: Id, write: Write
) -> None:
    stale = write(then=Status.SOLVED)
    office.world.customer_adds(conversation_id, "Forget it, I found it!")
    office.desk.composer.send(stale)
    office.desk.sync.exchange()
    (reply,) = replies(office, conversation_id)
    assert reply.delivery is Delivery.HELD
    assert office.row(Conversation, conversation_id).status is Status.OPEN
    (item,) = office.desk.outbox.items()
    assert (item.can_retry, item.can_edit, item.can_discard) == (True, True, True)
    here = office.row(Conversation, conversation_id)
    office.desk.composer.send_again(reply.id, here.last_in_id, here.last_out_id)
    office.desk.sync.exchange()
    assert office.on_server(Message, reply.id).delivery is Delivery.QUEUED


def test_a_reply_written_offline_is_held_when_a_colleague_was_faster(
    office: Office, conversation_id: Id, write: Write
) -> None:
    here = office.row(Conversation, conversation_id)
    channel = office.desk.composer.channels(conversation_id)[0].channel
    office.colleague.does(
        Reply(
            conversation_id=conversation_id,
            message_id=office.world.ids.new(),
            channel_id=channel.id,
            text="From Ben",
            seen_in=here.last_in_id,
            seen_out=here.last_out_id,
        )
    )
    office.desk.composer.send(write("From Maya"))
    (shown,) = replies(office, conversation_id)
    assert shown.delivery is Delivery.QUEUED
    office.desk.sync.exchange()
    deliveries = {message.text: message.delivery for message in replies(office, conversation_id)}
    assert deliveries == {"From Ben": Delivery.QUEUED, "From Maya": Delivery.HELD}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "There is nothing to send yet."),
        (" \n\t", "There is nothing to send yet."),
        ("x" * 25_001, "takes 25,000 characters; this is 1 too long"),
        ("Dear {{ customer.first_name }},", "Fill in {{ customer.first_name }} before sending."),
    ],
)
def test_what_cannot_be_sent_is_said_and_nothing_happens(
    office: Office, conversation_id: Id, write: Write, text: str, sentence: str
) -> None:
    draft = Draft(
        conversation_id=conversation_id,
        kind=DraftKind.REPLY,
        text="still here",
        updated_at=office.clock.now(),
    )
    office.desk.drafts.save(draft)
    with pytest.raises(ComposeProblem) as refused:
        office.desk.composer.send(write(text))
    assert sentence in refused.value.sentence
    assert office.pending() == []
    assert office.desk.drafts.get(conversation_id, DraftKind.REPLY) == draft


def test_without_an_address_no_mail_is_sent(office: Office, write: Write) -> None:
    with pytest.raises(ComposeProblem, match="no e-mail address in To"):
        office.desk.composer.send(write(to=()))


def test_text_that_no_file_can_hold_is_mended_before_it_is_stored(
    office: Office, conversation_id: Id, write: Write
) -> None:
    office.desk.composer.send(write("a\0b\ud83dc 😀"))
    office.desk.composer.note(conversation_id, "\udc00 note")
    assert {message.text for message in replies(office, conversation_id)} == {
        "a\ufffdb\ufffdc 😀",
        "\ufffd note",
    }
    office.desk.sync.exchange()
    assert office.pending() == []
    assert {message.delivery for message in replies(office, conversation_id)} == {
        Delivery.QUEUED,
        Delivery.NONE,
    }


def whatsapp(office: Office) -> Id:
    """A conversation on WhatsApp, where an answer is allowed for a day."""
    channel_id, customer_id, conversation_id = (office.world.ids.new() for _ in range(3))
    office.server.backend.store.commit(
        [
            SaveChannel(channel_id=channel_id, kind=ChannelKind.WHATSAPP, name="WhatsApp"),
            CreateCustomer(
                customer_id=customer_id,
                name="Mia Roth",
                addresses=(Address(kind=ChannelKind.WHATSAPP, address="+49301234"),),
            ),
            CreateConversation(
                conversation_id=conversation_id, customer_id=customer_id, channel_id=channel_id, subject="Hi"
            ),
            ReceiveMessage(
                conversation_id=conversation_id,
                message_id=office.world.ids.new(),
                customer_id=customer_id,
                channel_id=channel_id,
                text="Hi",
                sent_at=office.clock.now(),
            ),
        ]
    )
    office.desk.sync.exchange()
    return conversation_id


def test_the_window_of_a_channel_counts_when_the_reply_leaves(office: Office) -> None:
    conversation_id = whatsapp(office)
    (choice,) = office.desk.composer.channels(conversation_id)
    here = office.row(Conversation, conversation_id)
    outgoing = Outgoing(
        conversation_id=conversation_id,
        channel_id=choice.channel.id,
        text="Hello",
        to=choice.to,
        seen_in=here.last_in_id,
    )
    assert office.desk.composer.check(outgoing) == ()
    later = replace(outgoing, send_at=office.clock.now() + timedelta(hours=30))
    assert "that time is over" in office.desk.composer.check(later)[0]
    office.clock.advance(timedelta(hours=25))
    assert "that time is over" in office.desk.composer.check(outgoing)[0]


def test_channels_begin_with_the_one_of_the_conversation(office: Office, conversation_id: Id) -> None:
    choices = office.desk.composer.channels(conversation_id)
    assert [choice.channel.kind for choice in choices] == [ChannelKind.EMAIL]
    assert choices[0].to == ("karl.lund@customer.example",)
    assert office.desk.composer.channels("0" * 32) == ()


def test_a_merged_customer_is_reached_by_the_addresses_of_the_survivor(
    office: Office, conversation_id: Id
) -> None:
    other = office.world.customer_writes("Karl L.", "Again")
    office.desk.apply(
        MergeCustomers(
            customer_id=office.world.customers[other], merged_id=office.world.customers[conversation_id]
        )
    )
    (choice,) = office.desk.composer.channels(conversation_id)
    assert set(choice.to) == {"karl.lund@customer.example", "karl.l.@customer.example"}


def test_values_for_placeholders_come_from_the_conversation(office: Office, conversation_id: Id) -> None:
    values = office.desk.composer.values(conversation_id)
    assert values["customer.first_name"] == "Karl"
    assert values["customer.email"] == "karl.lund@customer.example"
    assert values["conversation.number"] == "1"
    assert values["agent.name"] == "Maya Keller"
    assert values["workspace.name"] == "Northwind Kettles"
    assert set(office.desk.composer.values("0" * 32)) == set(values)


def test_a_reply_that_is_called_back_is_the_draft_again_before_what_was_written_since(
    office: Office, conversation_id: Id, write: Write, tmp_path: Path
) -> None:
    (tmp_path / "photo.jpg").write_bytes(b"pixels")
    file = office.desk.composer.attach(tmp_path / "photo.jpg")
    outgoing = write("First", files=(file,), cc=("boss@example.org",), subject="Re: Refund")
    office.desk.composer.send(outgoing)
    office.desk.drafts.save(
        Draft(
            conversation_id=conversation_id,
            kind=DraftKind.REPLY,
            text="Second",
            updated_at=office.clock.now(),
        )
    )
    draft = office.desk.composer.call_back(outgoing.reply_id)
    assert draft is not None
    assert draft == office.desk.drafts.get(conversation_id, DraftKind.REPLY)
    assert (draft.text, draft.cc, draft.subject) == ("First\n\nSecond", ("boss@example.org",), "Re: Refund")
    assert [(item.name, item.sha256) for item in draft.files] == [("photo.jpg", file.sha256)]
    assert office.desk.blobs.read(draft.files[0].sha256) == b"pixels"
    office.desk.sync.exchange()
    assert office.on_server(Message, outgoing.reply_id).delivery is Delivery.CANCELLED
    office.clock.advance(timedelta(hours=1))
    assert office.server.outbound.run_due() == 0


def test_what_has_left_is_not_called_back(office: Office, conversation_id: Id, write: Write) -> None:
    outgoing = write()
    office.desk.composer.send(outgoing)
    office.desk.sync.exchange()
    office.clock.advance(timedelta(minutes=5))
    office.server.outbound.run_due()
    with office.server.backend.store.transaction() as transaction:
        office.server.backend.store.report(
            transaction,
            ReportDelivery(
                conversation_id=conversation_id, message_id=outgoing.reply_id, delivery=Delivery.SENT
            ),
        )
    office.desk.sync.exchange()
    with pytest.raises(Rejected):
        office.desk.composer.call_back(outgoing.reply_id)
    assert office.desk.drafts.get(conversation_id, DraftKind.REPLY) is None


def test_undo_that_comes_too_late_leaves_the_reply_and_says_so(
    office: Office, conversation_id: Id, write: Write
) -> None:
    outgoing = write()
    office.desk.composer.send(outgoing)
    office.desk.sync.exchange()
    with office.server.backend.store.transaction() as transaction:
        office.server.backend.store.report(
            transaction,
            ReportDelivery(
                conversation_id=conversation_id, message_id=outgoing.reply_id, delivery=Delivery.SENT
            ),
        )
    office.desk.composer.call_back(outgoing.reply_id)  # this desk does not know yet
    office.desk.sync.exchange()
    assert office.row(Message, outgoing.reply_id).delivery is Delivery.SENT
    assert [item.words for item in office.desk.outbox.items()] == [
        "It was sent already and cannot be called back."
    ]


def test_a_note_asks_for_those_it_names_and_never_leaves(office: Office, conversation_id: Id) -> None:
    office.desk.composer.note(conversation_id, "@Ben can you look? Not @somebody.")
    office.desk.sync.exchange()
    (note,) = replies(office, conversation_id)
    assert note.kind is MessageKind.NOTE
    assert note.mentioned_ids == (office.colleague.user_id,)
    office.clock.advance(timedelta(days=1))
    assert office.server.outbound.run_due() == 0
    with office.server.database.read() as connection:
        assert connection.execute("SELECT count(*) FROM outbound").fetchone() == (0,)
    with pytest.raises(ComposeProblem):
        office.desk.composer.note(conversation_id, "  ")


def test_discarding_a_reply_keeps_its_text_in_the_timeline(
    office: Office, conversation_id: Id, write: Write
) -> None:
    outgoing = write()
    office.desk.composer.send(outgoing)
    office.desk.composer.discard(outgoing.reply_id)
    office.desk.sync.exchange()
    (reply,) = replies(office, conversation_id)
    assert (reply.text, reply.delivery) == ("It is on its way.", Delivery.CANCELLED)
    assert office.desk.outbox.items() == []
    for call in (
        office.desk.composer.discard,
        lambda row_id: office.desk.composer.send_again(row_id, None, None),
    ):
        with pytest.raises(Rejected):
            call("0" * 32)
    assert office.desk.composer.call_back("0" * 32) is None
