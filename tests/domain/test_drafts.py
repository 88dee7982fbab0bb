"""Copies of drafts belong to their writer, and the one written last stays."""

import json
from dataclasses import replace
from datetime import datetime, timedelta

from agent_desktop.domain.draft import BEGINS, DraftCopy, draft_copy_id
from agent_desktop.domain.ids import Id
from agent_desktop.domain.operations.conversation import CreateConversation
from agent_desktop.domain.operations.draft import ShareDraft
from agent_desktop.domain.rows import user_scope
from tests.factories import ANNA, BEN, make_channel, make_conversation, make_customer
from tests.fakes import START
from tests.world import World

HERE = make_conversation().id
EARLY, LATE = START, START + timedelta(minutes=1)


def share(
    content: str,
    written_at: datetime = EARLY,
    device: str = "Laptop",
    conversation_id: Id = HERE,
    kind: str = "reply",
) -> ShareDraft:
    return ShareDraft(
        conversation_id=conversation_id,
        kind=kind,
        content=content,
        device=device,
        written_at=written_at,
    )


def copies(world: World) -> list[tuple[str, str, str]]:
    return sorted((row.scope, row.device, row.content) for row in world.rows.query(DraftCopy))


def test_everybody_has_copies_of_their_own() -> None:
    world = World()
    world.do(share("mine"), ANNA)
    world.do(share("hers", device="Tablet"), BEN)
    expected = [(user_scope(ANNA.id), "Laptop", "mine"), (user_scope(BEN.id), "Tablet", "hers")]
    assert copies(world) == sorted(expected)
    assert world.get(DraftCopy, draft_copy_id(ANNA.id, HERE, "reply")).user_id == ANNA.id


def test_what_was_written_last_stays_in_whatever_order_it_arrives() -> None:
    for order in ((share("new", LATE, "Tablet"), share("old")), (share("old"), share("new", LATE, "Tablet"))):
        world = World()
        for payload in order:
            world.do(payload, ANNA)
        assert copies(world) == [(user_scope(ANNA.id), "Tablet", "new")]


def test_a_draft_that_was_sent_is_gone_everywhere_unless_it_was_written_on() -> None:
    world = World()
    world.do(share("text"), ANNA)
    world.do(share(""), ANNA)
    assert copies(world) == []
    world.do(share("written on", LATE), ANNA)
    world.do(share(""), ANNA)
    assert copies(world) == [(user_scope(ANNA.id), "Laptop", "written on")]


def test_what_begins_a_conversation_needs_none_and_everything_else_does() -> None:
    world = World()
    world.do(share("to come", conversation_id="to-be", kind=BEGINS), ANNA)
    world.do(share("nowhere", conversation_id="nowhere"), ANNA)
    assert copies(world) == [(user_scope(ANNA.id), "Laptop", "to come")]


def test_once_its_conversation_is_there_it_is_no_draft_on_any_device() -> None:
    world = World()
    world.do(share("to come", LATE, "Tablet", "to-be", BEGINS), ANNA)
    channel_id, customer_id = make_channel().id, make_customer().id
    begin = CreateConversation(
        conversation_id="to-be", customer_id=customer_id, channel_id=channel_id, subject="Hello"
    )
    world.do(begin, ANNA)
    world.do(share("", EARLY, "Laptop", "to-be", BEGINS), ANNA)
    assert copies(world) == []
    world.do(share("late", LATE, "Tablet", "to-be", BEGINS), ANNA)
    assert copies(world) == []


def test_nothing_comes_back_for_somebody_who_was_erased() -> None:
    world = World()
    customer = make_customer()
    content = json.dumps({"text": "Dear", "customer_ids": [customer.id]})
    for payload in (share("here"), share(content, conversation_id="to-be", kind=BEGINS)):
        world.do(payload, ANNA)
    assert len(copies(world)) == 2
    world.rows.put(replace(customer, erased_at=START))
    for payload in (share("again", LATE), share(content, LATE, "Laptop", "to-be", BEGINS)):
        world.do(payload, ANNA)
    assert copies(world) == []
