"""Merging is an alias: what is said in one is said in all, nothing is moved, and it can be taken apart at any time."""

from dataclasses import replace
from datetime import timedelta

import pytest

from agent_desktop.domain.conversation import Conversation, Status, is_unread
from agent_desktop.domain.conversation_merging import merged_with, standing_of, survivor_of_conversation
from agent_desktop.domain.errors import Reason, Rejected
from agent_desktop.domain.ids import Id
from agent_desktop.domain.merging import MERGE_HOPS
from agent_desktop.domain.message import Attachment, Delivery, Message, MessageKind
from agent_desktop.domain.operations import inverse_of
from agent_desktop.domain.operations.conversation import (
    ChangeTags,
    CreateConversation,
    MarkRead,
    SetStatus,
    SetTeam,
)
from agent_desktop.domain.operations.merging import (
    DismissSuggestion,
    MergeConversations,
    UnmergeConversation,
)
from agent_desktop.domain.operations.message import (
    AddNote,
    CancelReply,
    ReceiveMessage,
    Reply,
    ReportDelivery,
)
from agent_desktop.domain.operations.splitting import SplitConversation
from agent_desktop.domain.standing import NEXT
from tests.factories import (
    ANNA,
    BEN,
    SYSTEM,
    make_channel,
    make_conversation,
    make_customer,
    make_file,
    make_team,
)
from tests.fakes import DictRows
from tests.world import Step, World

KARL, MAIL = make_customer(), make_channel()


