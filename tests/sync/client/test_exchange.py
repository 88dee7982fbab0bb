"""The state machine of the exchange, told by hand what became of its calls."""

from collections.abc import Callable
from datetime import timedelta
from random import Random

import msgspec
import pytest

from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.customer import Customer
from agent_desktop.domain.operations.conversation import ChangeTags
from agent_desktop.domain.operations.customer import CreateCustomer
from agent_desktop.domain.operations.message import AddNote
from agent_desktop.domain.operations.workspace import SaveUser
from agent_desktop.domain.records import Record
from agent_desktop.store.replica import Delta
from sync.client.calls import Answer, DigestCall, HelloCall, PullCall, PushCall, ScanCall
from sync.client.exchange import CHECK_EVERY, IDLE, LAST_RETRY, STREAMED_IDLE, Exchange, FileGate
from sync.client.local import LocalTransport
from sync.client.scan_place import ScanPlace
from sync.protocol.messages import PullAnswer, PushAnswer, ScanAnswer, StreamedDelta, TableRows
from sync.protocol.transport import Unreachable
from tests.factories import BEN, an_id, make_conversation
from tests.sync.cluster import Client, Cluster
from tests.sync.files import visible_to

HERE = make_conversation().id
NEWS = AddNote(message_id=an_id("streamed"), conversation_id=HERE, text="New")
ExpectLog = Callable[[str], None]


class Talk:
    """An exchange with the server of a cluster, call by call."""

    def __init__(self, cluster: Cluster, client: Client, gate: FileGate | None = None) -> None:
        self.clock = cluster.clock
        self.transport = LocalTransport(cluster.backend, client.user_id)
        self.taken: list[str] = []
        now = cluster.clock.now()
        self.core = Exchange(
            client.replica, "client-0", Random(0), lambda changes: None, now, gate=gate, fork=self._fork
        )
        self._outbox = client.files.outbox

    def _fork(self) -> str:
        self.taken.append(f"another-{len(self.taken)}")
        self._outbox.renumber()
        return self.taken[-1]

    def calls(self) -> list[type]:
        """Carry all calls until nothing is left to ask; their kinds."""
        made: list[type] = []
        while (call := self.core.next_call(self.clock.now())) is not None:
            answer: Answer = call.carry(self.transport)
            self.core.answered(call, answer, self.clock.now())
            made.append(type(call))
        return made


@pytest.fixture
def talk(cluster: Cluster, anna: Client) -> Talk:
    return Talk(cluster, anna)


def test_a_clock_that_is_set_back_stops_nothing(talk: Talk) -> None:
    talk.calls()
    talk.clock.advance(timedelta(days=-365))
    assert talk.calls() == []
    wake_at = talk.core.wake_at(talk.clock.now())
    assert wake_at is not None
    assert wake_at - talk.clock.now() <= IDLE
    talk.clock.advance(IDLE)
    assert talk.calls() == [PullCall]


def test_after_a_failure_it_waits_until_there_is_something_to_ask(talk: Talk, cluster: Cluster) -> None:
    talk.calls()
    talk.core.poke(talk.clock.now())
    call = talk.core.next_call(talk.clock.now())
    assert call is not None
    talk.core.failed(call, Unreachable("lost"), talk.clock.now())
    epoch, cursor = cluster.backend.hello().epoch, cluster.backend.hello().head
    event = StreamedDelta(epoch=epoch, since=cursor, upto=cursor + 1)
    talk.core.streamed(event, talk.clock.now())
    talk.clock.advance(timedelta(seconds=2))
    assert talk.core.next_call(talk.clock.now()) is None
    wake_at = talk.core.wake_at(talk.clock.now())
    assert wake_at is not None
    assert wake_at - talk.clock.now() > STREAMED_IDLE / 2


def test_what_a_stream_says_before_the_server_was_greeted_is_asked_for(
    talk: Talk, cluster: Cluster, anna: Client
) -> None:
    talk.calls()
    before = anna.replica.state()
    assert cluster.commit(NEWS)
    news = talk.transport.pull("client-0", before.epoch, before.cursor)
    assert isinstance(news, PullAnswer)
    event = StreamedDelta(epoch=news.epoch, since=news.since, upto=news.upto, tables=news.tables)
    restarted = Talk(cluster, anna)
    restarted.core.streamed(event, talk.clock.now())
    # The program may be another one now, which the server does not understand, or which has to fetch what it learned.
    assert anna.replica.state() == before
    assert restarted.calls() == [HelloCall, PullCall]
    assert anna.replica.state().cursor == news.upto


