"""A reply leaves the draft in the step that sends it, and the same draft is never sent twice."""

from dataclasses import replace

import pytest

from agent_desktop.context import Desk
from agent_desktop.domain.errors import Rejected, StoreError
from agent_desktop.domain.ids import Id
from agent_desktop.domain.message import Direction, Message, MessageKind
from agent_desktop.domain.operations.policy import SaveWorkspace
from agent_desktop.services.composer import UNDO_GRACE_SECONDS, ComposeProblem, Outgoing
from agent_desktop.services.drafts import Draft, DraftKind
from agent_desktop.services.settings import UNDO_SECONDS
from agent_desktop.store.rows import SqlRows
from tests.desk_fixture import Office
from tests.factories import make_file


@pytest.fixture
def written(office: Office) -> Outgoing:
    """A reply that is written and kept as a draft, but not sent."""
    conversation_id = office.world.customer_writes("Amelia Novak", "Where is my kettle?")
    desk = office.desk
    card = desk.conversations.card(conversation_id)
    assert card is not None
    reply_id = desk.ids.new()
    desk.drafts.save(
        Draft(
            conversation_id=conversation_id,
            kind=DraftKind.REPLY,
            text="It is on its way",
            updated_at=desk.clock.now(),
            reply_id=reply_id,
        )
    )
    choice = desk.composer.channels(conversation_id)[0]
    return Outgoing(
        conversation_id=conversation_id,
        channel_id=choice.channel.id,
        text="It is on its way",
        to=choice.to,
        reply_id=reply_id,
        seen_in=card.conversation.last_in_id,
        seen_out=card.conversation.last_out_id,
    )


def replies(desk: Desk, conversation_id: Id) -> list[Message]:
    with desk.replica.database.read() as connection:
        found = SqlRows(connection, desk.replica.schema.tables).query(
            Message, conversation_id=conversation_id
        )
    return [row for row in found if row.kind is MessageKind.REPLY and row.direction is Direction.OUT]


def test_the_draft_is_gone_once_it_is_sent(desk: Desk, written: Outgoing) -> None:
    desk.composer.send(written)
    assert desk.drafts.get(written.conversation_id, DraftKind.REPLY) is None
    assert [row.id for row in replies(desk, written.conversation_id)] == [written.reply_id]


def test_the_same_draft_is_not_sent_twice(desk: Desk, written: Outgoing) -> None:
    desk.composer.send(written)
    own = replies(desk, written.conversation_id)[0]
    with pytest.raises(ComposeProblem, match="sent already"):
        desk.composer.send(replace(written, seen_out=own.id))
    assert len(replies(desk, written.conversation_id)) == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"cc": ("nobody",)}, "“nobody” is no e-mail address"),
        ({"bcc": tuple(f"{number}@b.test" for number in range(120))}, "takes up to 100 recipients"),
        ({"files": (make_file(size=10_000_000), make_file(size=10_000_000))}, "20.0 MB together"),
        ({"to": ()}, "no e-mail address"),
    ],
)
def test_what_no_mail_can_be_is_said_before_it_is_sent(
    desk: Desk, written: Outgoing, changes: dict[str, object], words: str
) -> None:
    with pytest.raises(ComposeProblem, match=words):
        desk.composer.send(replace(written, **changes))  # type: ignore[arg-type]  # fields by name
    assert replies(desk, written.conversation_id) == []
    assert desk.drafts.get(written.conversation_id, DraftKind.REPLY) is not None


def test_a_draft_that_cannot_go_is_not_sent(
    desk: Desk, written: Outgoing, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(conversation_id: Id, kind: DraftKind) -> None:
        raise StoreError("The disk is full.")

    monkeypatch.setattr(desk.drafts, "clear", fail)
    with pytest.raises(StoreError):
        desk.composer.send(written)
    monkeypatch.undo()
    assert replies(desk, written.conversation_id) == []
    assert desk.replica.outbox.count(desk.replica.state().ack) == 0
    assert desk.drafts.get(written.conversation_id, DraftKind.REPLY) is not None
    desk.composer.send(written)
    assert len(replies(desk, written.conversation_id)) == 1


def test_a_reply_called_back_can_be_sent_again(desk: Desk, written: Outgoing) -> None:
    desk.composer.send(written)
    draft = desk.composer.call_back(written.reply_id)
    assert draft is not None
    assert draft.reply_id not in ("", written.reply_id)
    desk.composer.send(replace(written, reply_id=draft.reply_id))
    assert len(replies(desk, written.conversation_id)) == 2


def waits(desk: Desk, written: Outgoing) -> float:
    """How long a reply that was sent is kept back, in seconds."""
    reply = next(row for row in replies(desk, written.conversation_id) if row.id == written.reply_id)
    assert reply.not_before is not None
    return (reply.not_before - reply.created_at).total_seconds()


def test_the_workspace_says_how_long_replies_wait_unless_their_author_does(
    desk: Desk, written: Outgoing
) -> None:
    workspace = desk.directory.workspace
    assert workspace is not None
    desk.apply(SaveWorkspace(workspace_id=workspace.id, undo_seconds=45))
    desk.composer.send(written)
    assert desk.composer.undo_seconds == 45
    assert waits(desk, written) == pytest.approx(45 + UNDO_GRACE_SECONDS, abs=0.01)
    desk.settings.set(UNDO_SECONDS, 20)
    second = replace(written, reply_id=desk.ids.new())
    desk.composer.send(second)
    assert waits(desk, second) == pytest.approx(20 + UNDO_GRACE_SECONDS, abs=0.01)
    desk.settings.set(UNDO_SECONDS, 0)
    at_once = replace(written, reply_id=desk.ids.new())
    desk.composer.send(at_once)
    assert waits(desk, at_once) == pytest.approx(0, abs=0.01)


@pytest.mark.parametrize("seconds", [-1, 121])
def test_a_workspace_keeps_no_reply_back_for_longer_than_two_minutes(desk: Desk, seconds: int) -> None:
    workspace = desk.directory.workspace
    assert workspace is not None
    with pytest.raises(Rejected):
        desk.apply(SaveWorkspace(workspace_id=workspace.id, undo_seconds=seconds))
    assert desk.directory.policy.undo_seconds == 10


def test_undo_is_offered_for_less_time_than_the_reply_waits(desk: Desk, written: Outgoing) -> None:
    desk.composer.send(written)
    assert waits(desk, written) == pytest.approx(desk.composer.undo_seconds + UNDO_GRACE_SECONDS, abs=0.01)