class Scene(World):
    """Two conversations with one customer; in each they asked one thing."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = self.begins("Refund"), self.begins("Where is it?")
        self.asked_first, self.asked_second = self.asks(self.first), self.asks(self.second)

    def begins(self, subject: str) -> Id:
        conversation = self.ids.new()
        self.do(
            CreateConversation(
                conversation_id=conversation, customer_id=KARL.id, channel_id=MAIL.id, subject=subject
            ),
            ANNA,
        )
        return conversation

    def asks(self, conversation: Id, *, files: bool = False) -> Id:
        message = self.ids.new()
        self.do(
            ReceiveMessage(
                conversation_id=conversation,
                message_id=message,
                customer_id=KARL.id,
                channel_id=MAIL.id,
                text="Hello?",
                sent_at=self.clock.now(),
                files=(make_file(),) if files else (),
            ),
            SYSTEM,
        )
        return message

    def answers(self, conversation: Id, seen_in: Id | None, seen_out: Id | None = None) -> Message:
        message = self.ids.new()
        self.do(
            Reply(
                conversation_id=conversation,
                message_id=message,
                channel_id=MAIL.id,
                text="Here it is",
                seen_in=seen_in,
                seen_out=seen_out,
            ),
            ANNA,
        )
        return self.get(Message, message)

    def merge(self, source: Id | None = None, into: Id | None = None) -> Step:
        return self.do(
            MergeConversations(conversation_id=source or self.second, into_id=into or self.first), ANNA
        )

    def unmerge(self, source: Id | None = None) -> None:
        self.do(UnmergeConversation(conversation_id=source or self.second, into_id=self.first), ANNA)

    def row(self, conversation: Id) -> Conversation:
        return self.get(Conversation, conversation)


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_the_survivor_says_what_both_said(scene: Scene) -> None:
    before = scene.row(scene.first), scene.row(scene.second)
    scene.do(ChangeTags(conversation_id=scene.second, add=("parcel",)), ANNA)
    scene.merge()
    survivor = scene.row(scene.first)
    assert survivor.message_count == 2
    assert survivor.last_in_id == scene.asked_second
    assert survivor.waiting_since == before[0].waiting_since
    assert survivor.tags == ("parcel",)
    source = scene.row(scene.second)
    assert source.merged_into == scene.first
    assert source.merged_at == scene.get(Message, scene.asked_second).created_at + NEXT, (
        "right after what was said"
    )
    assert source.message_count == 1, "its own row stays as it was"


def test_what_comes_for_the_merged_one_happens_to_the_survivor(scene: Scene) -> None:
    scene.merge()
    third = scene.asks(scene.second)
    assert scene.get(Message, third).conversation_id == scene.second, "it was addressed to that one"
    assert scene.row(scene.first).last_in_id == third
    scene.do(SetStatus(conversation_id=scene.second, status=Status.SOLVED), ANNA)
    assert scene.row(scene.first).status is Status.SOLVED
    scene.asks(scene.second)
    assert scene.row(scene.first).status is Status.OPEN, "the customer wrote"
    scene.do(
        AddNote(conversation_id=scene.second, message_id="n", text="@Ben", mentioned_ids=(BEN.id,)), ANNA
    )
    assert scene.row(scene.first).mentioned_ids == (BEN.id,)


def test_a_reply_that_saw_only_one_of_both_is_held(scene: Scene) -> None:
    scene.merge()
    assert scene.answers(scene.first, scene.asked_first).delivery is Delivery.HELD
    fresh = scene.answers(scene.second, scene.asked_second)
    assert fresh.delivery is Delivery.QUEUED, "the last thing that was said, under either name"
    assert scene.row(scene.first).last_out_id == fresh.id
    assert scene.row(scene.first).waiting_since is None


def test_a_queued_reply_of_the_merged_one_is_held_when_a_colleague_answers_the_survivor(scene: Scene) -> None:
    reply = scene.answers(scene.second, scene.asked_second)
    scene.merge()
    later = scene.ids.new()
    scene.do(
        Reply(
            conversation_id=scene.first,
            message_id=later,
            channel_id=MAIL.id,
            text="I do",
            seen_in=scene.asked_second,
            seen_out=reply.id,
        ),
        BEN,
    )
    assert scene.get(Message, reply.id).delivery is Delivery.HELD


def test_whoever_waits_in_what_is_merged_waits_in_what_was_over(scene: Scene) -> None:
    scene.do(SetStatus(conversation_id=scene.first, status=Status.SOLVED), ANNA)
    waits = scene.row(scene.second).waiting_since
    scene.merge()
    survivor = scene.row(scene.first)
    assert (survivor.status, survivor.solved_at, survivor.waiting_since) == (Status.OPEN, None, waits)


def test_nobody_waits_for_what_was_over_before_it_was_merged(scene: Scene) -> None:
    """A "thank you" at the end of an old matter does not make a new one overdue."""
    scene.do(SetStatus(conversation_id=scene.first, status=Status.SOLVED), ANNA)
    scene.clock.advance(timedelta(days=7))
    scene.asks(scene.second)
    scene.answers(scene.second, scene.row(scene.second).last_in_id)
    asked = scene.asks(scene.second)
    scene.merge(scene.first, scene.second)
    survivor = scene.row(scene.second)
    assert survivor.waiting_since == scene.get(Message, asked).created_at
    scene.answers(scene.second, asked, survivor.last_out_id)
    assert scene.row(scene.second).waiting_since is None


def stands(scene: Scene, conversation: Id) -> bool:
    """Whether a conversation says what its messages say."""
    return scene.row(conversation) == standing_of(scene.rows, scene.row(conversation))


def test_who_waits_goes_on_waiting_when_more_comes_for_what_was_merged(scene: Scene) -> None:
    scene.answers(scene.first, scene.asked_first)
    asked = scene.asks(scene.second)
    scene.do(SetStatus(conversation_id=scene.second, status=Status.PENDING), ANNA)
    scene.merge()
    scene.asks(scene.second)
    assert scene.row(scene.first).waiting_since == scene.get(Message, asked).created_at
    assert stands(scene, scene.first)


def test_what_was_written_before_a_merge_and_comes_after_it_opens_all_of_it(scene: Scene) -> None:
    scene.merge()
    scene.do(SetStatus(conversation_id=scene.first, status=Status.SOLVED), ANNA)
    late = scene.ids.new()
    sent_at = scene.get(Message, scene.asked_second).created_at + NEXT
    scene.clock.advance(timedelta(hours=1))
    scene.do(
        ReceiveMessage(
            conversation_id=scene.first,
            message_id=late,
            customer_id=KARL.id,
            channel_id=MAIL.id,
            text="One more thing",
            sent_at=sent_at,
        ),
        SYSTEM,
    )
    assert scene.row(scene.first).waiting_since == scene.get(Message, late).created_at
    assert stands(scene, scene.first), "nobody waits for what was over"


def test_what_nobody_waited_for_is_not_waited_for_when_it_is_taken_out(scene: Scene) -> None:
    scene.asks(scene.second)
    scene.do(SetStatus(conversation_id=scene.second, status=Status.SOLVED), ANNA)
    scene.merge()
    waits = scene.row(scene.first).waiting_since
    new = split(scene, scene.asked_second)
    assert scene.row(new).waiting_since is None
    scene.do(MergeConversations(conversation_id=new, into_id=scene.first), ANNA)
    assert scene.row(scene.first).waiting_since == waits


def test_undo_brings_the_survivor_back_but_never_puts_a_customer_away_who_wrote(scene: Scene) -> None:
    scene.do(SetStatus(conversation_id=scene.first, status=Status.SOLVED), ANNA)
    before = scene.rows
    step = scene.merge()
    (undo,) = inverse_of(before, step.operation, step.context()) or ()
    merged = scene.rows
    scene.do(undo, ANNA)
    assert scene.row(scene.first) == before.get(Conversation, scene.first)
    assert scene.row(scene.second) == before.get(Conversation, scene.second)
    scene.rows = merged
    scene.asks(scene.first)
    scene.do(undo, ANNA)
    assert scene.row(scene.first).status is Status.OPEN


def test_taken_apart_each_has_what_was_addressed_to_it(scene: Scene) -> None:
    scene.merge()
    theirs, ours = scene.asks(scene.second), scene.asks(scene.first)
    scene.unmerge()
    first, second = scene.row(scene.first), scene.row(scene.second)
    assert (first.last_in_id, first.message_count) == (ours, 2)
    assert (second.last_in_id, second.message_count, second.merged_into) == (theirs, 2, None)
    lines = [row.text for row in scene.rows.query(Message, conversation_id=first.id, kind="event")]
    assert lines == [f"Merged #{second.number} into this", f"Took #{second.number} out of this again"]


def test_a_customer_who_wrote_meanwhile_is_not_put_away_by_taking_apart(scene: Scene) -> None:
    scene.do(SetStatus(conversation_id=scene.second, status=Status.CLOSED), ANNA)
    scene.merge()
    scene.asks(scene.second)
    scene.unmerge()
    assert scene.row(scene.second).status is Status.OPEN


def test_what_was_merged_before_comes_along_and_goes_along(scene: Scene) -> None:
    third = scene.begins("And this?")
    scene.asks(third)
    scene.merge(third, scene.second)
    scene.merge()
    assert [row.id for row in merged_with(scene.rows, scene.row(scene.first))] == [
        scene.first,
        scene.second,
        third,
    ]
    assert scene.row(scene.first).message_count == 3
    scene.unmerge()
    assert (scene.row(scene.first).message_count, scene.row(scene.second).message_count) == (1, 2)


def test_crossing_and_repeated_merges_have_one_survivor(scene: Scene) -> None:
    scene.merge()
    scene.merge()
    scene.merge(scene.first, scene.second)
    assert [row.id for row in scene.rows.query(Conversation, merged_into=scene.first)] == [scene.second]
    third = scene.begins("Third")
    with pytest.raises(Rejected) as refused:
        scene.merge(scene.second, third)
    assert refused.value.reason is Reason.MERGED
    with pytest.raises(Rejected) as refused:
        scene.merge(third, third)
    assert refused.value.reason is Reason.INVALID


def test_a_circle_has_an_end() -> None:
    rows = DictRows(make_conversation(id="1", merged_into="2"), make_conversation(id="2", merged_into="1"))
    assert survivor_of_conversation(rows, "1") is not None
    assert len(merged_with(rows, make_conversation(id="1", merged_into="2"))) <= MERGE_HOPS + 1


def test_not_more_merges_follow_each_other_than_are_followed(scene: Scene) -> None:
    chain = [scene.begins(str(number)) for number in range(MERGE_HOPS + 2)]
    for place in range(MERGE_HOPS):
        scene.merge(chain[place], chain[place + 1])
    with pytest.raises(Rejected):
        scene.merge(chain[MERGE_HOPS], chain[MERGE_HOPS + 1])


def test_merging_never_shows_anything_to_more_people(scene: Scene) -> None:
    team = make_team(private=True)
    scene.rows.put(team)
    scene.do(SetTeam(conversation_id=scene.first, team_id=team.id), ANNA)
    with pytest.raises(Rejected) as refused:
        scene.merge()
    assert refused.value.reason is Reason.SEEN_BY_OTHERS


def test_what_was_merged_is_where_the_survivor_is_and_stays_there_when_taken_apart(scene: Scene) -> None:
    team = make_team(private=True)
    scene.rows.put(team)
    scene.merge()
    scene.do(SetTeam(conversation_id=scene.second, team_id=team.id), ANNA)
    scope = scene.row(scene.first).scope
    assert scope == f"t:{team.id}"
    here = (scene.second, scene.first)
    messages = [row for one in here for row in scene.rows.query(Message, conversation_id=one)]
    assert {row.scope for row in (*messages, scene.row(scene.second))} == {scope}
    scene.unmerge()
    assert (scene.row(scene.second).scope, scene.row(scene.second).team_id) == (scope, team.id)


def test_a_channel_that_became_private_meanwhile_cannot_be_left_by_taking_apart(scene: Scene) -> None:
    other = make_channel(id="other channel")
    scene.rows.put(other)
    scene.rows.put(replace(scene.row(scene.second), channel_id=other.id))
    scene.merge()
    scene.rows.put(replace(MAIL, private=True))
    scene.do(ChangeTags(conversation_id=scene.first, add=("vip",)), ANNA)
    assert scene.row(scene.second).scope == f"c:{MAIL.id}"
    with pytest.raises(Rejected) as refused:
        scene.unmerge()
    assert refused.value.reason is Reason.SEEN_BY_OTHERS


def test_reading_the_survivor_is_reading_both(scene: Scene) -> None:
    scene.merge()
    read_at = scene.get(Message, scene.asked_second).created_at
    scene.do(
        MarkRead(conversation_id=scene.first, read_at=scene.get(Message, scene.asked_first).created_at), ANNA
    )
    assert is_unread(scene.row(scene.first), scene.get(Message, scene.asked_first).created_at)
    assert not is_unread(scene.row(scene.first), read_at)


def test_a_suggestion_is_dismissed_and_asked_again(scene: Scene) -> None:
    scene.rows.put(replace(scene.row(scene.second), suggested_id=scene.first))
    before = scene.rows
    step = scene.do(DismissSuggestion(conversation_id=scene.second, suggested_id=scene.first), ANNA)
    assert scene.row(scene.second).suggested_id is None
    (undo,) = inverse_of(before, step.operation, step.context()) or ()
    scene.do(undo, ANNA)
    assert scene.row(scene.second).suggested_id == scene.first


def split(scene: Scene, message: Id, *, following: bool = False) -> Id:
    new = scene.ids.new()
    scene.do(
        SplitConversation(
            conversation_id=scene.first, message_id=message, new_conversation_id=new, following=following
        ),
        ANNA,
    )
    return new


def test_a_message_taken_out_has_a_conversation_of_its_own_with_its_files(scene: Scene) -> None:
    message = scene.asks(scene.first, files=True)
    new = scene.row(split(scene, message))
    assert (new.customer_id, new.follow_up_of, new.status) == (KARL.id, scene.first, Status.OPEN)
    assert (new.last_in_id, new.message_count) == (message, 1)
    assert scene.row(scene.first).last_in_id == scene.asked_first
    assert {row.conversation_id for row in scene.rows.query(Attachment)} == {new.id}


def test_what_followed_goes_along_and_is_still_delivered_and_called_back(scene: Scene) -> None:
    message = scene.asks(scene.first)
    reply = scene.answers(scene.first, message)
    new = split(scene, message, following=True)
    assert scene.get(Message, reply.id).conversation_id == new
    assert scene.get(Message, reply.id).delivery is Delivery.QUEUED
    out = {"conversation_id": scene.first, "message_id": reply.id}
    branch = scene.copy("branch")
    branch.do(ReportDelivery(**out, delivery=Delivery.SENT), SYSTEM)
    assert branch.get(Message, reply.id).delivery is Delivery.SENT
    scene.do(CancelReply(**out), ANNA)
    assert scene.get(Message, reply.id).delivery is Delivery.CANCELLED
    assert scene.row(new).waiting_since == scene.get(Message, message).created_at


def test_the_last_message_is_not_taken_out(scene: Scene) -> None:
    with pytest.raises(Rejected):
        split(scene, scene.asked_first)
    with pytest.raises(Rejected):
        split(scene, scene.asked_second)


def test_no_line_of_a_timeline_names_what_customers_said(scene: Scene) -> None:
    """It would stand there when they are erased."""
    scene.asks(scene.first)
    split(scene, scene.asked_first)
    scene.merge()
    lines = [row.text for row in scene.rows.query(Message) if row.kind is MessageKind.EVENT]
    assert len(lines) == 3
    assert not [line for line in lines if "Refund" in line or "Where" in line]
