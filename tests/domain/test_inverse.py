"""The inverse law: an operation and then its inverse leave the rows as they were.

What stays on purpose: the lines of the timeline, history of articles, words that were used (tags, organizations),
counters, how far somebody has read, a called-back reply, which shows that it was called back, and a reply that was
held, for its author alone decides.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings

from agent_desktop.domain.conversation import Conversation, ReadMarker, Status
from agent_desktop.domain.conversation_merging import standing_of, survivor_of_conversation
from agent_desktop.domain.customer import Customer, Identity, Organization
from agent_desktop.domain.knowledge import Article, ArticleRevision, ArticleState, CannedResponse
from agent_desktop.domain.message import Attachment, Delivery, Message, MessageKind
from agent_desktop.domain.operations import KINDS, inverse_of
from agent_desktop.domain.operations.base import OperationKind
from agent_desktop.domain.operations.conversation import AssignConversation, MarkRead, MarkUnread, SetStatus
from agent_desktop.domain.operations.customer import (
    AddIdentity,
    Address,
    EditCustomer,
    RemoveIdentity,
    UnmergeCustomer,
)
from agent_desktop.domain.operations.message import AddNote, ReceiveMessage, Reply
from agent_desktop.domain.policy import Policy
from agent_desktop.domain.rows import Entity
from agent_desktop.domain.scopes import ScopedRows
from agent_desktop.domain.standing import with_messages
from agent_desktop.domain.workspace import ChannelKind, Tag, User, Workspace
from tests.factories import ANNA, BEN, SYSTEM, make_channel, make_conversation, make_customer
from tests.fakes import START, DictRows
from tests.payloads import TALK
from tests.strategies import EVERY_KIND, History, histories, many_histories
from tests.world import Step, World

WITHOUT = {
    "workspace.create",
    "user.save",
    "team.save",
    "channel.save",
    "result.discard",
    "export.record",
    "conversation.create",
    "conversation.rescope",
    "conversation.import",
    "draft.share",
    "message.remove_note",
    "call.remove",
    "message.cancel",
    "conversation.withdraw",
    "message.release",
    "message.check",
    "message.receive",
    "message.report_delivery",
    "message.answer_automatically",
    "conversation.suggest",
    "conversation.tell",
    "customer.create",
}
"""Kinds that nothing undoes, on purpose."""

STAYS: tuple[type[Entity], ...] = (Tag, Organization, ReadMarker, ArticleRevision)


def comparable(rows: DictRows) -> DictRows:
    """The rows without what stays on purpose."""
    left, rows = DictRows(), without_splits(rows)
    hidden = {
        row.id
        for row in rows.query(Message)
        if row.kind is MessageKind.EVENT or row.delivery is Delivery.CANCELLED
    }
    for row in rows:
        if isinstance(row, STAYS) or row.id in hidden:
            continue
        if isinstance(row, Policy) and row == Policy(id=row.id):
            continue  # as if nothing had ever been decided
        if isinstance(row, Attachment) and row.message_id in hidden:
            continue
        change = NORMAL.get(type(row))
        left.put(change(row) if change else row)
    return left


def without_splits(rows: DictRows) -> DictRows:
    """The rows as if nothing that was taken out and merged back had ever been taken out, and everything were said in
    the survivor. What a merged conversation says about its messages is brought up to date when it is taken apart.
    """
    left = rows.copy()
    for entity in (Message, Attachment):
        for child in rows.query(entity):
            survivor = survivor_of_conversation(rows, child.conversation_id)
            assert survivor is not None
            left.put(replace(child, conversation_id=survivor.id))
    for row in rows.query(Conversation):
        if row.merged_into is None:
            continue
        if row.merged_into == row.follow_up_of and not rows.query(Conversation, merged_into=row.id):
            left.delete(Conversation, row.id)
        else:
            left.put(with_messages(replace(row, mentioned_ids=()), []))
    return left


NORMAL: dict[type[Entity], Callable[[Any], Entity]] = {
    Conversation: lambda row: replace(
        row, tags=tuple(sorted(row.tags)), mentioned_ids=tuple(sorted(row.mentioned_ids))
    ),
    Workspace: lambda row: replace(row, next_number=0),
    Article: lambda row: replace(row, revision=0, updated_at=START, author_id=None),
    CannedResponse: lambda row: replace(row, usage_count=0, updated_at=START),
}


def undo(step: Step, before: DictRows, after: DictRows) -> DictRows | None:
    """The rows after the inverse, applied by the same user half a minute later; None when there is no inverse."""
    inverse = inverse_of(before, step.operation, step.context())
    if inverse is None:
        return None
    world = World(after)
    world.clock.advance(step.operation.created_at - world.clock.now() + timedelta(seconds=30))
    actor = before.get(User, step.actor_id)
    assert actor is not None
    for payload in inverse:
        world.do(payload, actor)
    return world.rows


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_the_list_of_what_cannot_be_undone_is_complete(kind: OperationKind[Any]) -> None:
    has_inverse = kind.inverse is not OperationKind.__dataclass_fields__["inverse"].default
    assert has_inverse is (kind.name not in WITHOUT)


def check(history: History) -> None:
    rows = history.start
    for step in history.steps:
        after = step.perform(rows)
        undone = None if goes_back_to_somebody_inactive(step, rows) else undo(step, rows, after)
        if undone is not None:
            expected = _with_held_of(after, rows)
            assert comparable(at_home(_hide_new_articles(undone, rows))) == comparable(at_home(expected))
        rows = after


def at_home(rows: DictRows) -> DictRows:
    """The rows where they belong: what is touched after a team became private moves at once, the rest in time."""
    home = rows.copy()
    for conversation in rows.query(Conversation):
        ScopedRows(home, None).put(conversation)
    return home


def _with_held_of(after: DictRows, before: DictRows) -> DictRows:
    """The rows before a step, but for the replies of others that it held, and automatic ones that it called back."""
    expected = before.copy()
    for message in before.query(Message):
        now = after.get(Message, message.id)
        back = Delivery.CANCELLED if message.automatic else Delivery.HELD
        if now is not None and now.delivery is back and message.delivery is Delivery.QUEUED:
            expected.put(now)
            here = message.conversation_id
            conversation = survivor_of_conversation(expected, here)
            assert conversation is not None
            expected.put(standing_of(expected, conversation))
    return expected


def goes_back_to_somebody_inactive(step: Step, before: DictRows) -> bool:
    """Whether the inverse would give work to somebody who is not active any more, which is refused."""
    payload = step.operation.payload
    if not isinstance(payload, AssignConversation):
        return False
    conversation = before.get(Conversation, payload.conversation_id)
    user = before.get(User, conversation.assignee_id) if conversation and conversation.assignee_id else None
    return user is not None and not user.active


def _hide_new_articles(undone: DictRows, before: DictRows) -> DictRows:
    """Undoing a new article puts it in the archive, where its history stays."""
    for article in undone.query(Article):
        if before.get(Article, article.id) is None:
            assert article.state is ArticleState.ARCHIVED
            undone.delete(Article, article.id)
    return undone


@settings(max_examples=30)
@given(histories())
def test_undo_restores_what_any_operation_did(history: History) -> None:
    check(history)


@settings(max_examples=30)
@given(histories(TALK))
def test_undo_restores_what_is_said_about_the_messages(history: History) -> None:
    check(history)


def test_undo_restores_what_was_in_many_histories() -> None:
    for kinds in (EVERY_KIND, TALK):
        for history in many_histories(150, kinds):
            check(history)


KARL, CONVERSATION = make_customer(), make_conversation()


def test_undoing_a_reopening_brings_back_when_it_was_solved() -> None:
    world = World()
    world.do(SetStatus(conversation_id=CONVERSATION.id, status=Status.SOLVED), ANNA)
    solved = world.get(Conversation, CONVERSATION.id)
    before = world.rows
    step = world.do(SetStatus(conversation_id=CONVERSATION.id, status=Status.OPEN), ANNA)
    undone = undo(step, before, world.rows)
    assert undone is not None
    assert undone.get(Conversation, CONVERSATION.id) == solved


def test_undoing_a_note_takes_its_mentions_back_but_not_those_of_other_notes() -> None:
    world = World()
    world.do(
        AddNote(conversation_id=CONVERSATION.id, message_id="1", text="@Ben", mentioned_ids=(BEN.id,)), ANNA
    )
    before = world.rows
    both = AddNote(
        conversation_id=CONVERSATION.id, message_id="2", text="@Ben @Anna", mentioned_ids=(BEN.id, ANNA.id)
    )
    step = world.do(both, ANNA)
    undone = undo(step, before, world.rows)
    assert undone is not None
    assert undone.query(Conversation)[0].mentioned_ids == (BEN.id,)


def test_undo_of_what_did_nothing_does_nothing() -> None:
    world = World()
    mine = Address(kind=ChannelKind.EMAIL, address="karl@example.com")
    mia = make_customer(name="Mia Roth")
    for payload in (
        AddIdentity(customer_id=KARL.id, address=mine),
        RemoveIdentity(customer_id=mia.id, address=mine),
        UnmergeCustomer(customer_id=KARL.id, merged_id=mia.id),
        MarkRead(conversation_id=CONVERSATION.id, read_at=START),
        MarkUnread(conversation_id=CONVERSATION.id),
    ):
        step = world.step(payload, ANNA)
        assert inverse_of(world.rows, step.operation, step.context()) == ()


def test_undoing_an_edit_leaves_what_was_edited_elsewhere() -> None:
    world = World()
    before = world.rows
    step = world.do(EditCustomer(customer_id=KARL.id, tier="gold"), ANNA)
    world.do(EditCustomer(customer_id=KARL.id, note="Calls on Mondays"), BEN)
    undone = undo(step, before, world.rows)
    assert undone is not None
    karl = undone.get(Customer, KARL.id)
    assert karl is not None
    assert (karl.tier, karl.note) == ("", "Calls on Mondays")


def test_undoing_an_edit_names_what_the_edit_named() -> None:
    fields = {"name": "K", "organization": "Acme", "tier": "gold", "language": "de", "location": "Oslo"}
    fields |= {"time_zone": "Europe/Oslo", "note": "Kind"}
    world = World()
    for name, value in fields.items():
        step = world.step(EditCustomer(customer_id=KARL.id, **{name: value}), ANNA)
        inverse = inverse_of(world.rows, step.operation, step.context())
        assert inverse is not None
        before = KARL.name if name == "name" else ""
        assert inverse == (EditCustomer(customer_id=KARL.id, **{name: before}),)


def test_undoing_the_removal_of_an_address_brings_it_back_as_it_was_written() -> None:
    world = World()
    world.do(
        AddIdentity(customer_id=KARL.id, address=Address(kind=ChannelKind.PHONE, address="+49 (30) 1234")),
        ANNA,
    )
    before = world.rows
    step = world.do(
        RemoveIdentity(customer_id=KARL.id, address=Address(kind=ChannelKind.PHONE, address="+49301234")),
        ANNA,
    )
    assert undo(step, before, world.rows) == before
    assert any(row.display == "+49 (30) 1234" for row in before.query(Identity))


def test_undoing_a_reply_shows_the_customer_waiting_again() -> None:
    world = World()
    world.do(
        ReceiveMessage(
            conversation_id=CONVERSATION.id,
            message_id="in",
            customer_id=KARL.id,
            channel_id=make_channel().id,
            text="Hello?",
            sent_at=START,
        ),
        SYSTEM,
    )
    before = world.rows
    waiting = world.get(Conversation, CONVERSATION.id)
    step = world.do(
        Reply(
            conversation_id=CONVERSATION.id,
            message_id="out",
            channel_id=make_channel().id,
            text="Yes?",
            seen_in="in",
        ),
        ANNA,
    )
    answered = world.get(Conversation, CONVERSATION.id)
    assert answered.waiting_since is None
    assert answered.due_at is None
    undone = undo(step, before, world.rows)
    assert undone is not None
    assert undone.get(Conversation, CONVERSATION.id) == waiting
