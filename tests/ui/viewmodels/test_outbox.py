"""The outbox says what waits and why, and nothing is sent against a view that has become old."""

from dataclasses import replace
from pathlib import Path

import pytest

from agent_desktop.domain.conversation import Priority
from agent_desktop.domain.message import Delivery
from agent_desktop.domain.operations.conversation import SetPriority
from agent_desktop.domain.operations.knowledge import SaveArticle
from agent_desktop.domain.operations.message import AddNote
from agent_desktop.domain.operations.workspace import EditProfile, SaveUser
from agent_desktop.domain.workspace import Role
from agent_desktop.services.composer import SENT_ALREADY
from agent_desktop.services.drafts import Draft, DraftKind
from agent_desktop.services.settings import SIGNATURE
from tests.desk_fixture import second_desk
from tests.ui.amelia import Amelia
from tests.ui.conftest import Room
from ui.viewmodels.articles import ArticlesViewModel
from ui.viewmodels.outbox import READ_FIRST, OutboxViewModel


@pytest.fixture
def amelia(room: Room) -> Amelia:
    return Amelia(room.world)


@pytest.fixture
def outbox(room: Room, amelia: Amelia) -> OutboxViewModel:
    return OutboxViewModel(room.context)


def fails(amelia: Amelia, delivery: Delivery = Delivery.FAILED) -> str:
    """A reply of Maya comes back; its id."""
    message_id = amelia.is_answered("It is on its way.")
    amelia.desk.sync.exchange()
    amelia.is_told(message_id, delivery, "Mailbox full")
    return message_id


def delivery_of(amelia: Amelia, message_id: str) -> Delivery:
    return next(message.delivery for message in amelia.messages() if message.id == message_id)


def test_an_empty_outbox_fills_and_empties_by_itself(amelia: Amelia, outbox: OutboxViewModel) -> None:
    assert list(outbox.rows) == []
    message_id = amelia.is_answered()
    assert [(row.key, row.needs_attention) for row in outbox.rows] == [(message_id, False)]
    amelia.desk.sync.exchange()
    amelia.is_told(message_id, Delivery.SENT)
    assert outbox.rows == ()


def test_a_row_names_customer_subject_and_reason(amelia: Amelia, outbox: OutboxViewModel) -> None:
    fails(amelia)
    row = outbox.rows[0]
    assert (row.customer, row.subject) == ("Amelia Novak", "Where is my replacement kettle?")
    assert "Mailbox full" in row.item.words
    assert row.needs_attention


def test_what_needs_a_decision_comes_first(amelia: Amelia, outbox: OutboxViewModel) -> None:
    waiting = amelia.is_answered("first")
    failed = fails(amelia)
    assert [row.key for row in outbox.rows] == [failed, waiting]


def test_a_failed_reply_is_sent_again(amelia: Amelia, outbox: OutboxViewModel) -> None:
    message_id = fails(amelia)
    outbox.send_again(outbox.rows[0])
    assert delivery_of(amelia, message_id) is Delivery.QUEUED


def test_when_the_customer_wrote_since_it_is_read_first(
    room: Room, amelia: Amelia, outbox: OutboxViewModel
) -> None:
    message_id = fails(amelia)
    amelia.writes("Never mind, it arrived.")
    outbox.send_again(outbox.rows[0])
    assert delivery_of(amelia, message_id) is Delivery.FAILED
    assert room.navigator.conversations == [(amelia.conversation, False)]
    assert room.navigator.messages[-1][0] == READ_FIRST


def test_the_channel_is_asked_about_what_nobody_knows(
    room: Room, amelia: Amelia, outbox: OutboxViewModel
) -> None:
    message_id = amelia.is_answered()
    amelia.desk.sync.exchange()
    amelia.is_told(message_id, Delivery.SENDING)
    amelia.is_told(message_id, Delivery.UNKNOWN)
    assert outbox.rows[0].item.can_check
    outbox.check(outbox.rows[0])
    item = outbox.rows[0].item
    assert (item.delivery, item.can_check) == (Delivery.SENDING, False)
    assert "asked" in item.words
    amelia.is_told(message_id, Delivery.SENT)
    assert outbox.rows == ()