@pytest.mark.parametrize("change", [SaveUser(user_id=BEN.id, name="Ben"), NEWS])
def test_what_may_change_who_sees_what_is_not_taken_from_a_stream(
    talk: Talk, cluster: Cluster, anna: Client, change: Record
) -> None:
    """Servers of before sent it, and only a pull from where the replica stands tells what came and went with it."""
    talk.calls()
    before = anna.replica.state()
    assert cluster.commit(change)
    news = talk.transport.pull("client-0", before.epoch, before.cursor)
    event = StreamedDelta(epoch=news.epoch, since=news.since, upto=news.upto, tables=news.tables)
    talk.core.streamed(event, talk.clock.now())
    is_asked_for = isinstance(change, SaveUser)
    assert (anna.replica.state() == before) == is_asked_for
    assert talk.calls() == ([PullCall] if is_asked_for else [])
    assert anna.replica.state().cursor == news.upto


def test_what_is_done_meanwhile_does_not_wait_for_the_end_of_a_first_sync(
    talk: Talk, anna: Client, cluster: Cluster
) -> None:
    anna.replica.receive(Delta(epoch=cluster.backend.hello().epoch, cursor=0, ack=0, scan=ScanPlace().text()))
    anna.act([CreateCustomer(customer_id=an_id("new"), name="New")])
    calls = talk.calls()
    assert calls.index(PushCall) < calls.index(ScanCall, calls.index(PushCall))
    assert cluster.rows().get(Customer, an_id("new")) is not None
    assert anna.visible() == visible_to(cluster.rows(), anna.user_id)


def test_what_was_sent_before_a_restore_says_so_each_time(anna: Client) -> None:
    anna.act([ChangeTags(conversation_id=HERE, add=("vip",))])
    outbox = anna.files.outbox
    outbox.numbered(4, outbox.pending(4), 0, "before")
    for _ in range(2):  # it gets another number at first, and keeps that when no answer comes
        (item,) = outbox.numbered(0, outbox.pending(0), 0, "after")
        assert (item.number, item.epoch) == (1, "before")


def test_a_server_restored_between_two_pages_is_fetched_anew(
    talk: Talk, anna: Client, cluster: Cluster
) -> None:
    talk.calls()
    cluster.commit(*(AddNote(message_id=an_id(f"n{n}"), conversation_id=HERE, text="x") for n in range(3)))
    cluster.commit(*(AddNote(message_id=an_id(f"n{n}"), conversation_id=HERE, text="x") for n in range(3, 9)))
    talk.core.poke(talk.clock.now())
    first = talk.core.next_call(talk.clock.now())
    assert isinstance(first, PullCall)
    page = first.carry(talk.transport)
    assert page.more
    talk.core.answered(first, page, talk.clock.now())
    second = talk.core.next_call(talk.clock.now())
    assert isinstance(second, PullCall)
    assert second.since == page.upto
    resync = PullAnswer(client_id="client-0", epoch="another", since=page.upto, upto=1, ack=0, resync=True)
    talk.core.answered(second, resync, talk.clock.now())
    assert isinstance(talk.core.next_call(talk.clock.now()), ScanCall)


def test_two_servers_that_answer_in_turn_are_not_asked_without_a_pause(
    talk: Talk, anna: Client, cluster: Cluster
) -> None:
    state = anna.replica.state()
    anna.replica.receive(Delta(epoch=state.epoch, cursor=0, ack=0, scan=ScanPlace().text(), renews=True))
    while not isinstance(call := talk.core.next_call(talk.clock.now()), ScanCall):
        assert call is not None
        talk.core.answered(call, call.carry(talk.transport), talk.clock.now())
    page = msgspec.structs.replace(call.carry(talk.transport), epoch="another")
    talk.core.answered(call, page, talk.clock.now())
    pull = talk.core.next_call(talk.clock.now())
    assert isinstance(pull, PullCall)
    talk.core.answered(pull, pull.carry(talk.transport), talk.clock.now())
    assert talk.core.next_call(talk.clock.now()) is None
    talk.clock.advance(LAST_RETRY)
    assert ScanCall in talk.calls(), "it goes on where it was"
    assert anna.visible() == visible_to(cluster.rows(), anna.user_id)


