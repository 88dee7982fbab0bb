"""The composer: drafts that survive, sends that are blocked with reasons, and replies that come back."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from agent_desktop.domain.conversation import Status
from agent_desktop.domain.knowledge import MacroAction, MacroVerb
from agent_desktop.domain.message import Delivery, Direction
from agent_desktop.domain.operations.knowledge import SaveCannedResponse, SaveMacro
from agent_desktop.services.drafts import DraftKind
from agent_desktop.services.recipients import Recipients
from agent_desktop.services.settings import SIGNATURE
from tests.ui.amelia import ADDRESS, PHONE, Amelia
from tests.ui.conftest import Room
from tests.ui.viewmodels.test_draft_book import HeldTasks
from ui.tasks import Problem, sentence_of
from ui.viewmodels.composer import ComposerViewModel
from ui.viewmodels.conversation_actions import ConversationActions
from ui.viewmodels.draft_book import DraftBook
from ui.viewmodels.sending import SentReply, Standing
from ui.viewmodels.writing import DRAFT_SAVED, SENDING


class Written(ComposerViewModel):
    """The view-model with a standing that tests set, and what it has sent."""

    def __init__(self, amelia: Amelia, room: Room) -> None:
        self.seen = Standing(seen_in=amelia.first, subject="Re: My kettle", status=Status.OPEN)
        super().__init__(room.context.desk, room.context.tasks, room.context.drafts, lambda: self.seen)
        self.sent_replies: list[SentReply] = []
        self.sent.connect(self.sent_replies.append)

    def type(self, text: str, kind: DraftKind = DraftKind.REPLY) -> None:
        self.show_kind(kind)
        self.edit(kind, text, len(text))


@pytest.fixture
def written(amelia: Amelia, room: Room) -> Written:
    model = Written(amelia, room)
    model.open(amelia.conversation)
    return model


def sent_texts(amelia: Amelia) -> list[str]:
    page = amelia.desk.conversations.timeline(amelia.conversation)
    return [
        item.message.text
        for item in page.items
        if item.message.direction is Direction.OUT and item.message.delivery is Delivery.QUEUED
    ]


def test_offers_only_channels_that_reach_the_customer(amelia: Amelia, written: Written) -> None:
    assert {choice.channel.name for choice in written.channels} == {"Email", "SMS"}
    assert written.channel is not None
    assert written.channel.channel.name == "Email"
    assert written.to == (ADDRESS,)


def test_drafts_survive_a_switch(amelia: Amelia, written: Written) -> None:
    other = amelia.world.customer_writes("Jonas Weber", "Checkout error")
    written.type("Hi Amelia")
    written.type("Ask Ben", DraftKind.NOTE)
    written.open(other)
    assert written.draft(DraftKind.REPLY).text == ""
    written.type("About your code")
    written.open(amelia.conversation)
    assert written.draft(DraftKind.REPLY).text == "Hi Amelia"
    assert written.draft(DraftKind.NOTE).text == "Ask Ben"
    written.open(other)
    assert written.draft(DraftKind.REPLY).text == "About your code"


def test_a_draft_comes_back_whole(amelia: Amelia, room: Room, written: Written) -> None:
    written.type("Hi Amelia, your kettle")
    written.edit(DraftKind.REPLY, "Hi Amelia, your kettle", 3)
    written.address(Recipients((ADDRESS,), ("boss@example.org",), ("me@example.org",)))
    written.choose_channel(amelia.sms, (PHONE,))
    written.attach_content("image.png", lambda: b"picture")
    written.flush()
    again = Written(amelia, room)
    again.open(amelia.conversation)
    draft = again.draft(DraftKind.REPLY)
    assert (draft.text, draft.caret) == ("Hi Amelia, your kettle", 3)
    assert (draft.cc, draft.bcc) == (("boss@example.org",), ("me@example.org",))
    assert [file.name for file in draft.files] == ["image.png"]
    assert again.channel is not None
    assert again.channel.channel.id == amelia.sms


def test_an_emptied_draft_is_gone(amelia: Amelia, written: Written) -> None:
    written.type("Hi")
    written.flush()
    assert amelia.desk.drafts.conversation_ids() == (amelia.conversation,)
    written.type("")
    written.flush()
    assert amelia.desk.drafts.conversation_ids() == ()


def test_says_when_the_draft_is_safe(written: Written) -> None:
    written.type("Hi")
    assert written.hint == ""
    written.flush()
    assert written.hint == DRAFT_SAVED


def test_what_cannot_leave_is_not_called_sent(amelia: Amelia, written: Written) -> None:
    amelia.desk.sync.set_online(False)
    written.type("It is on its way.")
    written.send()
    assert written.sent_replies[0].words == "It will be sent when you are online"


def test_a_draft_in_one_window_is_the_draft_in_another(amelia: Amelia, room: Room, written: Written) -> None:
    other = Written(amelia, room)
    other.open(amelia.conversation)
    replaced: list[object] = []
    other.replaced.connect(replaced.append)
    written.type("Hi from here")
    assert other.draft(DraftKind.REPLY).text == "Hi from here"
    assert replaced == [DraftKind.REPLY]


def test_sends_with_what_was_seen(amelia: Amelia, written: Written) -> None:
    written.type("It is on its way.")
    written.send()
    assert sent_texts(amelia) == ["It is on its way."]
    assert written.draft().text == ""
    assert written.sent_replies[0].words == "Reply sent"
    assert written.sent_replies[0].undo_seconds == amelia.desk.directory.policy.undo_seconds
    assert amelia.desk.drafts.get(amelia.conversation, DraftKind.REPLY) is None


def test_a_reply_to_a_stale_view_is_held(amelia: Amelia, written: Written) -> None:
    amelia.writes("Forget it, I want a refund.")
    written.type("It is on its way.")
    written.send(then=Status.SOLVED)
    held = [item.message for item in amelia.desk.conversations.timeline(amelia.conversation).items][-1]
    assert held.delivery is Delivery.HELD
    card = amelia.desk.conversations.card(amelia.conversation)
    assert card is not None
    assert card.conversation.status is Status.OPEN
    assert "stays open" in written.sent_replies[0].words


def test_nothing_to_send_is_said(amelia: Amelia, written: Written) -> None:
    written.send()
    assert written.problem == "There is nothing to send yet."
    written.type("x")
    assert written.problem == ""


def test_an_unresolved_placeholder_blocks_and_is_named(amelia: Amelia, written: Written) -> None:
    written.type("Hello {{ customer.shoe_size }}")
    written.send()
    assert "{{ customer.shoe_size }}" in written.problem
    assert sent_texts(amelia) == []
    assert written.draft().text == "Hello {{ customer.shoe_size }}"


def test_what_is_too_long_is_counted_and_blocked(amelia: Amelia, written: Written) -> None:
    written.choose_channel(amelia.sms)
    written.type("x" * 310)
    assert written.counter == "10 left"
    written.type("x" * 330)
    assert written.counter == "10 too long"
    assert written.over_limit
    written.send()
    assert "10 too long" in written.problem


def test_undo_brings_text_and_status_back(amelia: Amelia, written: Written) -> None:
    text = "Hi Amelia,\n\n  it is on its way 🫖.\n"
    written.type(text)
    written.address(Recipients((ADDRESS,), ("boss@example.org",)))
    written.attach_content("photo.png", lambda: b"picture")
    written.send(then=Status.SOLVED)
    card = amelia.desk.conversations.card(amelia.conversation)
    assert card is not None
    assert card.conversation.status is Status.SOLVED
    written.undo(written.sent_replies[0])
    draft = written.draft(DraftKind.REPLY)
    assert draft.text == text
    assert draft.cc == ("boss@example.org",)
    assert [file.name for file in draft.files] == ["photo.png"]
    assert sent_texts(amelia) == []
    card = amelia.desk.conversations.card(amelia.conversation)
    assert card is not None
    assert card.conversation.status is Status.OPEN


def test_undo_keeps_what_was_written_since(amelia: Amelia, written: Written) -> None:
    written.type("First")
    written.send()
    written.type("Second")
    written.undo(written.sent_replies[0])
    assert written.draft(DraftKind.REPLY).text == "First\n\nSecond"


def test_a_note_never_is_a_reply(amelia: Amelia, written: Written) -> None:
    written.type("Carrier lost it, @Ben", DraftKind.NOTE)
    written.type("Hi Amelia")
    written.show_kind(DraftKind.NOTE)
    written.send()
    assert sent_texts(amelia) == []
    assert written.draft(DraftKind.REPLY).text == "Hi Amelia"
    assert written.draft(DraftKind.NOTE).text == ""
    note = amelia.desk.conversations.timeline(amelia.conversation).items[-1].message
    assert note.mentioned_ids == (amelia.ben,)


def test_files_are_refused_in_words(amelia: Amelia, written: Written, tmp_path: Path) -> None:
    large = tmp_path / "film.mp4"
    with large.open("wb") as file:
        file.truncate(19_000_000)
    written.attach([large])
    assert written.problem == "“film.mp4” is 19.0 MB; E-mail takes up to 18 MB."
    written.attach([tmp_path])
    assert "is a folder" in written.problem
    written.attach([tmp_path / "gone.txt"])
    assert "is not there any more" in written.problem
    assert written.draft().files == ()


def test_a_file_that_vanishes_after_attaching_is_kept(
    amelia: Amelia, written: Written, tmp_path: Path
) -> None:
    path = tmp_path / "invoice.txt"
    path.write_bytes(b"89.00")
    written.attach([path])
    path.unlink()
    written.type("Attached.")
    written.send()
    item = amelia.desk.conversations.timeline(amelia.conversation).items[-1]
    assert [attachment.name for attachment in item.attachments] == ["invoice.txt"]
    assert amelia.desk.blobs.read(item.attachments[0].sha256) == b"89.00"


def test_a_canned_response_is_filled_in_and_counted(amelia: Amelia, written: Written) -> None:
    canned_id = amelia.world.ids.new()
    amelia.at_server(
        SaveCannedResponse(
            canned_response_id=canned_id,
            shortcut="refund",
            title="Refund",
            body="Hi {{ customer.first_name }}, see {{ order.id }}.",
        )
    )
    canned = amelia.desk.knowledge.canned("refund")[0]
    rendered = written.fill(canned)
    assert rendered.text == "Hi Amelia, see {{ order.id }}."
    assert [item.source for item in rendered.unresolved] == ["{{ order.id }}"]
    assert written.draft().canned_ids == (canned_id,)


def test_what_a_macro_writes_shows_at_once(amelia: Amelia, written: Written) -> None:
    macro_id = amelia.world.ids.new()
    action = MacroAction(verb=MacroVerb.REPLY, value="Hi {{ customer.first_name }}")
    amelia.at_server(SaveMacro(macro_id=macro_id, name="Greet", actions=(action,)))
    written.type("Before")
    written.flush()
    applied = amelia.desk.macros.run(macro_id, [amelia.conversation])
    assert applied is not None
    assert written.draft(DraftKind.REPLY).text == "Before\n\nHi Amelia"
    amelia.desk.macros.undo(applied)
    assert written.draft(DraftKind.REPLY).text == "Before"


def test_a_failed_save_is_said_and_tried_again(
    amelia: Amelia, written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    from agent_desktop.domain.errors import StoreError

    def full(draft: object) -> None:
        raise StoreError("The disk is full.")

    with monkeypatch.context() as patched:
        patched.setattr(amelia.desk.drafts, "save", full)
        written.type("Precious")
        written.flush()
        assert written.hint == "Draft not saved"
        assert "The disk is full." in written.warning
        other = amelia.world.customer_writes("Jonas Weber", "Checkout error")
        written.open(other)
        assert written.warning == ""
        written.open(amelia.conversation)
        assert "The disk is full." in written.warning
        assert written.draft().text == "Precious"
    written.flush()
    assert (written.hint, written.warning) == (DRAFT_SAVED, "")
    draft = amelia.desk.drafts.get(amelia.conversation, DraftKind.REPLY)
    assert draft is not None
    assert replace(draft, updated_at=amelia.world.clock.now()).text == "Precious"


def test_a_signature_stands_below_mail_and_not_in_the_draft(amelia: Amelia, written: Written) -> None:
    amelia.desk.settings.set(SIGNATURE, True)
    assert written.signature == "Maya Keller"
    written.type("It is on its way.\n")
    written.send()
    assert sent_texts(amelia) == ["It is on its way.\n\n\nMaya Keller"]
    written.type("And one more thing.")
    written.undo(written.sent_replies[0])
    assert written.draft(DraftKind.REPLY).text == "It is on its way.\n\n\nAnd one more thing."
    stored = amelia.desk.drafts.get(amelia.conversation, DraftKind.REPLY)
    assert stored is not None
    assert stored.text == written.draft(DraftKind.REPLY).text


def test_what_carries_no_signature_is_not_signed(amelia: Amelia, written: Written) -> None:
    amelia.desk.settings.set(SIGNATURE, True)
    written.choose_channel(amelia.sms)
    assert written.signature == ""
    written.type("Short.")
    written.send()
    assert sent_texts(amelia) == ["Short."]


def test_addresses_of_copies_are_checked(amelia: Amelia, written: Written) -> None:
    written.type("Hi")
    written.address(Recipients((ADDRESS,), ("boss",)))
    assert written.people_problem == "“boss” is no e-mail address."
    written.send()
    assert written.problem == "“boss” is no e-mail address."
    assert sent_texts(amelia) == []


class Slow:
    """Two windows at one desk whose writer waits for the test."""

    def __init__(self, amelia: Amelia, room: Room) -> None:
        self.tasks = HeldTasks()
        self.book = DraftBook(amelia.desk.drafts, self.tasks, amelia.world.clock)
        context = replace(room.context, tasks=self.tasks, drafts=self.book)
        self.here, self.there = (Written(amelia, replace(room, context=context)) for _ in range(2))
        self.problems: list[Problem] = []
        self.tasks.problem.connect(self.problems.append)


@pytest.fixture
def slow(amelia: Amelia, room: Room) -> Iterator[Slow]:
    slow = Slow(amelia, room)
    for window in (slow.here, slow.there):
        window.open(amelia.conversation)
    slow.tasks.finish()
    yield slow
    slow.tasks.close()


def test_what_is_on_its_way_cannot_be_sent_again_from_another_window(amelia: Amelia, slow: Slow) -> None:
    slow.here.type("It is on its way.")
    slow.here.send()
    assert slow.there.is_busy()
    assert slow.there.hint == SENDING
    slow.there.send()
    slow.tasks.finish()
    assert sent_texts(amelia) == ["It is on its way."]
    assert not slow.there.is_busy()
    assert (slow.there.draft().text, slow.there.problem) == ("", "")
    assert (len(slow.here.sent_replies), len(slow.there.sent_replies)) == (1, 0)


def test_sending_here_leaves_the_next_conversation_free(amelia: Amelia, slow: Slow) -> None:
    other = amelia.world.customer_writes("Jonas Weber", "Checkout error")
    slow.here.type("")
    slow.here.send()  # will be refused: there is nothing to send
    slow.here.open(other)
    assert not slow.here.is_busy()
    slow.tasks.finish()
    slow.here.type("About your code")
    assert slow.here.problem == "", "what went wrong elsewhere is not said here"
    assert [sentence_of(problem) for problem in slow.problems] == ["There is nothing to send yet."]
    slow.here.open(amelia.conversation)
    slow.tasks.finish()
    assert slow.here.problem == "There is nothing to send yet."


def test_coming_back_while_it_is_sent_does_not_send_it_twice(amelia: Amelia, slow: Slow) -> None:
    other = amelia.world.customer_writes("Jonas Weber", "Checkout error")
    slow.here.type("It is on its way.")
    slow.here.send()
    slow.here.open(other)
    slow.here.open(amelia.conversation)
    assert slow.here.is_busy()
    slow.tasks.finish()
    assert slow.here.draft().text == ""
    assert sent_texts(amelia) == ["It is on its way."]


def test_a_macro_right_after_typing_loses_nothing(amelia: Amelia, slow: Slow) -> None:
    macro_id = amelia.world.ids.new()
    action = MacroAction(verb=MacroVerb.REPLY, value="Hi {{ customer.first_name }}")
    amelia.at_server(SaveMacro(macro_id=macro_id, name="Greet", actions=(action,)))
    said: list[str] = []
    actions = ConversationActions(
        amelia.desk, slow.tasks, slow.book, lambda words, applied: said.append(words)
    )
    slow.here.type("Before")
    actions.run_macro([amelia.conversation], macro_id)
    assert slow.here.is_busy(), "what is typed now would overwrite it, or be overwritten"
    slow.tasks.finish()
    slow.book.flush()
    slow.tasks.finish()
    assert slow.here.draft().text == slow.there.draft().text == "Before\n\nHi Amelia"
    stored = amelia.desk.drafts.get(amelia.conversation, DraftKind.REPLY)
    assert stored is not None
    assert stored.text == "Before\n\nHi Amelia"


def test_no_save_comes_after_the_send(amelia: Amelia, written: Written, room: Room) -> None:
    written.type("It is on its way.")
    written.send()
    room.context.drafts.flush()
    assert amelia.desk.drafts.get(amelia.conversation, DraftKind.REPLY) is None