def test_a_held_reply_is_sent_after_what_is_new_was_shown(amelia: Amelia, outbox: OutboxViewModel) -> None:
    message_id = amelia.is_answered(blindly=True)
    amelia.desk.sync.exchange()
    held = outbox.rows[0]
    assert [message.text for message in held.item.news] == ["Hi again, can you tell me where it is?"]
    amelia.writes("Never mind, it arrived.")
    outbox.send_again(held)  # as it was shown before that came
    assert delivery_of(amelia, message_id) is Delivery.HELD
    assert outbox.rows[0].item.news[-1].text == "Never mind, it arrived."
    outbox.send_again(outbox.rows[0])
    assert delivery_of(amelia, message_id) is Delivery.QUEUED


def test_editing_calls_the_text_back_into_the_draft(
    room: Room, amelia: Amelia, outbox: OutboxViewModel
) -> None:
    fails(amelia)
    outbox.edit(outbox.rows[0])
    assert outbox.rows == ()
    assert room.context.desk.drafts.conversation_ids() == (amelia.conversation,)
    assert room.navigator.drafts == [(amelia.conversation, DraftKind.REPLY)], (
        "the keyboard is where it is written"
    )


def test_what_comes_back_is_what_was_written_without_the_signature(
    room: Room, amelia: Amelia, outbox: OutboxViewModel
) -> None:
    desk = amelia.desk
    desk.settings.set(SIGNATURE, True)
    desk.apply(EditProfile(user_id=desk.user_id, signature="Maya\nLarkfield"))
    message_id = amelia.is_answered("It is on its way.\n\nMaya\nLarkfield")
    desk.sync.exchange()
    amelia.is_told(message_id, Delivery.FAILED)
    outbox.edit(outbox.rows[0])
    draft = desk.drafts.get(amelia.conversation, DraftKind.REPLY)
    assert draft is not None
    assert draft.text == "It is on its way."


def test_discarding_ends_it(amelia: Amelia, outbox: OutboxViewModel) -> None:
    message_id = fails(amelia)
    outbox.discard(outbox.rows[0])
    assert outbox.rows == ()
    assert delivery_of(amelia, message_id) is Delivery.CANCELLED


def test_a_change_that_was_refused_keeps_its_text_until_it_is_discarded(
    room: Room, amelia: Amelia, outbox: OutboxViewModel
) -> None:
    article_id = room.world.ids.new()
    save = SaveArticle(article_id=article_id, base_revision=0, title="Refunds", body="First")
    room.context.desk.apply(save)
    room.world.desk.sync.exchange()
    room.context.desk.apply(replace(save, base_revision=1, body="Mine, typed offline"))
    amelia.at_server(replace(save, base_revision=1, body="Theirs"))
    row = outbox.rows[0]
    assert row.needs_attention
    assert row.item.text == "Mine, typed offline"
    assert "another version" in row.item.words
    outbox.discard(row)
    assert outbox.rows == ()


def refuse(amelia: Amelia) -> None:
    """What Maya did and has not handed over is refused: for a moment her role does not allow it."""
    for role in (Role.AUDITOR, Role.ADMIN):
        amelia.at_server(SaveUser(user_id=amelia.desk.user_id, name="Maya Keller", role=role))


def note(room: Room, amelia: Amelia, text: str = "Call her at nine") -> AddNote:
    return AddNote(conversation_id=amelia.conversation, message_id=room.world.ids.new(), text=text)


def test_a_refused_note_is_written_again_before_what_was_written_since(
    room: Room, amelia: Amelia, outbox: OutboxViewModel
) -> None:
    desk = room.context.desk
    desk.apply(note(room, amelia))
    desk.drafts.save(
        Draft(
            conversation_id=amelia.conversation,
            kind=DraftKind.NOTE,
            text="And ask for the number",
            updated_at=desk.clock.now(),
        )
    )
    refuse(amelia)
    outbox.edit(outbox.rows[0])
    draft = desk.drafts.get(amelia.conversation, DraftKind.NOTE)
    assert draft is not None
    assert draft.text == "Call her at nine\n\nAnd ask for the number"
    assert outbox.rows == ()
    assert room.navigator.drafts == [(amelia.conversation, DraftKind.NOTE)]


def test_a_refused_change_is_tried_again(room: Room, amelia: Amelia, outbox: OutboxViewModel) -> None:
    written = note(room, amelia)
    room.context.desk.apply(written)
    refuse(amelia)
    assert [item.item.words for item in outbox.rows] == ["Your role does not allow this."]
    outbox.send_again(outbox.rows[0])
    assert outbox.rows == ()
    room.context.desk.sync.exchange()
    assert written.text in [message.text for message in amelia.messages()]
    assert outbox.rows == ()


