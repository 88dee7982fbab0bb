"""What a server does not understand, or does not take at once, waits; everything else is sent."""

from collections.abc import Callable, Sequence
from datetime import timedelta

import msgspec
import pytest

from agent_desktop.domain.conversation import Priority
from agent_desktop.domain.customer import Customer
from agent_desktop.domain.operations import encode_payload
from agent_desktop.domain.operations.conversation import (
    CHANGE_TAGS,
    SET_PRIORITY,
    AssignConversation,
    ChangeTags,
    SetPriority,
)
from agent_desktop.domain.operations.customer import CREATE_CUSTOMER, CreateCustomer
from agent_desktop.domain.operations.importing import IMPORT_CONVERSATION, ImportConversation
from agent_desktop.domain.operations.message import ADD_NOTE, AddNote
from agent_desktop.domain.result import OperationResult
from agent_desktop.services.sync_status import SyncState, SyncStatus
from agent_desktop.store.outbox import Pending
from sync.client.calls import HelloCall
from sync.client.exchange import TIDY_EVERY
from sync.client.parking import not_understood
from sync.protocol.messages import Hello, PushAnswer, PushRequest
from sync.protocol.transport import Unreachable
from tests.factories import ANNA, BEN, an_id, make_conversation, make_pending
from tests.sync.client.test_exchange import Talk
from tests.sync.cluster import Client, Cluster
from tests.sync.files import entity_rows

HERE = make_conversation().id


class Server:
    """What a server says that it understands, until it is updated."""

    def __init__(self, talk: Talk, understood: dict[str, int]) -> None:
        self._hello = talk.transport.hello
        self._understood = understood
        self.updated = False
        talk.transport.hello = self.hello  # type: ignore[method-assign]  # the rest of it stays as it is

    def hello(self) -> Hello:
        found = self._hello()
        operations = found.operations if self.updated else {**found.operations, **self._understood}
        known = {name: version for name, version in operations.items() if version}
        return msgspec.structs.replace(found, operations=known)


class NoFiles:
    """No file is waited for."""

    def parked(self, pending: Sequence[Pending]) -> frozenset[str]:
        return frozenset()

    def missing(self, sha256s: Sequence[str]) -> None:
        raise AssertionError


@pytest.fixture
def talk(cluster: Cluster, anna: Client) -> Talk:
    return Talk(cluster, anna)


def waiting(anna: Client) -> list[str]:
    return [item.kind for item in anna.files.outbox.pending(anna.replica.state().ack)]


def status(talk: Talk) -> SyncStatus:
    now = talk.clock.now()
    talk.core.count()
    return talk.core.status(now, SyncStatus(SyncState.CATCHING_UP, now))


def work(anna: Client) -> None:
    anna.act([SetPriority(conversation_id=HERE, priority=Priority.URGENT)])
    anna.act([ChangeTags(conversation_id=HERE, add=("vip",))])
    anna.act([CreateCustomer(customer_id=an_id("new"), name="New")])


def fail(talk: Talk) -> None:
    """The server is away for a moment, as it is when it is updated."""
    talk.core.poke(talk.clock.now())
    call = talk.core.next_call(talk.clock.now())
    assert call is not None
    talk.core.failed(call, Unreachable("lost"), talk.clock.now())
    talk.clock.advance(timedelta(minutes=1))


WAYS: dict[str, Callable[[Talk], None]] = {
    "after it was away": fail,
    "when asked to try again": lambda talk: talk.core.retry(talk.clock.now()),
    "some time later": lambda talk: talk.clock.advance(TIDY_EVERY),
}


@pytest.mark.parametrize("way", WAYS)
def test_what_the_server_does_not_understand_waits_for_its_update(talk: Talk, anna: Client, way: str) -> None:
    server = Server(talk, {SET_PRIORITY.name: SET_PRIORITY.version - 1})
    work(anna)
    talk.calls()
    # What was done later to the same conversation waits with it, and nothing else does.
    assert waiting(anna) == [SET_PRIORITY.name, CHANGE_TAGS.name]
    found = status(talk)
    assert found.waiting == 2
    assert "does not understand 2 of your changes" in found.problem
    assert talk.calls() == []
    server.updated = True
    WAYS[way](talk)
    assert HelloCall in talk.calls()
    assert waiting(anna) == []
    assert status(talk).problem == ""


