"""While the demo is live, customers keep writing, and everything they do can be carried out."""

from datetime import UTC, datetime, timedelta

from agent_desktop.demo.generator import DemoGenerator
from agent_desktop.demo.live import LiveCustomers
from agent_desktop.domain.access import SYSTEM_ACTOR
from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.customer import Identity
from agent_desktop.domain.operations import perform
from agent_desktop.domain.operations.base import Context, Operation
from agent_desktop.domain.operations.conversation import CreateConversation
from agent_desktop.domain.operations.message import ReceiveMessage
from agent_desktop.domain.records import Record
from agent_desktop.domain.workspace import Channel
from tests.fakes import DictRows, FakeIds

NOW = datetime(2025, 3, 12, 10, 5, tzinfo=UTC)


def events(seed: int, count: int) -> list[tuple[datetime, tuple[Record, ...]]]:
    live, now, found = LiveCustomers(seed), NOW, []
    for _ in range(count):
        delay, payloads = live.next_event(now)
        assert 1 <= delay <= 60
        found.append((now, payloads))
        now += timedelta(seconds=delay)
    return found


def test_the_same_seed_and_times_give_the_same_events() -> None:
    assert events(3, 40) == events(3, 40)
    assert events(3, 40) != events(4, 40)


def test_everything_can_be_carried_out_in_the_demo_workspace() -> None:
    rows, ids = DictRows(), FakeIds()
    for batch in DemoGenerator(5, 300, NOW).batches():
        for row in batch:
            rows.put(row)
    made = 0
    for now, payloads in events(5, 60):
        for payload in payloads:
            operation = Operation(id=ids.new(), payload=payload, created_at=now)
            context = Context(operation_id=operation.id, actor=SYSTEM_ACTOR, at=now, authoritative=True)
            perform(rows, operation, context)
            made += isinstance(payload, CreateConversation)
    assert made > 20


def test_newcomers_can_be_reached_where_they_wrote() -> None:
    rows, ids = DictRows(), FakeIds()
    for batch in DemoGenerator(5, 300, NOW).batches():
        for row in batch:
            rows.put(row)
    for now, payloads in events(5, 60):
        for payload in payloads:
            operation = Operation(id=ids.new(), payload=payload, created_at=now)
            perform(
                rows,
                operation,
                Context(operation_id=operation.id, actor=SYSTEM_ACTOR, at=now, authoritative=True),
            )
    reached = {(row.customer_id, row.kind) for row in rows.query(Identity)}
    for _, payloads in events(5, 60):
        for payload in payloads:
            if isinstance(payload, ReceiveMessage):
                conversation = rows.get(Conversation, payload.conversation_id)
                assert conversation is not None
                channel = rows.get(Channel, conversation.channel_id)
                assert channel is not None
                assert (conversation.customer_id, channel.kind) in reached