def test_a_refused_article_goes_back_into_its_editor(
    room: Room, amelia: Amelia, outbox: OutboxViewModel
) -> None:
    save = SaveArticle(article_id=room.world.ids.new(), base_revision=0, title="Refunds", body="Mine")
    room.context.desk.apply(save)
    refuse(amelia)
    outbox.edit(outbox.rows[0])
    assert room.navigator.articles == [save.article_id]
    editor = ArticlesViewModel(room.context)
    editor.open(save.article_id)
    assert (editor.editor.form.title, editor.editor.form.body) == ("Refunds", "Mine")
    assert outbox.rows == ()


def test_an_article_that_is_being_written_on_is_not_overwritten(
    room: Room, amelia: Amelia, outbox: OutboxViewModel
) -> None:
    save = SaveArticle(article_id=room.world.ids.new(), base_revision=0, title="Refunds", body="Mine")
    room.context.desk.apply(save)
    refuse(amelia)
    outbox.edit(outbox.rows[0])
    room.context.desk.sync.exchange()
    room.context.desk.apply(replace(save, body="Another try"))
    refuse(amelia)
    outbox.edit(outbox.rows[0])
    draft = room.context.desk.drafts.get(save.article_id, DraftKind.ARTICLE)
    assert draft is not None
    assert '"Mine"' in draft.text
    assert "already" in room.navigator.messages[-1][0]
    assert [row.item.text for row in outbox.rows] == ["Another try"]


def test_a_refused_macro_is_one_row_and_what_is_decided_holds_for_all_of_it(
    room: Room, amelia: Amelia, outbox: OutboxViewModel
) -> None:
    desk = room.context.desk
    urgent = SetPriority(conversation_id=amelia.conversation, priority=Priority.URGENT)

    def run() -> None:
        desk.apply.together([[urgent, note(room, amelia)]])
        refuse(amelia)

    run()
    row = outbox.rows[0]
    assert len(outbox.rows) == 1
    assert row.item.title == "Change priority, Note"
    assert "Call her at nine" in row.item.text
    outbox.send_again(row)
    assert list(outbox.rows) == []
    assert room.navigator.messages[-1][0] == "Change priority, Note: tried again."
    desk.sync.exchange()
    assert "Call her at nine" in [message.text for message in amelia.messages()]
    run()
    outbox.discard(outbox.rows[0])
    desk.sync.exchange()
    assert list(outbox.rows) == []


def test_what_waits_for_a_file_that_is_gone_is_written_again(
    room: Room, amelia: Amelia, outbox: OutboxViewModel
) -> None:
    desk = room.context.desk
    file = desk.composer.attach_content("a.pdf", b"%PDF-1.7")
    desk.blobs.path(file.sha256).unlink()
    desk.composer.note(amelia.conversation, "See the file", (file,))
    row = outbox.rows[0]
    assert len(outbox.rows) == 1
    assert row.needs_attention
    outbox.send_again(row)
    assert list(outbox.rows) == [row]
    outbox.edit(row)
    assert list(outbox.rows) == []
    draft = desk.drafts.get(amelia.conversation, DraftKind.NOTE)
    assert draft is not None
    assert (draft.text, [there.name for there in draft.files]) == ("See the file", ["a.pdf"])
    assert "See the file" not in [message.text for message in amelia.messages()]


def test_a_message_that_was_sent_from_another_device_is_one_row_and_can_be_another_message(
    room: Room, amelia: Amelia, outbox: OutboxViewModel, tmp_path: Path
) -> None:
    desk = amelia.desk
    draft = replace(
        desk.new_messages.blank(), to=("mia@new.example",), subject="Hello", channel_id=amelia.email
    )
    with second_desk(room.world, tmp_path / "tablet") as tablet:
        tablet.new_messages.send(replace(draft, text="From the tablet"), "From the tablet")
        tablet.sync.exchange()
    desk.new_messages.send(replace(draft, text="From here", name="Mia"), "From here")
    desk.sync.exchange()
    (row,) = (row for row in outbox.rows if row.needs_attention)
    assert (row.item.title, row.subject, row.item.text) == ("New message", "Hello", "From here")
    assert row.item.words == SENT_ALREADY
    outbox.edit(row)
    (again,) = desk.drafts.new_messages()
    assert room.navigator.written == [again.conversation_id]
    assert (again.text, again.subject, again.name) == ("From here", "Hello", "Mia")
    assert not [row for row in outbox.rows if row.needs_attention]
