"""One open conversation: its head, and its timeline page by page."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.domain.ids import Id
from agent_desktop.domain.message import AttachmentFile, Direction, Message, MessageKind
from agent_desktop.domain.operations.conversation import MarkRead
from agent_desktop.domain.operations.customer import Address, CreateCustomer, MergeCustomers
from agent_desktop.domain.operations.importing import ImportConversation, ImportedMessage
from agent_desktop.domain.operations.message import AddNote, RemoveNote
from agent_desktop.domain.workspace import ChannelKind
from tests.desk_fixture import Office


@pytest.fixture
def conversation_id(office: Office) -> Id:
    return office.world.customer_writes("Karl Lund", "Refund", "Where is it?")


def note(office: Office, conversation_id: Id, text: str = "note", **changes: object) -> Id:
    message_id = office.desk.ids.new()
    office.desk.apply(
        AddNote(conversation_id=conversation_id, message_id=message_id, text=text, **changes)  # type: ignore[arg-type]
    )
    return message_id


def whole(office: Office, conversation_id: Id, limit: int) -> list[Message]:
    """The timeline, page after page from the newest on."""
    messages: list[Message] = []
    before = None
    while True:
        page = office.desk.conversations.timeline(conversation_id, before, limit)
        assert len(page.items) <= limit
        messages = [item.message for item in page.items] + messages
        if not page.more:
            return messages
        before = (messages[0].created_at, messages[0].id)


def test_the_head_tells_who_and_where(office: Office, conversation_id: Id) -> None:
    card = office.desk.conversations.card(conversation_id)
    assert card is not None
    assert card.channel is not None
    assert card.assignee is not None
    assert (card.customer.name, card.channel.name, card.assignee.name, card.team, card.read_at) == (
        "Karl Lund",
        "Email",
        "Maya Keller",
        None,
        None,
    )
    office.desk.apply(MarkRead(conversation_id=conversation_id, read_at=office.clock.now()))
    card = office.desk.conversations.card(conversation_id)
    assert card is not None
    assert card.read_at == office.clock.now()
    assert office.desk.conversations.card("0" * 32) is None


def test_what_the_server_has_not_confirmed_is_marked(office: Office, conversation_id: Id) -> None:
    mine = note(office, conversation_id)
    pending = {
        item.message.id: item.pending for item in office.desk.conversations.timeline(conversation_id).items
    }
    assert pending[mine]
    assert sum(pending.values()) == 1
    office.desk.sync.exchange()
    assert not any(item.pending for item in office.desk.conversations.timeline(conversation_id).items)


def test_files_come_with_their_messages(office: Office, conversation_id: Id) -> None:
    files = tuple(
        AttachmentFile(id=office.desk.ids.new(), name=name, media_type="text/plain", size=1, sha256="d" * 64)
        for name in ("one.txt", "two.txt")
    )
    with_files = note(office, conversation_id, "", files=files)
    names = {
        item.message.id: [file.name for file in item.attachments]
        for item in office.desk.conversations.timeline(conversation_id).items
    }
    assert names.pop(with_files) == ["one.txt", "two.txt"]
    assert list(names.values()) == [[]]


def test_a_timeline_is_whole_and_in_order_whatever_the_pages(office: Office, conversation_id: Id) -> None:
    world, base = office.world, office.clock.now() - timedelta(days=100)

    @given(st.lists(st.integers(0, 6), min_size=1, max_size=25), st.integers(1, 7))
    def check(minutes: list[int], limit: int) -> None:
        imported = world.ids.new()
        office.desk.apply(
            ImportConversation(
                conversation_id=imported,
                customer_id=world.customers[conversation_id],
                channel_id=office.desk.directory.channels()[0].id,
                subject="Old",
                messages=tuple(
                    ImportedMessage(
                        id=world.ids.new(),
                        direction=Direction.IN,
                        kind=MessageKind.REPLY,
                        created_at=base + timedelta(minutes=minute),
                        text=str(place),
                    )
                    for place, minute in enumerate(minutes)
                ),
            )
        )
        messages = whole(office, imported, limit)
        assert len(messages) == len(minutes)
        order = [(message.created_at, message.id) for message in messages]
        assert order == sorted(order)
        assert len(set(order)) == len(order)

    check()


def test_what_comes_while_somebody_reads_on_disturbs_no_page(office: Office, conversation_id: Id) -> None:
    for number in range(9):
        office.clock.advance(timedelta(minutes=1))
        note(office, conversation_id, str(number))
    first = office.desk.conversations.timeline(conversation_id, limit=4)
    assert [item.message.text for item in first.items] == ["5", "6", "7", "8"]
    office.world.customer_adds(conversation_id, "new")
    oldest = first.items[0].message
    office.desk.apply(RemoveNote(conversation_id=conversation_id, message_id=oldest.id))
    second = office.desk.conversations.timeline(conversation_id, (oldest.created_at, oldest.id), 4)
    assert [item.message.text for item in second.items] == ["1", "2", "3", "4"]
    assert second.more


def test_a_conversation_that_is_not_here_has_an_empty_timeline(office: Office) -> None:
    page = office.desk.conversations.timeline("0" * 32)
    assert (page.items, page.more) == ((), False)


def test_where_a_mail_came_from_is_told_where_the_name_does_not_tell_it(
    office: Office, conversation_id: Id
) -> None:
    desk, here = office.desk, "Karl <Karl.Lund@customer.example>"
    elsewhere = "Karl <karl@elsewhere.example>"
    office.world.customer_adds(conversation_id, sender=here)
    office.world.customer_adds(conversation_id, sender=elsewhere)

    def told() -> list[str]:
        return [item.sender for item in desk.conversations.timeline(conversation_id).items]

    assert told() == ["", "", elsewhere]
    work = Address(kind=ChannelKind.EMAIL, address="karl@work.example")
    same = desk.ids.new()
    desk.apply(CreateCustomer(customer_id=same, name="Karl at work", addresses=(work,)))
    desk.apply(MergeCustomers(customer_id=office.world.customers[conversation_id], merged_id=same))
    assert told() == ["", here, elsewhere], "of several addresses each is worth saying"
