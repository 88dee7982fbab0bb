"""Copies of drafts belong to their writer, and the one written last stays."""

from datetime import datetime, timedelta

from agent_desktop.domain.draft import DraftCopy, draft_copy_id
from agent_desktop.domain.operations.draft import ShareDraft
from agent_desktop.domain.rows import user_scope
from tests.factories import ANNA, BEN, make_conversation
from tests.fakes import START
from tests.world import World

HERE = make_conversation().id
EARLY, LATE = START, START + timedelta(minutes=1)


def share(content: str, written_at: datetime = EARLY, device: str = "Laptop") -> ShareDraft:
    return ShareDraft(
        conversation_id=HERE,
        kind="reply",
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