def test_what_waits_makes_no_difference_to_the_check(talk: Talk, anna: Client, cluster: Cluster) -> None:
    talk.calls()
    anna.act([CreateCustomer(customer_id=an_id("new"), name="New")])
    anna.act([ChangeTags(conversation_id=HERE, add=("vip",))])
    assert len(anna.base()) > 1
    assert anna.replica.digest() == cluster.backend.feed.digest(anna.user_id).tables


def test_a_check_that_something_came_in_between_says_nothing(
    talk: Talk, anna: Client, cluster: Cluster
) -> None:
    talk.calls()
    talk.clock.advance(CHECK_EVERY)
    while not isinstance(call := talk.core.next_call(talk.clock.now()), DigestCall):
        assert call is not None
        talk.core.answered(call, call.carry(talk.transport), talk.clock.now())
    cluster.commit(CreateCustomer(customer_id=an_id("new"), name="New"))
    talk.core.answered(call, call.carry(talk.transport), talk.clock.now())
    talk.core.poke(talk.clock.now())
    assert talk.calls() == [PullCall], "and nothing is fetched again"


def test_a_server_that_takes_nothing_is_not_asked_without_a_pause(talk: Talk, anna: Client) -> None:
    talk.calls()
    anna.act([ChangeTags(conversation_id=HERE, add=("vip",))])
    push = talk.core.next_call(talk.clock.now())
    assert isinstance(push, PushCall)
    nothing = PushAnswer(client_id="client-0", epoch=push.request.epoch, expected=push.first)
    talk.core.answered(push, nothing, talk.clock.now())
    assert talk.core.next_call(talk.clock.now()) is None
    wake_at = talk.core.wake_at(talk.clock.now())
    assert wake_at is not None
    assert wake_at > talk.clock.now()
    talk.clock.advance(LAST_RETRY)
    assert PushCall in talk.calls()
    assert anna.files.outbox.pending(anna.replica.state().ack) == []


def test_a_server_that_says_much_is_gone_is_asked_whether_it_is(
    talk: Talk, anna: Client, cluster: Cluster, monkeypatch: pytest.MonkeyPatch, expect_log: ExpectLog
) -> None:
    expect_log("agent_desktop.sync: ERROR: the replica differs from the server in conversation")
    monkeypatch.setattr("sync.client.exchange.MANY_REMOVED", 1)
    talk.calls()
    cluster.commit(CreateCustomer(customer_id=an_id("new"), name="New"))
    talk.core.poke(talk.clock.now())
    pull = talk.core.next_call(talk.clock.now())
    assert isinstance(pull, PullCall)
    wrong = msgspec.structs.replace(pull.carry(talk.transport), removed={"conversation": [HERE, an_id("x")]})
    talk.core.answered(pull, wrong, talk.clock.now())
    assert anna.visible().get(Conversation, HERE) is None
    # All of it at once: neither a day passes until the check, nor any time between the scan and the pull behind it.
    digest, *scan, behind = talk.calls()
    assert digest is DigestCall
    assert set(scan) == {ScanCall}
    assert behind is PullCall
    assert anna.visible() == visible_to(cluster.rows(), anna.user_id)


def test_what_a_copy_of_the_profile_had_confirmed_is_not_taken_for_ours(talk: Talk, anna: Client) -> None:
    talk.calls()
    anna.act([ChangeTags(conversation_id=HERE, add=("vip",))])
    push = talk.core.next_call(talk.clock.now())
    assert isinstance(push, PushCall)
    talk.core.failed(push, Unreachable("lost"), talk.clock.now())
    talk.clock.advance(timedelta(minutes=1))
    pull = talk.core.next_call(talk.clock.now())
    assert isinstance(pull, PullCall)
    state = anna.replica.state()
    of_the_copy = PullAnswer(
        client_id="client-0",
        epoch=state.epoch,
        since=state.cursor,
        upto=state.cursor,
        ack=1,
        acked="0" * 32,
    )
    talk.core.answered(pull, of_the_copy, talk.clock.now())
    assert talk.taken == ["another-0"]
    assert [item.id for item in anna.files.outbox.pending(anna.replica.state().ack)] == [
        push.request.operations[0].id
    ]
    assert PushCall in talk.calls()


