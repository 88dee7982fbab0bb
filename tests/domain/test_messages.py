"""Writing, receiving, holding, calling back: what an agent relies on when a reply leaves."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.domain.conversation import Conversation, Status
from agent_desktop.domain.errors import Reason, Rejected
from agent_desktop.domain.mail_kind import MailKind
from agent_desktop.domain.message import Attachment, AttachmentFile, Delivery, Direction, Message, MessageKind
from agent_desktop.domain.operations.conversation import SetStatus, SnoozeConversation
from agent_desktop.domain.operations.message import (
    ASKING,
    AddNote,
    CancelReply,
    CheckDelivery,
    ReceiveMessage,
    ReleaseReply,
    RemoveNote,
    Reply,
    ReportDelivery,
)
from agent_desktop.domain.records import Record
from agent_desktop.domain.workspace import User
from tests.factories import ANNA, BEN, SYSTEM, make_channel, make_conversation, make_customer, make_file
from tests.payloads import TALK
from tests.strategies import many_histories
from tests.world import World

HERE = make_conversation().id
MINUTE = timedelta(minutes=1)


class Talk:
    """One conversation, and short words for what happens in it. Everybody has seen everything, unless said."""

    def __init__(self) -> None:
        self.world = World()

    @property
    def conversation(self) -> Conversation:
        return self.world.get(Conversation, HERE)

    def message(self, message_id: str) -> Message:
        return self.world.get(Message, message_id)

    def customer_writes(
        self, message_id: str, *, ago: timedelta = timedelta(), mail_kind: MailKind = MailKind.PERSONAL
    ) -> Message:
        payload = ReceiveMessage(
            conversation_id=HERE,
            message_id=message_id,
            customer_id=make_customer().id,
            channel_id=make_channel().id,
            text=f"Text of {message_id}",
            sent_at=self.world.clock.now() - ago,
            mail_kind=mail_kind,
        )
        self.world.do(payload, SYSTEM)
        return self.message(message_id)

    def reply(
        self,
        message_id: str,
        *,
        seen: Conversation | None = None,
        later: timedelta | None = None,
        actor: User = ANNA,
        files: tuple[AttachmentFile, ...] = (),
        forward: bool = False,
    ) -> Message:
        seen = seen or self.conversation
        payload = Reply(
            conversation_id=HERE,
            message_id=message_id,
            channel_id=make_channel().id,
            text=f"Text of {message_id}",
            files=files,
            seen_in=seen.last_in_id,
            seen_out=seen.last_out_id,
            send_at=self.world.clock.now() + later if later else None,
            forward=forward,
        )
        self.world.do(payload, actor)
        return self.message(message_id)

    def release(self, message_id: str, *, seen: Conversation | None = None, actor: User = ANNA) -> Message:
        seen = seen or self.conversation
        payload = ReleaseReply(
            conversation_id=HERE, message_id=message_id, seen_in=seen.last_in_id, seen_out=seen.last_out_id
        )
        self.world.do(payload, actor)
        return self.message(message_id)

    def cancel(self, message_id: str) -> None:
        self.world.do(CancelReply(conversation_id=HERE, message_id=message_id), ANNA)

    def report(self, message_id: str, *deliveries: Delivery) -> Message:
        for delivery in deliveries:
            payload = ReportDelivery(conversation_id=HERE, message_id=message_id, delivery=delivery)
            self.world.do(payload, SYSTEM)
        return self.message(message_id)

    def refused(self, payload: Record, actor: User = ANNA) -> Reason:
        with pytest.raises(Rejected) as caught:
            self.world.do(payload, actor)
        return caught.value.reason


@pytest.fixture
def talk() -> Talk:
    talk = Talk()
    talk.customer_writes("in 1")
    return talk


def test_a_reply_that_has_seen_everything_is_queued(talk: Talk) -> None:
    reply = talk.reply("out 1")
    assert reply.delivery is Delivery.QUEUED
    assert reply.author_name == "Anna Berg"
    assert reply.not_before == talk.world.clock.now() + timedelta(seconds=10)
    assert talk.conversation.last_out_id == "out 1"
    assert talk.conversation.waiting_since is None


def test_a_reply_that_has_not_seen_the_customer_is_held(talk: Talk) -> None:
    seen = talk.conversation
    talk.customer_writes("in 2")
    before = talk.conversation
    assert talk.reply("out 1", seen=seen).delivery is Delivery.HELD
    assert talk.conversation == before, "what is held was not said"


def test_a_reply_that_has_not_seen_a_colleague_is_held(talk: Talk) -> None:
    seen = talk.conversation
    talk.reply("out 1", actor=BEN)
    assert talk.reply("out 2", seen=seen).delivery is Delivery.HELD


def test_a_delayed_message_holds_a_reply_too(talk: Talk) -> None:
    """Its own clock puts it before what was seen; that must not hide it."""
    seen = talk.conversation
    late = talk.customer_writes("in 2", ago=timedelta(days=3))
    assert late.created_at > seen.last_message_at
    assert talk.conversation.last_in_id == "in 2"
    assert talk.reply("out 1", seen=seen).delivery is Delivery.HELD


def test_changed_properties_do_not_hold_a_reply(talk: Talk) -> None:
    seen = talk.conversation
    talk.world.do(SetStatus(conversation_id=HERE, status=Status.ON_HOLD), BEN)
    talk.world.do(AddNote(conversation_id=HERE, message_id="note", text="Careful"), BEN)
    assert talk.reply("out 1", seen=seen).delivery is Delivery.QUEUED


def test_a_scheduled_reply_is_held_when_the_customer_writes_before_it_leaves(talk: Talk) -> None:
    talk.reply("now")
    talk.reply("tomorrow", later=timedelta(days=1))
    talk.customer_writes("in 2")
    assert talk.message("tomorrow").delivery is Delivery.HELD
    assert talk.message("now").delivery is Delivery.QUEUED, "ten seconds of undo are not a schedule"
    assert talk.conversation.last_out_id == "now"
    assert talk.conversation.waiting_since == talk.message("in 2").created_at


def test_an_automatic_message_does_not_hold_what_is_scheduled(talk: Talk) -> None:
    talk.reply("tomorrow", later=timedelta(days=1))
    talk.customer_writes("in 2", mail_kind=MailKind.AUTOMATIC)
    assert talk.message("tomorrow").delivery is Delivery.QUEUED


def test_a_scheduled_reply_is_held_when_a_colleague_answers_before_it_leaves(talk: Talk) -> None:
    talk.reply("tomorrow", later=timedelta(days=1))
    assert talk.reply("now", actor=BEN).delivery is Delivery.QUEUED
    assert talk.message("tomorrow").delivery is Delivery.HELD
    assert talk.conversation.last_out_id == "now"
    assert talk.conversation.message_count == 2, "what is held was not said"


def test_a_reply_that_can_still_be_undone_is_held_when_a_colleague_answers(talk: Talk) -> None:
    talk.reply("out 1")
    talk.world.clock.advance(timedelta(seconds=5))
    talk.reply("out 2", actor=BEN)
    assert talk.message("out 1").delivery is Delivery.HELD
    assert talk.message("out 2").delivery is Delivery.QUEUED


def test_a_reply_that_waits_for_its_channel_is_held_when_a_colleague_answers(talk: Talk) -> None:
    talk.reply("out 1")
    talk.report("out 1", Delivery.QUEUED)
    talk.world.clock.advance(timedelta(hours=1))
    talk.reply("out 2", actor=BEN)
    assert talk.message("out 1").delivery is Delivery.HELD


def test_ones_own_second_reply_does_not_hold_the_first(talk: Talk) -> None:
    for number, later in enumerate((timedelta(days=1), None, None, timedelta(hours=1))):
        talk.reply(f"out {number}", later=later)
    assert {talk.message(f"out {number}").delivery for number in range(4)} == {Delivery.QUEUED}


def test_what_leaves_before_the_answer_of_a_colleague_stays(talk: Talk) -> None:
    talk.reply("at nine", later=timedelta(hours=9))
    talk.reply("at eleven", later=timedelta(hours=11))
    talk.reply("at ten", later=timedelta(hours=10), actor=BEN)
    assert talk.message("at nine").delivery is Delivery.QUEUED, "Ben has seen it"
    assert talk.message("at eleven").delivery is Delivery.HELD, "Anna has not seen what Ben says before"


def test_a_note_or_a_held_answer_of_a_colleague_holds_nothing(talk: Talk) -> None:
    seen = talk.conversation
    talk.reply("tomorrow", later=timedelta(days=1))
    talk.world.do(AddNote(conversation_id=HERE, message_id="note", text="Careful"), BEN)
    assert talk.reply("stale", seen=seen, actor=BEN).delivery is Delivery.HELD
    assert talk.message("tomorrow").delivery is Delivery.QUEUED


def test_an_answer_that_a_colleague_releases_holds_what_waits(talk: Talk) -> None:
    seen = talk.conversation
    talk.reply("tomorrow", later=timedelta(days=1))
    talk.reply("bens", seen=seen, actor=BEN)
    assert talk.release("bens", actor=BEN).delivery is Delivery.QUEUED
    assert talk.message("tomorrow").delivery is Delivery.HELD
    assert talk.conversation.last_out_id == "bens"


def test_what_is_forwarded_answers_nobody(talk: Talk) -> None:
    """The customer waits as before, nothing of others is held for it, and it is held for nothing."""
    waits_since, stale = talk.conversation.waiting_since, talk.conversation
    talk.reply("out 1", actor=BEN, later=timedelta(hours=1))
    forwarded = talk.reply("forward", seen=stale, forward=True)
    assert (forwarded.delivery, forwarded.forwarded) == (Delivery.QUEUED, True)
    assert talk.message("out 1").delivery is Delivery.QUEUED
    talk.cancel("out 1")
    assert talk.conversation.waiting_since == waits_since
    talk.reply("out 2", actor=BEN)
    assert talk.message("forward").delivery is Delivery.QUEUED
    talk.report("forward", Delivery.SENDING, Delivery.FAILED)
    assert talk.release("forward", seen=stale).delivery is Delivery.QUEUED


def test_what_has_left_is_not_held_by_a_colleague(talk: Talk) -> None:
    talk.reply("out 1")
    talk.report("out 1", Delivery.SENDING)
    talk.reply("out 2", actor=BEN)
    assert talk.message("out 1").delivery is Delivery.SENDING


def test_a_released_reply_is_said_after_what_its_author_has_seen_now(talk: Talk) -> None:
    seen = talk.conversation
    new = talk.customer_writes("in 2")
    talk.reply("out 1", seen=seen)
    released = talk.release("out 1")
    assert released.delivery is Delivery.QUEUED
    assert released.created_at > new.created_at
    assert talk.conversation.waiting_since is None
    assert talk.conversation.last_out_id == "out 1"


def test_a_release_comes_after_what_was_said_while_it_was_held(talk: Talk) -> None:
    seen = talk.conversation
    talk.customer_writes("in 2")
    talk.reply("out 1", seen=seen)
    last = talk.customer_writes("in 3")
    assert talk.release("out 1").created_at > last.created_at
    assert talk.conversation.waiting_since is None


def test_a_release_that_has_not_seen_everything_stays_held(talk: Talk) -> None:
    talk.reply("out 1")
    talk.report("out 1", Delivery.SENDING, Delivery.FAILED)
    seen = talk.conversation
    talk.customer_writes("in 2")
    assert talk.release("out 1", seen=seen).delivery is Delivery.HELD
    assert talk.conversation.last_out_id is None
    assert talk.conversation.message_count == 2


def test_a_bounced_reply_leaves_the_customer_waiting(talk: Talk) -> None:
    since = talk.conversation.waiting_since
    talk.reply("out 1")
    talk.report("out 1", Delivery.SENDING, Delivery.SENT, Delivery.FAILED)
    assert talk.conversation.waiting_since == since
    assert talk.conversation.last_out_id == "out 1"
    talk.release("out 1")
    assert talk.conversation.waiting_since is None


def test_calling_back_an_older_reply_counts(talk: Talk) -> None:
    talk.reply("out 1")
    talk.report("out 1", Delivery.SENDING, Delivery.FAILED)
    talk.reply("out 2")
    talk.cancel("out 1")
    assert talk.conversation.message_count == 2
    assert talk.conversation.last_out_id == "out 2"
    talk.cancel("out 2")
    assert talk.conversation.waiting_since == talk.message("in 1").created_at
    assert talk.conversation.preview == "Text of in 1"


@pytest.mark.parametrize("delivery", [Delivery.SENDING, Delivery.SENT, Delivery.UNKNOWN, Delivery.READ])
def test_what_may_have_left_cannot_be_called_back(talk: Talk, delivery: Delivery) -> None:
    talk.reply("out 1")
    talk.report("out 1", Delivery.SENDING, delivery)
    assert talk.refused(CancelReply(conversation_id=HERE, message_id="out 1")) is Reason.ALREADY_SENT


def test_only_what_nobody_knows_is_asked_about(talk: Talk) -> None:
    talk.reply("out 1")
    check = CheckDelivery(conversation_id=HERE, message_id="out 1")
    talk.world.do(check, ANNA)
    assert talk.message("out 1").delivery is Delivery.QUEUED
    talk.report("out 1", Delivery.SENDING, Delivery.UNKNOWN)
    talk.world.do(check, ANNA)
    asked = talk.message("out 1")
    assert (asked.delivery, asked.delivery_detail) == (Delivery.SENDING, ASKING)
    assert talk.refused(CancelReply(conversation_id=HERE, message_id="out 1")) is Reason.ALREADY_SENT
    assert talk.report("out 1", Delivery.SENT).delivery is Delivery.SENT


def test_an_empty_reply_or_note_is_refused(talk: Talk) -> None:
    reply = Reply(conversation_id=HERE, message_id="x", channel_id=make_channel().id, text=" \n ")
    assert talk.refused(reply) is Reason.INVALID
    assert talk.refused(AddNote(conversation_id=HERE, message_id="x", text="\t")) is Reason.INVALID
    talk.world.do(AddNote(conversation_id=HERE, message_id="x", text="", files=(make_file(),)), ANNA)


@pytest.mark.parametrize("seconds", [-5, 0, 10, 120, 10**12])
def test_undo_takes_two_minutes_at_most(talk: Talk, seconds: int) -> None:
    payload = Reply(
        conversation_id=HERE,
        message_id="out 1",
        channel_id=make_channel().id,
        text="Hello",
        seen_in="in 1",
        undo_seconds=seconds,
    )
    talk.world.do(payload, ANNA)
    not_before = talk.message("out 1").not_before
    assert not_before is not None
    assert not_before - talk.world.clock.now() == timedelta(seconds=min(max(seconds, 0), 120))


def test_operations_reach_only_messages_of_their_conversation(talk: Talk) -> None:
    """Who may act on one conversation may not act on the messages of another by naming them."""
    talk.reply("out 1")
    other = make_conversation(id="other")
    talk.world.rows.put(other)
    for payload, actor in (
        (CancelReply(conversation_id="other", message_id="out 1"), ANNA),
        (CheckDelivery(conversation_id="other", message_id="out 1"), ANNA),
        (ReleaseReply(conversation_id="other", message_id="out 1"), ANNA),
        (RemoveNote(conversation_id="other", message_id="out 1"), ANNA),
        (ReportDelivery(conversation_id="other", message_id="out 1", delivery=Delivery.SENT), SYSTEM),
    ):
        assert talk.refused(payload, actor) is Reason.GONE


def test_a_reply_cannot_take_the_attachment_of_another_message(talk: Talk) -> None:
    talk.reply("out 1", files=(make_file(),))
    with pytest.raises(Rejected) as caught:
        talk.reply("out 2", files=(make_file(),))
    assert caught.value.reason is Reason.EXISTS
    assert talk.world.rows.query(Attachment)[0].message_id == "out 1"


def test_only_the_author_removes_a_note(talk: Talk) -> None:
    note = AddNote(conversation_id=HERE, message_id="note", text="Careful", files=(make_file(),))
    talk.world.do(note, ANNA)
    remove = RemoveNote(conversation_id=HERE, message_id="note")
    assert talk.refused(remove, BEN) is Reason.FORBIDDEN
    talk.world.do(remove, ANNA)
    assert talk.world.rows.query(Message, kind=MessageKind.NOTE) == []
    assert talk.world.rows.query(Attachment) == []


def test_customers_write_no_notes(talk: Talk) -> None:
    payload = ReceiveMessage(
        conversation_id=HERE,
        message_id="x",
        customer_id=make_customer().id,
        channel_id=make_channel().id,
        text="Secret",
        sent_at=talk.world.clock.now(),
        kind=MessageKind.NOTE,
    )
    assert talk.refused(payload, SYSTEM) is Reason.INVALID


@pytest.mark.parametrize("status", list(Status))
def test_a_customer_who_writes_wakes_and_opens_the_conversation(talk: Talk, status: Status) -> None:
    talk.world.do(SetStatus(conversation_id=HERE, status=status), ANNA)
    until = talk.world.clock.now() + timedelta(days=3)
    talk.world.do(SnoozeConversation(conversation_id=HERE, until=until), ANNA)
    first, new = talk.message("in 1"), talk.customer_writes("in 2")
    now = talk.conversation
    assert (now.status, now.snoozed_until, now.solved_at) == (Status.OPEN, None, None)
    still_waiting = status in (Status.OPEN, Status.ON_HOLD)
    assert now.waiting_since == (first if still_waiting else new).created_at


def test_a_thank_you_that_was_resolved_without_an_answer_is_not_overdue_weeks_later(talk: Talk) -> None:
    talk.reply("out 1")
    talk.customer_writes("thanks")
    talk.world.do(SetStatus(conversation_id=HERE, status=Status.SOLVED), ANNA)
    talk.world.clock.advance(timedelta(weeks=3))
    again = talk.customer_writes("in 3")
    assert talk.conversation.waiting_since == again.created_at
    talk.reply("out 2")
    talk.cancel("out 2")
    assert talk.conversation.waiting_since == again.created_at


@pytest.mark.parametrize("kind", [MailKind.AUTOMATIC, MailKind.BOUNCE, MailKind.ABUSE_REPORT])
def test_what_a_program_writes_neither_opens_nor_wakes(talk: Talk, kind: MailKind) -> None:
    talk.world.do(SetStatus(conversation_id=HERE, status=Status.SOLVED), ANNA)
    message = talk.customer_writes("out of office", mail_kind=kind)
    assert talk.conversation.status is Status.SOLVED
    assert message.automatic
    assert message.mail_kind is kind


def test_what_came_by_a_list_was_said_by_somebody(talk: Talk) -> None:
    talk.world.do(SetStatus(conversation_id=HERE, status=Status.SOLVED), ANNA)
    talk.customer_writes("to many", mail_kind=MailKind.LIST)
    assert talk.conversation.status is Status.OPEN


def test_a_message_from_the_future_is_dated_now(talk: Talk) -> None:
    message = talk.customer_writes("in 2", ago=timedelta(days=-4000))
    assert message.created_at <= talk.world.clock.now()


def test_solving_is_refused_when_the_customer_wrote_again(talk: Talk) -> None:
    talk.customer_writes("in 2")
    solve = SetStatus(conversation_id=HERE, status=Status.SOLVED, check_seen=True, seen_in="in 1")
    assert talk.refused(solve) is Reason.CUSTOMER_WROTE_AGAIN
    talk.world.do(
        SetStatus(conversation_id=HERE, status=Status.SOLVED, check_seen=True, seen_in="in 2"), ANNA
    )


RANK = (Delivery.SENDING, Delivery.SENT, Delivery.DELIVERED, Delivery.READ)


@given(st.lists(st.sampled_from(RANK), max_size=8))
def test_reports_that_come_twice_or_out_of_order_never_go_backwards(reports: list[Delivery]) -> None:
    talk = Talk()
    talk.reply("out 1")
    final = talk.report("out 1", Delivery.SENDING, *reports)
    assert final.delivery is max([Delivery.SENDING, *reports], key=RANK.index)


ANSWERS = (Reply, ReleaseReply, ReceiveMessage, CancelReply, ReportDelivery, AddNote)


def test_nothing_waits_to_be_said_after_what_its_author_has_not_seen() -> None:
    """Whoever answers now leaves no queued reply of anybody else behind; and nothing ever vanishes."""
    answered = 0
    for history in many_histories(150, ANSWERS):
        rows = history.start
        for step in history.steps:
            before = {row.id: row for row in rows.query(Message)}
            rows = step.perform(rows)
            after = {row.id: row for row in rows.query(Message)}
            assert before.keys() <= after.keys()
            said = answer_of(step.operation.payload, before, after)
            if said is None or said.forwarded:
                continue
            queued = [row for row in after.values() if row.delivery is Delivery.QUEUED and not row.forwarded]
            here = [row for row in queued if row.conversation_id == said.conversation_id]
            assert {row.author_id for row in here} <= {said.author_id, step.actor_id}
            answered += 1
    assert answered > 50


def answer_of(payload: Record, before: dict[str, Message], after: dict[str, Message]) -> Message | None:
    """The reply that the payload has put on its way for now, if it did."""
    if not isinstance(payload, Reply | ReleaseReply) or getattr(payload, "send_at", None) is not None:
        return None
    was, message = before.get(payload.message_id), after[payload.message_id]
    on_its_way = message.delivery is Delivery.QUEUED and (was is None or was.delivery is not Delivery.QUEUED)
    return message if on_its_way else None


def test_only_a_reply_of_ours_ever_gets_a_delivery() -> None:
    for history in many_histories(150, TALK):
        for message in history.end.query(Message):
            if message.kind is not MessageKind.REPLY or message.direction is Direction.IN:
                assert message.delivery is Delivery.NONE
                assert message.not_before is None