def test_an_older_server_may_know_a_kind_as_it_was_before() -> None:
    kind = IMPORT_CONVERSATION
    old = ImportConversation(
        conversation_id=HERE, customer_id=an_id("mia"), channel_id=an_id("mail"), subject="Old", messages=()
    )
    item = make_pending(kind=kind.name, version=kind.version, payload=encode_payload(old))
    assert not_understood([item], {kind.name: kind.version}) == frozenset()
    assert not_understood([item], {kind.name: kind.version - 1}) == {item.id}


def test_a_server_that_understands_everything_is_asked_to_wait_for_nothing(talk: Talk, anna: Client) -> None:
    work(anna)
    talk.calls()
    assert (waiting(anna), status(talk).problem) == ([], "")


def test_a_newer_server_may_know_more_kinds(talk: Talk, anna: Client) -> None:
    Server(talk, {"conversation.foretell": 3, SET_PRIORITY.name: SET_PRIORITY.version + 1})
    work(anna)
    talk.calls()
    assert (waiting(anna), status(talk).problem) == ([], "")


def test_what_goes_together_waits_together(talk: Talk, anna: Client) -> None:
    """The part that is not understood comes last, and those before it wait all the same."""
    server = Server(talk, {SET_PRIORITY.name: SET_PRIORITY.version - 1})
    customer = CreateCustomer(customer_id=an_id("new"), name="New")
    anna.act([customer, SetPriority(conversation_id=HERE, priority=Priority.URGENT)], together=True)
    anna.act([CreateCustomer(customer_id=an_id("other"), name="Other")])
    talk.calls()
    assert waiting(anna) == [CREATE_CUSTOMER.name, SET_PRIORITY.name]
    server.updated = True
    talk.core.retry(talk.clock.now())
    talk.calls()
    assert waiting(anna) == []


def test_a_server_that_does_not_know_of_groups_gets_them_by_parts(
    talk: Talk, anna: Client, cluster: Cluster
) -> None:
    """One version back: it leaves out the mark, and what it refuses is told by itself."""
    push = talk.transport.push

    def older(request: PushRequest) -> PushAnswer:
        operations = [msgspec.structs.replace(wire, together=False) for wire in request.operations]
        return push(msgspec.structs.replace(request, operations=operations))

    talk.transport.push = older  # type: ignore[method-assign]  # the rest of it stays as it is
    take = AssignConversation(conversation_id=HERE, assignee_id=ANNA.id, check_seen=True)
    assert anna.act([CreateCustomer(customer_id=an_id("new"), name="New"), take], together=True)
    cluster.commit(AssignConversation(conversation_id=HERE, assignee_id=BEN.id))
    talk.calls()
    assert waiting(anna) == []
    rows = entity_rows(anna.replica_db, anna.files.replica_schema.tables)
    assert rows.get(Customer, an_id("new")) is not None
    assert [row.group_id for row in rows.query(OperationResult)] == [None]


def test_what_no_server_takes_at_once_keeps_nothing_else_waiting(anna: Client, cluster: Cluster) -> None:
    talk = Talk(cluster, anna, gate=NoFiles())
    talk.calls()
    note = AddNote(conversation_id=HERE, message_id=an_id("note"), text="x" * 2_000_000)
    anna.act([note])
    anna.act([ChangeTags(conversation_id=HERE, add=("vip",))])
    anna.act([CreateCustomer(customer_id=an_id("new"), name="New")])
    talk.calls()
    # What was done later to the same conversation waits with it, until its author has given it up.
    assert waiting(anna) == [ADD_NOTE.name, CHANGE_TAGS.name]
    anna.replica.give_up([anna.files.outbox.pending(anna.replica.state().ack)[0].id])
    talk.core.retry(talk.clock.now())
    talk.calls()
    assert waiting(anna) == []
    assert anna.visible() == anna.confirmed()
