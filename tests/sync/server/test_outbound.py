"""Replies on their way to customers: sent once, asked about before a second attempt, kept when nobody can take them."""

from datetime import timedelta

import pytest

from agent_desktop.domain.errors import Rejected
from agent_desktop.domain.ids import Id
from agent_desktop.domain.message import Delivery
from agent_desktop.domain.operations.conversation import CreateConversation
from agent_desktop.domain.operations.merging import MergeConversations
from agent_desktop.domain.operations.message import (
    AddNote,
    CancelReply,
    CheckDelivery,
    ReceiveMessage,
    ReleaseReply,
)
from sync.server.outbound import (
    GIVEN_UP,
    NOBODY_KNOWS,
    NOT_CONNECTED,
    NOT_REACHED,
    STOPPED,
    OutboundWorker,
)
from sync.server.ports import Outgoing, SendResult
from tests.factories import make_channel, make_customer
from tests.sync.server.post import HERE, SENT, Crash, Post


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
    post.later(minutes=1)
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


def never_comes_so_far() -> None:
    raise Crash


def crashes(outgoing: Outgoing) -> SendResult:
    raise Crash


def test_a_crash_before_anything_was_handed_over_asks_nobody(post: Post) -> None:
    message_id = post.replies()
    post.provider.before = never_comes_so_far
    with pytest.raises(Crash):
        post.later(seconds=10)
    assert post.message(message_id).delivery is Delivery.QUEUED
    post.provider.before = lambda: None
    post.restart()
    assert post.later(seconds=1) == 0, "at once it might crash again"
    assert post.later(minutes=1) == 1
    assert (post.provider.asked, post.provider.taken) == ([], [message_id])
    assert post.message(message_id).delivery is Delivery.SENT


def test_what_is_called_back_while_the_provider_is_rung_up_is_not_sent(post: Post) -> None:
    message_id = post.replies()

    def calls_back() -> None:
        post.server.backend.store.commit([CancelReply(conversation_id=HERE, message_id=message_id)])

    post.provider.before = calls_back
    assert post.later(seconds=10) == 0
    assert post.later(days=1) == 0
    assert post.provider.taken == []
    assert post.message(message_id).delivery is Delivery.CANCELLED


def test_a_provider_that_was_not_reached_is_tried_again(post: Post) -> None:
    message_id = post.replies()

    def is_away() -> None:
        raise ConnectionRefusedError

    post.provider.before = is_away
    assert post.later(seconds=10) == 1
    message = post.message(message_id)
    assert (message.delivery, message.delivery_detail) == (Delivery.QUEUED, NOT_REACHED)
    post.provider.before = lambda: None
    assert post.later(minutes=1) == 1
    assert (post.provider.asked, post.provider.taken) == ([], [message_id])


def test_what_is_refused_for_a_day_waits_for_a_person(post: Post) -> None:
    message_id = post.replies()
    post.provider.during = lambda outgoing: SendResult(Delivery.QUEUED, "451 greylisted")
    start, attempts = post.clock.now(), 0
    while post.message(message_id).delivery is Delivery.QUEUED:
        attempts += post.later(minutes=1)
        assert post.clock.now() - start < timedelta(hours=26)
    assert post.clock.now() - start > timedelta(hours=24)
    assert 40 < attempts < 70
    message = post.message(message_id)
    assert message.delivery is Delivery.FAILED
    assert message.delivery_detail == GIVEN_UP.format(detail="451 greylisted")
    here = post.conversation()
    again = ReleaseReply(
        conversation_id=HERE, message_id=message_id, seen_in=here.last_in_id, seen_out=here.last_out_id
    )
    post.server.backend.store.commit([again])
    assert post.later(seconds=1) == 1, "and begins anew when somebody wants it"
    assert post.message(message_id).delivery is Delivery.QUEUED


def test_a_channel_rests_as_long_as_its_provider_wants(post: Post) -> None:
    post.provider.pause = timedelta(seconds=20)
    ids = [post.replies() for _ in range(3)]
    assert post.later(seconds=10) == 1
    assert post.later(seconds=10) == 0
    due = post.server.outbound.next_due()
    assert due is not None
    assert due - post.clock.now() == timedelta(seconds=10)
    assert [post.later(seconds=10), post.later(seconds=19), post.later(seconds=1)] == [1, 0, 1]
    assert post.provider.taken == ids


def test_several_processes_keep_the_pace_of_a_channel_together(post: Post) -> None:
    post.provider.pause = timedelta(seconds=20)
    ids = [post.replies() for _ in range(3)]
    post.clock.advance(timedelta(seconds=10))
    one, other = (OutboundWorker(post.server.backend.store, post.clock, post.port_of) for _ in range(2))
    assert [one.run_due(), other.run_due()] == [1, 0]
    due = other.next_due()
    assert due is not None
    assert due - post.clock.now() == timedelta(seconds=20)
    post.clock.advance(timedelta(seconds=20))
    assert [other.run_due(), one.run_due()] == [1, 0]
    assert post.provider.taken == ids[:2]


def test_a_clock_that_is_set_back_makes_no_channel_wait(post: Post) -> None:
    post.provider.pause = timedelta(seconds=20)
    post.clock.advance(timedelta(days=1))
    first = post.replies()
    assert post.later(seconds=10) == 1
    post.clock.advance(-timedelta(days=1))
    second = post.replies()
    assert post.later(seconds=10) == 1
    assert post.provider.taken == [first, second]


def test_a_reply_knows_what_it_answers(post: Post) -> None:
    post.customer_writes()
    first = post.replies()
    post.later(seconds=10)
    post.customer_writes()
    given: list[Outgoing] = []

    def look(outgoing: Outgoing) -> SendResult:
        given.append(outgoing)
        return SENT

    post.provider.during = look
    second = post.replies()
    post.later(seconds=10)
    (outgoing,) = given
    assert outgoing.message.id == second
    assert [message.text for message in outgoing.thread] == ["And?", "It is on its way.", "And?"]
    assert outgoing.thread[1].id == first


def test_a_reply_in_a_merged_conversation_knows_what_was_said_by_all_names(post: Post) -> None:
    commit, other = post.server.backend.store.commit, post.ids.new()
    customer, channel = make_customer().id, make_channel().id
    commit(
        [
            CreateConversation(
                conversation_id=other, customer_id=customer, channel_id=channel, subject="Once more"
            )
        ]
    )
    arrived = ReceiveMessage(
        conversation_id=other,
        message_id=post.ids.new(),
        customer_id=customer,
        channel_id=channel,
        text="Once more",
        sent_at=post.clock.now(),
    )
    commit([arrived, MergeConversations(conversation_id=other, into_id=HERE)])
    given: list[Outgoing] = []

    def look(outgoing: Outgoing) -> SendResult:
        given.append(outgoing)
        return SENT

    post.provider.during = look
    post.replies()
    post.later(seconds=10)
    assert [message.text for message in given[0].thread] == ["Once more"]
