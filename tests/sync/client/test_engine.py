"""The exchange of one client with its server, where calls are lost, servers are restored and programs end."""

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import timedelta

import pytest

from agent_desktop.domain.conversation import Conversation, Priority
from agent_desktop.domain.customer import Customer
from agent_desktop.domain.knowledge import CannedResponse
from agent_desktop.domain.operations.conversation import (
    ChangeTags,
    CreateConversation,
    SetPriority,
    SnoozeConversation,
)
from agent_desktop.domain.operations.customer import CreateCustomer
from agent_desktop.domain.operations.knowledge import CountCannedResponse, SaveCannedResponse
from agent_desktop.domain.result import OperationResult
from agent_desktop.services.sync_status import SyncState
from sync.client.engine import SyncEngine
from sync.client.scan_place import SCANNED
from sync.protocol.messages import PushAnswer, PushRequest, ScanAnswer
from sync.protocol.transport import Transport
from tests.factories import make_channel, make_conversation, make_customer
from tests.sync.cluster import Client, Cluster
from tests.sync.network import Fate, Network

HERE = make_conversation().id
ExpectLog = Callable[[str], None]


def create(client: Client, cluster: Cluster) -> str:
    conversation_id = cluster.ids.new()
    done = client.act(
        [
            CreateConversation(
                conversation_id=conversation_id,
                customer_id=make_customer().id,
                channel_id=make_channel().id,
                subject="Made offline",
            )
        ]
    )
    assert done is not None
    return conversation_id


class Interrupting(Network):
    """Calls something during every scan."""

    def __init__(self, inner: Transport, engine: SyncEngine) -> None:
        super().__init__(inner)
        self.engine = engine

    def scan(
        self, client_id: str, epoch: str, upto: int, after: str | None, scopes: Sequence[str] = ()
    ) -> ScanAnswer:
        self.engine.set_online(False)
        return super().scan(client_id, epoch, upto, after, scopes)


def test_a_scan_without_the_pull_behind_it_is_not_taken_for_exact(cluster: Cluster, anna: Client) -> None:
    made = create(anna, cluster)
    anna.exchange()
    anna.delete_replica()
    assert not anna.exchange([Fate.FINE, Fate.FINE, Fate.REQUEST_LOST])
    # Changed by somebody behind the version that the scan is pinned to, so no page holds it.
    cluster.commit(SetPriority(conversation_id=made, priority=Priority.HIGH))
    while anna.replica.state().scan != SCANNED:
        assert not anna.exchange([Fate.FINE, Fate.REQUEST_LOST])
    assert anna.visible().get(Conversation, made) is not None, (
        "what was made here is gone until the next pull"
    )
    assert anna.exchange()
    assert anna.replica.state().scan is None
    cluster.check(anna)
    assert cluster.rows().get(Conversation, made) == anna.visible().get(Conversation, made)


def test_a_server_restored_during_a_scan_begins_it_again(cluster: Cluster, anna: Client, ada: Client) -> None:
    cluster.back_up()
    cluster.commit(ChangeTags(conversation_id=HERE, add=("lost with the disk",)))
    anna.delete_replica()
    for calls in range(30):
        if anna.exchange([*[Fate.FINE] * calls, Fate.REQUEST_LOST]):
            break
        cluster.restore()
        assert ada.exchange()
    cluster.settle()


def test_numbers_go_on_where_a_restored_server_stands(cluster: Cluster, anna: Client) -> None:
    cluster.back_up()
    for name in ("forgotten", "forgotten too"):
        anna.act([ChangeTags(conversation_id=HERE, add=(name,))])
    anna.exchange()
    cluster.clock.advance(timedelta(days=8))
    anna.act([ChangeTags(conversation_id=HERE, add=("kept",))])
    anna.exchange()
    cluster.restore()
    anna.act([ChangeTags(conversation_id=HERE, add=("new",))])
    cluster.settle()
    cluster.check_log()
    conversation = cluster.rows().get(Conversation, HERE)
    assert conversation is not None
    assert conversation.tags == ("kept", "new")


def test_a_server_that_was_set_back_unsaid_is_told_what_it_may_have_done(
    cluster: Cluster, anna: Client, expect_log: ExpectLog
) -> None:
    expect_log("agent_desktop.server: ERROR: a client has seen more than the database has")
    cluster.back_up()
    anna.act([ChangeTags(conversation_id=HERE, add=("sent",))])
    anna.exchange()
    cluster.restore(silently=True)
    anna.act([ChangeTags(conversation_id=HERE, add=("new",))])
    pushed: dict[str, bool] = {}

    class Listening(Network):
        def push(self, request: PushRequest) -> PushAnswer:
            pushed.update({wire.payload: wire.again for wire in request.operations})
            return super().push(request)

    anna.network.inner = Listening(anna.network.inner)
    cluster.settle()
    assert [again for _, again in sorted(pushed.items())] == [False, True], "the new one, and what was sent"
    conversation = cluster.rows().get(Conversation, HERE)
    assert conversation is not None
    assert conversation.tags == ("sent", "new")