def test_a_crash_right_after_a_new_name_was_taken_hides_nothing(talk: Talk, anna: Client) -> None:
    talk.calls()
    anna.act([ChangeTags(conversation_id=HERE, add=("vip",))])
    talk.core.poke(talk.clock.now())
    talk.calls()
    assert anna.files.outbox.pending(anna.replica.state().ack) == []
    anna.files.outbox.renumber()
    # Here the program dies, before the replica could follow; the next start must.
    assert len(anna.files.outbox.pending(anna.replica.state().ack)) == 1
    assert anna.replica.state().applied < anna.files.outbox.last_position()
    anna.replica.recover()
    assert anna.replica.state().applied == anna.files.outbox.last_position()


def test_nor_during_a_first_sync(talk: Talk, anna: Client) -> None:
    talk.calls()
    anna.act([ChangeTags(conversation_id=HERE, add=("vip",))])
    push = talk.core.next_call(talk.clock.now())
    assert isinstance(push, PushCall)
    talk.core.failed(push, Unreachable("lost"), talk.clock.now())
    epoch = anna.replica.state().epoch
    scan = ScanPlace().text()
    anna.replica.receive(Delta(epoch=epoch, cursor=0, ack=0, scan=scan, anew=True))
    page = ScanAnswer(client_id="client-0", epoch=epoch, upto=9, ack=3, acked="0" * 32, tables={}, next=None)
    talk.core.answered(ScanCall("client-0", epoch, 0, None), page, talk.clock.now())
    assert talk.taken == ["another-0"]
    assert anna.replica.state().scan == scan
    outbox = anna.files.outbox
    assert len(outbox.numbered(0, outbox.pending(0), 0, epoch)) == 1


def test_what_a_copy_sent_before_us_is_sent_under_another_name(talk: Talk, anna: Client) -> None:
    talk.calls()
    anna.act([ChangeTags(conversation_id=HERE, add=("vip",))])
    (made,) = anna.files.outbox.pending(0)
    talk.core.poke(talk.clock.now())
    pull = talk.core.next_call(talk.clock.now())
    assert isinstance(pull, PullCall)
    state = anna.replica.state()
    of_the_copy = PullAnswer(
        client_id="client-0",
        epoch=state.epoch,
        since=state.cursor,
        upto=state.cursor,
        ack=1,
        acked=made.id,
    )
    talk.core.answered(pull, of_the_copy, talk.clock.now())
    assert talk.taken == ["another-0"]


def test_pages_of_a_server_that_is_upgraded_between_two_are_asked_for_anew(
    talk: Talk, anna: Client, cluster: Cluster
) -> None:
    talk.calls()
    # More than fits on a page.
    cluster.commit(*(AddNote(message_id=an_id(f"n{n}"), conversation_id=HERE, text="x") for n in range(3)))
    cluster.commit(*(AddNote(message_id=an_id(f"n{n}"), conversation_id=HERE, text="x") for n in range(3, 9)))
    talk.core.poke(talk.clock.now())
    before = anna.replica.state()
    pages = 0
    while isinstance(call := talk.core.next_call(talk.clock.now()), PullCall):
        answer = call.carry(talk.transport)
        if pages:
            newer = {
                name: TableRows(
                    columns=["colour", *table.columns], rows=[["red", *row] for row in table.rows]
                )
                for name, table in answer.tables.items()
            }
            answer = msgspec.structs.replace(answer, tables=newer)
        pages += 1
        talk.core.answered(call, answer, talk.clock.now())
    assert pages == 2
    assert anna.replica.state() == before
    talk.clock.advance(LAST_RETRY)
    talk.calls()
    assert anna.visible() == visible_to(cluster.rows(), anna.user_id)
