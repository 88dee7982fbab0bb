"""Replies on their way to customers: sent once, asked about before a second attempt, kept when nobody can take them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from agent_desktop.domain.clock import ManualClock
from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.errors import Rejected
from agent_desktop.domain.ids import Id, TimeOrderedIds
from agent_desktop.domain.message import Delivery, Message
from agent_desktop.domain.operations import encode_payload, kind_of
from agent_desktop.domain.operations.message import (
    AddNote,
    CancelReply,
    CheckDelivery,
    ReceiveMessage,
    ReleaseReply,
    Reply,
)
from agent_desktop.domain.records import Record
from agent_desktop.domain.workspace import Channel
from agent_desktop.store.bulk import encode
from agent_desktop.store.rows import SqlRows
from sync.protocol.messages import PushRequest, WireOperation
from sync.server.backend import Backend
from sync.server.embedded import EmbeddedServer
from sync.server.opening import open_database
from sync.server.outbound import NOBODY_KNOWS, NOT_CONNECTED, STOPPED, OutboundWorker
from sync.server.ports import ChannelPort, Outgoing, SendResult
from sync.server.schema import ServerSchema
from sync.server.seed import Seed
from tests.factories import ANNA, make_channel, make_conversation, make_customer, small_workspace
from tests.fakes import START

HERE = make_conversation().id
SENT = SendResult(Delivery.SENT)


class Crash(BaseException):
    """The machine stops here."""


@dataclass
class Provider:
    """A provider that remembers every call, and does with it what a test says."""

    during: Callable[[Outgoing], SendResult] = lambda outgoing: SENT
    answer: SendResult | None = None
    taken: list[Id] = field(default_factory=list)
    asked: list[Id] = field(default_factory=list)

    def send(self, outgoing: Outgoing) -> SendResult:
        self.taken.append(outgoing.message.id)
        return self.during(outgoing)

    def find(self, message_id: Id) -> SendResult | None:
        self.asked.append(message_id)
        return self.answer


class TeamServer:
    """What is embedded otherwise, on PostgreSQL."""

    def __init__(
        self,
        address: str,
        clock: ManualClock,
        ids: TimeOrderedIds,
        port_of: Callable[[Channel], ChannelPort | None],
    ) -> None:
        schema = ServerSchema()
        self.database = open_database(address, schema)
        self.backend = Backend(self.database, schema, clock, ids)
        self.backend.store.start()
        self.outbound = OutboundWorker(self.backend.store, clock, port_of)

    def stop(self) -> None:
        """Close every connection."""
        self.database.close()


class Post:
    """A server whose channels a test connects, and which it may stop and start."""

    def __init__(self, place: Path | str) -> None:
        self.clock = ManualClock(START + timedelta(hours=1))
        self.ids = TimeOrderedIds(self.clock)
        self.provider = Provider()
        self.connected = True
        self._place = place
        self.server: EmbeddedServer | TeamServer = self._open()
        seed = Seed(self.server.database, self.server.backend.store.schema)
        seed.add(encode(self.server.backend.store.schema.tables, small_workspace()))
        seed.seal()

    def _open(self) -> EmbeddedServer | TeamServer:
        if isinstance(self._place, str):
            return TeamServer(self._place, self.clock, self.ids, self.port_of)
        return EmbeddedServer(self._place, self.clock, self.ids, self.port_of)

    def port_of(self, channel: Channel) -> ChannelPort | None:
        return self.provider if self.connected else None

    def restart(self) -> None:
        """Stop and start again, as `EmbeddedServer.start` does, without its thread."""
        self.server.stop()
        self.server = self._open()
        self.server.outbound.recover()
        self.server.outbound.reconnect()

    def conversation(self) -> Conversation:
        with self.server.database.read() as connection:
            row = SqlRows(connection, self.server.backend.store.schema.tables).get(Conversation, HERE)
        assert row is not None
        return row

    def message(self, message_id: Id) -> Message:
        with self.server.database.read() as connection:
            row = SqlRows(connection, self.server.backend.store.schema.tables).get(Message, message_id)
        assert row is not None
        return row

    def replies(self, undo_seconds: int = 10, *, seen: bool = True) -> Id:
        """Somebody answers; the id of the reply."""
        here, message_id = self.conversation(), self.ids.new()
        reply = Reply(
            conversation_id=HERE,
            message_id=message_id,
            channel_id=make_channel().id,
            text="It is on its way.",
            seen_in=here.last_in_id if seen else "0" * 32,
            seen_out=here.last_out_id,
            undo_seconds=undo_seconds,
        )
        self.server.backend.store.commit([reply])
        return message_id

    def customer_writes(self) -> None:
        self.server.backend.store.commit(
            [
                ReceiveMessage(
                    conversation_id=HERE,
                    message_id=self.ids.new(),
                    customer_id=make_customer().id,
                    channel_id=make_channel().id,
                    text="And?",
                    sent_at=self.clock.now(),
                )
            ]
        )

    def later(self, **time: float) -> int:
        """Let time pass and send what is due; how many attempts were made."""
        self.clock.advance(timedelta(**time))
        return self.server.outbound.run_due()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.peer)])
def post(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Post]:
    on_postgresql = request.param == "postgresql"
    post = Post(request.getfixturevalue("postgres") if on_postgresql else tmp_path / "server.db")
    yield post
    post.server.stop()


def test_what_is_called_back_in_time_is_never_sent(post: Post) -> None:
    message_id = post.replies(undo_seconds=10)
    assert post.later(seconds=9.9) == 0
    post.server.backend.store.commit([CancelReply(conversation_id=HERE, message_id=message_id)])
    assert post.later(days=2) == 0
    post.restart()
    assert post.later(days=2) == 0
    assert post.provider.taken == []
    assert post.message(message_id).delivery is Delivery.CANCELLED


def test_what_left_cannot_be_called_back(post: Post) -> None:
    message_id = post.replies()
    assert post.later(seconds=10) == 1
    with pytest.raises(Rejected):
        post.server.backend.store.commit([CancelReply(conversation_id=HERE, message_id=message_id)])
    assert post.message(message_id).delivery is Delivery.SENT


def test_a_reply_leaves_once_over_any_number_of_starts(post: Post) -> None:
    message_id = post.replies()
    for _ in range(5):
        post.later(seconds=30)
        post.restart()
    assert post.provider.taken == [message_id]
    assert post.provider.asked == []


def test_a_call_that_comes_while_a_reply_is_taken_does_not_send_it_twice(post: Post) -> None:
    message_id = post.replies()

    def sends_meanwhile(outgoing: Outgoing) -> SendResult:
        assert post.server.outbound.run_due() == 0
        return SENT

    post.provider.during = sends_meanwhile
    assert post.later(seconds=10) == 1
    assert post.provider.taken == [message_id]


def crash(outgoing: Outgoing) -> SendResult:
    raise Crash


def test_after_a_crash_in_an_attempt_the_provider_is_asked_and_believed(post: Post) -> None:
    message_id = post.replies()
    post.provider.during = crash
    with pytest.raises(Crash):
        post.later(seconds=10)
    post.provider.answer = SENT
    post.restart()
    assert post.later(seconds=1) == 0
    assert (post.provider.taken, post.provider.asked) == ([message_id], [message_id])
    assert post.message(message_id).delivery is Delivery.SENT
    assert post.later(days=1) == 0


def test_what_the_provider_surely_does_not_have_is_sent_again(post: Post) -> None:
    message_id = post.replies()
    post.provider.during = crash
    with pytest.raises(Crash):
        post.later(seconds=10)
    post.provider.during = lambda outgoing: SENT
    post.provider.answer = SendResult(Delivery.QUEUED)
    post.restart()
    assert post.later(seconds=1) == 0
    assert post.message(message_id).delivery is Delivery.QUEUED
    assert post.later(minutes=1) == 1
    assert (post.provider.taken, post.provider.asked) == ([message_id, message_id], [message_id])
    assert post.message(message_id).delivery is Delivery.SENT


def test_what_the_provider_cannot_tell_a_person_decides(post: Post) -> None:
    message_id = post.replies()
    post.provider.during = crash
    with pytest.raises(Crash):
        post.later(seconds=10)
    post.restart()
    post.later(seconds=1)
    assert post.message(message_id).delivery is Delivery.UNKNOWN
    assert post.later(days=3) == 0
    assert post.provider.taken == [message_id]
    here = post.conversation()
    post.provider.during = lambda outgoing: SENT
    post.server.backend.store.commit(
        [
            ReleaseReply(
                conversation_id=HERE,
                message_id=message_id,
                seen_in=here.last_in_id,
                seen_out=here.last_out_id,
            )
        ]
    )
    assert post.later(seconds=0) == 1
    assert post.provider.taken == [message_id, message_id]


@pytest.mark.parametrize(
    ("answer", "delivery", "detail"),
    [
        (SENT, Delivery.SENT, ""),
        (SendResult(Delivery.FAILED, "The mailbox is full."), Delivery.FAILED, "The mailbox is full."),
        (None, Delivery.UNKNOWN, NOBODY_KNOWS),
    ],
)
def test_the_provider_is_asked_again_when_a_person_wants_to_know(
    post: Post, answer: SendResult | None, delivery: Delivery, detail: str
) -> None:
    message_id = post.replies()
    post.provider.during = crash
    with pytest.raises(Crash):
        post.later(seconds=10)
    post.restart()
    post.later(seconds=1)
    assert post.message(message_id).delivery_detail == STOPPED
    post.provider.asked.clear()
    post.provider.answer = answer
    check = CheckDelivery(conversation_id=HERE, message_id=message_id)
    post.server.backend.store.commit([check])
    assert post.message(message_id).delivery is Delivery.SENDING
    assert post.later(seconds=0) == 0, "asking is no attempt"
    assert post.provider.asked == [message_id]
    assert post.provider.taken == [message_id]
    message = post.message(message_id)
    assert (message.delivery, message.delivery_detail) == (delivery, detail)


def test_what_the_provider_never_had_is_sent_when_a_person_wanted_to_know(post: Post) -> None:
    message_id = post.replies()
    post.provider.during = crash
    with pytest.raises(Crash):
        post.later(seconds=10)
    post.restart()
    post.later(seconds=1)
    post.provider.during = lambda outgoing: SENT
    post.provider.answer = SendResult(Delivery.QUEUED)
    post.server.backend.store.commit([CheckDelivery(conversation_id=HERE, message_id=message_id)])
    post.later(seconds=0)
    post.later(minutes=1)
    assert post.provider.taken == [message_id, message_id]
    assert post.message(message_id).delivery is Delivery.SENT


def test_an_attempt_that_hangs_is_asked_about_when_its_lease_is_over(post: Post) -> None:
    message_id = post.replies()

    def breaks(outgoing: Outgoing) -> SendResult:
        raise ConnectionResetError("in the middle of it")

    post.provider.during = breaks
    post.provider.answer = SENT
    post.later(seconds=10)
    assert post.message(message_id).delivery is Delivery.SENDING
    post.later(minutes=9)
    assert post.provider.asked == []
    post.later(minutes=2)
    assert (post.provider.taken, post.provider.asked) == ([message_id], [message_id])
    assert post.message(message_id).delivery is Delivery.SENT


def test_a_question_that_fails_is_asked_again(post: Post) -> None:
    message_id = post.replies()
    post.provider.during = crash
    with pytest.raises(Crash):
        post.later(seconds=10)
    post.restart()
    answers: list[SendResult | None] = [None, SENT]

    def find(asked_id: Id) -> SendResult | None:
        post.provider.asked.append(asked_id)
        if len(post.provider.asked) == 1:
            raise TimeoutError
        return answers[1]

    post.provider.find = find  # type: ignore[method-assign,assignment]  # this provider is hard to reach
    post.later(seconds=1)
    assert post.message(message_id).delivery is Delivery.SENDING
    post.later(seconds=1)
    assert post.message(message_id).delivery is Delivery.SENT
    assert post.provider.taken == [message_id]


def test_attempts_that_are_put_off_come_later_each_time(post: Post) -> None:
    message_id = post.replies()
    post.provider.during = lambda outgoing: SendResult(Delivery.QUEUED, "Busy. It is tried again.")
    waits: list[int] = []
    for _ in range(12):
        seconds = 0
        while post.later(seconds=1 if waits else 10) == 0:
            seconds += 1
            post.clock.advance(timedelta(seconds=9))
        waits.append(seconds)
    assert waits == sorted(waits)
    assert waits[1] >= 2
    assert waits[-1] >= 170
    assert post.message(message_id).delivery_detail == "Busy. It is tried again."
    assert post.server.outbound.next_due() is not None


def test_what_fails_waits_for_a_person(post: Post) -> None:
    message_id = post.replies()
    post.provider.during = lambda outgoing: SendResult(Delivery.FAILED, "550 no such mailbox")
    post.later(seconds=10)
    message = post.message(message_id)
    assert (message.delivery, message.delivery_detail) == (Delivery.FAILED, "550 no such mailbox")
    assert post.later(days=1) == 0


def test_a_reply_on_an_unconnected_channel_waits_with_its_sentence(post: Post) -> None:
    post.connected = False
    message_id = post.replies()
    assert post.later(seconds=10) == 0
    message = post.message(message_id)
    assert (message.delivery, message.delivery_detail) == (Delivery.QUEUED, NOT_CONNECTED)
    assert post.server.outbound.next_due() is None  # so the server's thread sleeps
    post.restart()
    assert post.later(seconds=1) == 0
    post.connected = True
    post.server.outbound.reconnect()
    assert post.later(seconds=1) == 1
    assert post.provider.taken == [message_id]
    message = post.message(message_id)
    assert (message.delivery, message.delivery_detail) == (Delivery.SENT, "")


def test_a_reply_on_an_unconnected_channel_can_be_called_back(post: Post) -> None:
    post.connected = False
    message_id = post.replies()
    post.later(seconds=10)
    post.server.backend.store.commit([CancelReply(conversation_id=HERE, message_id=message_id)])
    post.connected = True
    post.restart()
    assert post.later(days=1) == 0
    assert post.provider.taken == []


def test_a_reply_that_could_not_leave_is_held_when_the_customer_writes(post: Post) -> None:
    post.connected = False
    message_id = post.replies()
    post.later(hours=2)
    post.customer_writes()
    assert post.message(message_id).delivery is Delivery.HELD
    post.connected = True
    post.server.outbound.reconnect()
    assert post.later(seconds=1) == 0
    assert post.provider.taken == []


def test_a_customer_who_writes_in_the_seconds_of_undo_holds_nothing(post: Post) -> None:
    message_id = post.replies()
    post.clock.advance(timedelta(seconds=5))
    post.customer_writes()
    assert post.later(seconds=5) == 1
    assert post.message(message_id).delivery is Delivery.SENT


def test_a_held_reply_and_a_note_never_leave(post: Post) -> None:
    held = post.replies(seen=False)
    assert post.message(held).delivery is Delivery.HELD
    note = AddNote(conversation_id=HERE, message_id=post.ids.new(), text="Not for the customer")
    post.server.backend.store.commit([note])
    assert post.later(days=1) == 0
    post.restart()
    assert post.later(days=1) == 0
    assert post.provider.taken == []


def test_a_held_reply_leaves_once_its_author_has_seen_what_is_new(post: Post) -> None:
    held = post.replies(seen=False)
    post.customer_writes()
    here = post.conversation()
    release = ReleaseReply(
        conversation_id=HERE, message_id=held, seen_in=here.last_in_id, seen_out=here.last_out_id
    )
    post.server.backend.store.commit([release])
    assert post.later(seconds=0) == 1
    assert post.provider.taken == [held]


def test_many_replies_leave_in_order_of_time(post: Post) -> None:
    ids = [post.replies() for _ in range(120)]
    while post.later(seconds=30):
        pass
    assert post.provider.taken == ids


def comes_again(post: Post, payload: Record) -> None:
    """A client hands over what it gave to the server before that was restored."""
    kind, backend = kind_of(payload), post.server.backend
    wire = WireOperation(
        id=post.ids.new(),
        number=1,
        kind=kind.name,
        version=kind.version,
        at=0,
        seen=0,
        payload=encode_payload(payload),
        again=True,
    )
    request = PushRequest(client_id="laptop", epoch=backend.hello().epoch, operations=[wire])
    assert backend.push(ANNA.id, request).expected == 2


def a_reply(post: Post, *, seen: bool = True) -> Reply:
    here = post.conversation()
    return Reply(
        conversation_id=HERE,
        message_id=post.ids.new(),
        channel_id=make_channel().id,
        text="It is on its way.",
        seen_in=here.last_in_id if seen else "0" * 32,
        seen_out=here.last_out_id,
    )


def release(post: Post, message_id: Id, *, seen: bool = True) -> ReleaseReply:
    here = post.conversation()
    return ReleaseReply(
        conversation_id=HERE,
        message_id=message_id,
        seen_in=here.last_in_id if seen else "0" * 32,
        seen_out=here.last_out_id,
    )


def test_what_a_restored_server_gets_again_is_asked_about_before_it_is_sent(post: Post) -> None:
    reply = a_reply(post)
    comes_again(post, reply)
    post.later(minutes=1)
    assert (post.provider.asked, post.provider.taken) == ([reply.message_id], [])
    assert post.message(reply.message_id).delivery is Delivery.UNKNOWN


@pytest.mark.parametrize("restarts", [False, True])
def test_what_comes_again_and_is_held_is_asked_about_when_it_is_released(post: Post, restarts: bool) -> None:
    reply = a_reply(post, seen=False)
    comes_again(post, reply)
    assert post.message(reply.message_id).delivery is Delivery.HELD
    post.later(minutes=20)
    assert post.provider.asked == []
    if restarts:
        post.restart()
    commit = post.server.backend.store.commit
    commit([release(post, reply.message_id, seen=False)])  # somebody wrote again
    commit([release(post, reply.message_id)])
    post.later(minutes=1)
    assert (post.provider.asked, post.provider.taken) == ([reply.message_id], [])
    # Nobody can know: then a person decides, having been told so.
    assert post.message(reply.message_id).delivery is Delivery.UNKNOWN
    commit([release(post, reply.message_id)])
    post.later(minutes=1)
    assert post.provider.taken == [reply.message_id]


def test_a_release_that_comes_again_and_is_too_late_is_kept_in_mind(post: Post) -> None:
    held = post.replies(seen=False)
    comes_again(post, release(post, held, seen=False))
    assert post.message(held).delivery is Delivery.HELD
    post.server.backend.store.commit([release(post, held)])
    post.later(minutes=1)
    assert (post.provider.asked, post.provider.taken) == ([held], [])


def test_what_is_held_before_it_was_asked_about_is_asked_about_when_it_is_released(post: Post) -> None:
    message_id = post.replies()
    with post.server.backend.store.database.write() as connection:  # as after a restore
        connection.execute("UPDATE outbound SET state = 'sending'")
    comes_again(post, a_reply(post))  # a colleague was faster
    assert post.message(message_id).delivery is Delivery.HELD
    post.provider.answer = SENT
    post.server.backend.store.commit([release(post, message_id)])
    post.later(minutes=1)
    assert message_id in post.provider.asked
    assert post.provider.taken == []
    assert post.message(message_id).delivery is Delivery.SENT


def test_what_is_held_and_was_not_sent_before_is_not_asked_about(post: Post) -> None:
    held = post.replies(seen=False)
    post.server.backend.store.commit([release(post, held)])
    post.later(minutes=1)
    assert (post.provider.asked, post.provider.taken) == ([], [held])


def test_it_is_sent_when_the_provider_has_not_got_it(post: Post) -> None:
    message_id = post.replies()
    backend = post.server.backend
    with backend.store.database.write() as connection:  # as after a restore
        connection.execute("UPDATE outbound SET state = 'sending'")
    post.provider.answer = SendResult(Delivery.QUEUED)
    for _ in range(3):
        post.later(minutes=1)
    assert post.provider.asked == [message_id]
    assert post.provider.taken == [message_id]
    assert post.message(message_id).delivery is Delivery.SENT
