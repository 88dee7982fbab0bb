"""The demo workspace is deterministic, consistent and looks like the work of a real company."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from agent_desktop.demo.generator import DemoGenerator
from agent_desktop.domain.access import SYSTEM_ACTOR
from agent_desktop.domain.conversation import ACTIVE, Conversation, Priority, ReadMarker, Status, is_unread
from agent_desktop.domain.customer import Customer, Identity
from agent_desktop.domain.knowledge import Article, CannedResponse, Macro
from agent_desktop.domain.message import Attachment, Direction, Message, MessageKind
from agent_desktop.domain.operations import perform
from agent_desktop.domain.operations.base import Context, Operation
from agent_desktop.domain.operations.importing import ImportConversation, ImportedMessage
from agent_desktop.domain.placeholders import render
from agent_desktop.domain.rows import E, Entity
from agent_desktop.domain.standing import with_messages
from agent_desktop.domain.workspace import Channel, ChannelKind, Role, User, Workspace
from tests.fakes import DictRows

NOW = datetime(2025, 3, 12, 10, 5, tzinfo=UTC)
VALUES = {
    "customer.name": "Amelia Novak",
    "customer.first_name": "Amelia",
    "customer.email": "amelia@novak.example",
    "agent.name": "Maya Keller",
    "agent.first_name": "Maya",
    "conversation.number": "1",
    "workspace.name": "Larkfield Home",
}


def rows_of(conversations: int, seed: int = 1, now: datetime = NOW) -> list[Entity]:
    return [row for batch in DemoGenerator(seed, conversations, now).batches() for row in batch]


@pytest.fixture(scope="module")
def rows() -> list[Entity]:
    return rows_of(2_000)


def of(rows: Iterable[Entity], entity: type[E]) -> list[E]:
    return [row for row in rows if isinstance(row, entity)]


def test_a_seed_always_gives_the_same_workspace_and_another_seed_another() -> None:
    assert rows_of(150) == rows_of(150)
    assert rows_of(150) != rows_of(150, seed=2)


@pytest.mark.parametrize("count", [0, 1, 5, 22, 60, 500])
def test_there_are_as_many_conversations_as_asked_for(count: int) -> None:
    assert len(of(rows_of(count), Conversation)) == count


def test_every_row_has_its_own_id_and_the_version_of_a_seed(rows: list[Entity]) -> None:
    keys = [(row.table, row.id) for row in rows]
    assert len(set(keys)) == len(keys)
    assert {row.ver for row in rows} == {1}


def test_rows_refer_to_rows_that_are_there(rows: list[Entity]) -> None:
    ids = {
        entity: {row.id for row in of(rows, entity)}
        for entity in (Customer, Channel, Conversation, User, Message)
    }
    for conversation in of(rows, Conversation):
        assert conversation.customer_id in ids[Customer]
        assert conversation.channel_id in ids[Channel]
        assert conversation.assignee_id in {None, *ids[User]}
    for message in of(rows, Message):
        assert message.conversation_id in ids[Conversation]
        expected = ids[Customer] if message.direction is Direction.IN else ids[User]
        assert message.author_id in expected
    for attachment in of(rows, Attachment):
        assert attachment.message_id in ids[Message]


def test_what_a_conversation_says_of_its_messages_is_what_handlers_would_say(rows: list[Entity]) -> None:
    messages: dict[str, list[Message]] = {}
    for message in of(rows, Message):
        messages.setdefault(message.conversation_id, []).append(message)
    for conversation in of(rows, Conversation):
        assert with_messages(conversation, messages[conversation.id]) == conversation


def test_importing_the_same_messages_gives_the_same_conversation(rows: list[Entity]) -> None:
    customers = {row.id: row for row in of(rows, Customer)}
    channels = {row.id: row for row in of(rows, Channel)}
    messages: dict[str, list[Message]] = {}
    for message in of(rows, Message):
        messages.setdefault(message.conversation_id, []).append(message)
    plain = [
        row for row in of(rows, Conversation) if row.priority is Priority.NORMAL and not row.snoozed_until
    ][:150]
    for conversation in plain:
        target = DictRows()
        target.put(of(rows, Workspace)[0])
        target.put(customers[conversation.customer_id])
        target.put(channels[conversation.channel_id])
        payload = ImportConversation(
            conversation_id=conversation.id,
            customer_id=conversation.customer_id,
            channel_id=conversation.channel_id,
            subject=conversation.subject,
            status=conversation.status,
            assignee_id=conversation.assignee_id,
            team_id=conversation.team_id,
            tags=conversation.tags,
            messages=tuple(
                ImportedMessage(
                    id=message.id,
                    direction=message.direction,
                    kind=message.kind,
                    created_at=message.created_at,
                    text=message.text,
                    author_id=message.author_id,
                )
                for message in messages[conversation.id]
            ),
        )
        perform(
            target,
            Operation(id="0" * 32, payload=payload, created_at=NOW),
            Context(operation_id="0" * 32, actor=SYSTEM_ACTOR, at=NOW, authoritative=True),
        )
        made = target.get(Conversation, conversation.id)
        assert made is not None
        for name in (
            "status",
            "due_at",
            "waiting_since",
            "last_in_id",
            "last_out_id",
            "preview",
            "message_count",
        ):
            assert getattr(made, name) == getattr(conversation, name), name


def test_numbers_follow_the_order_of_time(rows: list[Entity]) -> None:
    conversations = of(rows, Conversation)
    numbers = [row.number for row in conversations]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert of(rows, Workspace)[0].next_number == numbers[-1] + 1
    for earlier, later in pairwise(conversations):
        assert earlier.created_at <= later.created_at + timedelta(seconds=1)


def test_messages_come_in_the_order_of_time(rows: list[Entity]) -> None:
    times = [row.created_at for row in of(rows, Message)]
    assert all(earlier <= later + timedelta(seconds=1) for earlier, later in pairwise(times))
    assert max(times) <= NOW
    assert NOW - max(times) < timedelta(minutes=3)
    assert NOW - min(times) > timedelta(days=500)


def test_the_floor_is_busy_but_most_is_solved(rows: list[Entity]) -> None:
    conversations = of(rows, Conversation)
    active = [row for row in conversations if row.status in ACTIVE]
    assert 100 <= len(active) <= 150
    due = [row.due_at for row in active if row.due_at and not row.snoozed_until]
    assert sum(moment < NOW for moment in due) in range(3, 25)
    assert sum(NOW <= moment < NOW + timedelta(minutes=30) for moment in due) in range(3, 30)
    assert sum(moment >= NOW + timedelta(minutes=30) for moment in due) > 15
    assert any(row.snoozed_until and row.snoozed_until > NOW for row in active)
    assert {row.status for row in active} == {Status.OPEN, Status.PENDING, Status.ON_HOLD}


def test_the_list_of_the_signed_in_user_is_the_front(rows: list[Entity]) -> None:
    me = next(row for row in of(rows, User) if row.name == "Maya Keller")
    assert me.role is Role.ADMIN
    assert me.id == DemoGenerator(1, 0, NOW).user_id
    mine = [
        row
        for row in of(rows, Conversation)
        if row.assignee_id == me.id and row.status in ACTIVE and not row.snoozed_until
    ]
    assert 10 <= len(mine) <= 15
    hero = next(row for row in mine if row.subject == "Where is my replacement kettle?")
    assert hero.due_at == NOW + timedelta(minutes=8)
    assert hero.mentioned_ids == (me.id,)
    markers = {row.conversation_id: row.read_at for row in of(rows, ReadMarker)}
    unread = [row for row in mine if is_unread(row, markers.get(row.id))]
    assert 3 <= len(unread) <= 9
    solved = [row for row in of(rows, Conversation) if row.status is Status.SOLVED]
    assert not any(is_unread(row, markers.get(row.id)) for row in solved)


def test_customers_can_be_reached_where_they_wrote(rows: list[Entity]) -> None:
    kinds = {row.id: row.kind for row in of(rows, Channel)}
    reached = {(row.customer_id, row.kind) for row in of(rows, Identity)}
    for conversation in of(rows, Conversation):
        assert (conversation.customer_id, kinds[conversation.channel_id]) in reached
    addresses = [(row.kind, row.address) for row in of(rows, Identity)]
    assert len(set(addresses)) == len(addresses)


def test_there_is_variety(rows: list[Entity]) -> None:
    kinds = {row.id: row.kind for row in of(rows, Channel)}
    by_kind = Counter(kinds[row.channel_id] for row in of(rows, Conversation))
    assert set(by_kind) == set(ChannelKind)
    spoken = [
        row for row in of(rows, Message) if row.kind is MessageKind.REPLY and row.direction is Direction.IN
    ]
    assert len({row.text for row in spoken}) > 0.65 * len(spoken)
    assert {row.language for row in of(rows, Customer)} >= {"English", "German", "Spanish", "French"}
    assert any(row.html_blob for row in spoken)
    assert any(len(row.text) > 1_200 for row in spoken)
    assert any(len(row.text) < 8 for row in spoken)
    assert any("؀" <= letter <= "ۿ" for row in spoken for letter in row.text)
    assert len(of(rows, Article)) >= 60
    assert len(of(rows, CannedResponse)) >= 40
    assert len(of(rows, Macro)) == 8


def test_no_text_has_a_field_or_a_choice_left_in_it(rows: list[Entity]) -> None:
    for message in of(rows, Message):
        assert not {"{", "}", "|"} & set(message.text), message.text
        assert "[" not in message.text
    for conversation in of(rows, Conversation):
        assert not {"{", "}", "|", "["} & set(conversation.subject), conversation.subject


def test_prepared_answers_have_only_placeholders_that_can_be_filled(rows: list[Entity]) -> None:
    for response in of(rows, CannedResponse):
        assert render(response.body, VALUES).unresolved == ()
    for macro in of(rows, Macro):
        for action in macro.actions:
            assert render(action.value, VALUES).unresolved == ()


def test_every_file_that_a_row_names_comes_with_it(rows: list[Entity]) -> None:
    files = {file.sha256: file for file in DemoGenerator(1, 0, NOW).files()}
    for attachment in of(rows, Attachment):
        assert files[attachment.sha256].media_type == attachment.media_type
        assert len(files[attachment.sha256].content) == attachment.size
    for message in of(rows, Message):
        assert message.html_blob is None or message.html_blob in files


def test_batches_stay_small_enough_to_pass_on() -> None:
    sizes = [len(batch) for batch in DemoGenerator(1, 3_000, NOW).batches()]
    assert max(sizes) < 12_000
    assert len(sizes) > 3