def test_of_a_database_that_was_set_back_the_log_says_it_once(
    cluster: Cluster, anna: Client, expect_log: ExpectLog, caplog: pytest.LogCaptureFixture
) -> None:
    expect_log("agent_desktop.server: ERROR: a client has seen more than the database has")
    state = anna.replica.state()
    for ahead in (1, 2, 3):
        answer = cluster.backend.pull(anna.user_id, "client", state.epoch, state.cursor + ahead)
        assert answer.resync
    assert len(caplog.records) == 1


def test_what_waited_offline_for_weeks_is_kept_as_long_as_anything_else(
    cluster: Cluster, anna: Client
) -> None:
    cluster.back_up()
    anna.act([ChangeTags(conversation_id=HERE, add=("from the field",))])
    cluster.clock.advance(timedelta(days=20))
    anna.exchange()
    anna.exchange()
    cluster.restore()
    cluster.settle()
    conversation = cluster.rows().get(Conversation, HERE)
    assert conversation is not None
    assert conversation.tags == ("from the field",)


def test_nothing_is_numbered_before_the_replica_is_at_the_head(cluster: Cluster, anna: Client) -> None:
    anna.act([ChangeTags(conversation_id=HERE, add=("old",))])
    anna.exchange()
    cluster.clock.advance(timedelta(days=8))
    anna.act([ChangeTags(conversation_id=HERE, add=("recent",))])
    anna.exchange()
    cluster.clock.advance(timedelta(days=8))
    anna.exchange()
    assert anna.outbox() == []  # so nothing but the server knows how far it counted
    anna.delete_replica()
    made = cluster.ids.new()
    assert anna.act([CreateCustomer(customer_id=made, name="Made before anything was fetched")])
    calm = anna.engine._transport
    anna.engine._transport = Interrupting(calm, anna.engine)
    anna.exchange()
    assert all(number is None for _, number in anna.outbox())
    anna.engine._transport = calm
    anna.engine.set_online(True)
    cluster.settle()
    cluster.check_log()
    assert cluster.rows().get(Customer, made) is not None


def test_an_operation_that_the_server_knows_under_another_number_is_confirmed(
    cluster: Cluster, anna: Client
) -> None:
    anna.act([ChangeTags(conversation_id=HERE, add=("once",))])
    anna.save()
    anna.exchange()
    anna.act([ChangeTags(conversation_id=HERE, add=("twice",))])
    anna.exchange()
    anna.restore_profile()
    cluster.settle()
    cluster.check_log()
    cluster.check_fold()


def test_an_operation_of_a_newer_program_is_sent_and_stops_nothing(cluster: Cluster, anna: Client) -> None:
    anna.act([ChangeTags(conversation_id=HERE, add=("before",))])
    anna.act([SnoozeConversation(conversation_id=HERE, until=None)])
    anna.act([ChangeTags(conversation_id=HERE, add=("after",))])
    with closing(sqlite3.connect(anna.work_db)) as connection, connection:
        connection.execute(
            "UPDATE outbox SET kind = 'conversation.teleport', payload = '{\"text\": \"kept\"}' WHERE position = 2"
        )
    anna.kill()
    assert anna.exchange()
    rows = anna.visible()
    conversation = rows.get(Conversation, HERE)
    assert conversation is not None
    assert conversation.tags == ("before", "after")
    results = rows.query(OperationResult)
    assert [(row.kind, row.payload) for row in results] == [("conversation.teleport", '{"text": "kept"}')]
    assert anna.pending() == []


def test_offline_is_offline_even_in_the_middle_of_a_first_sync(cluster: Cluster, anna: Client) -> None:
    anna.delete_replica()
    calm = anna.engine._transport
    anna.engine._transport = Interrupting(calm, anna.engine)
    anna.exchange()
    state = anna.replica.state()
    assert state.scan is not None
    assert anna.engine.status.state is SyncState.OFFLINE
    anna.engine._transport = calm
    anna.engine.set_online(True)
    cluster.settle()


def test_what_adds_up_adds_up_once_however_often_it_arrives(cluster: Cluster, anna: Client) -> None:
    canned = cluster.ids.new()
    cluster.commit(SaveCannedResponse(canned_response_id=canned, shortcut="hi", title="Hi", body="Hello"))
    anna.exchange()
    anna.act([CountCannedResponse(canned_response_id=canned)])
    assert not anna.exchange([Fate.FINE, Fate.DOUBLED, Fate.REQUEST_LOST])
    assert not anna.exchange([Fate.ANSWER_LOST])
    anna.exchange([Fate.DOUBLED] * 4)
    cluster.settle()
    response = cluster.rows().get(CannedResponse, canned)
    assert response is not None
    assert response.usage_count == 1


def test_nothing_is_done_twice_when_every_answer_is_lost(cluster: Cluster, anna: Client) -> None:
    anna.act([ChangeTags(conversation_id=HERE, add=("once",))])
    for calls in range(12):
        anna.exchange([*[Fate.FINE] * calls, Fate.ANSWER_LOST])
    cluster.settle()
    cluster.check_log()
    cluster.check_fold()
