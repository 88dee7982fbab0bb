"""The conversation pane as a whole: what is seen, written, held, opened, and left alone."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit, QPlainTextEdit, QWidget
from pytestqt.qtbot import QtBot

from agent_desktop.domain.conversation import Status
from agent_desktop.domain.ids import Id
from agent_desktop.domain.message import AttachmentFile, Delivery, Message
from agent_desktop.domain.operations.message import AddNote
from agent_desktop.services.drafts import DraftKind
from tests.ui.amelia import Amelia
from tests.ui.conftest import Room
from ui.commands import Place, UiState
from ui.commands.composer import composer_commands
from ui.models.head_text import HeadText
from ui.models.timeline import DeliveryAction, EntryKind
from ui.screens.conversation import ConversationPane
from ui.widgets.formatted_mail import FormattedMailView
from ui.widgets.message_bubble import MessageBubble, MessageView
from ui.widgets.text_fields import is_text_field
from ui.widgets.text_viewer import TextViewer

HTML = b"""<p>Hi <b>there</b><script>alert(1)</script><img src="http://tracker.example/x.png" width="80">
<img src="file:///etc/passwd"> <a href="https://evil.example/">https://bank.example</a></p>"""


@pytest.fixture
def amelia(room: Room) -> Amelia:
    return Amelia(room.world)


@pytest.fixture
def pane(room: Room, amelia: Amelia, qtbot: QtBot) -> ConversationPane:
    pane = ConversationPane(room.context)
    qtbot.addWidget(pane)
    pane.resize(588, 800)
    pane.show()
    qtbot.waitExposed(pane)
    show(pane, amelia.conversation, qtbot)
    return pane


def show(pane: ConversationPane, conversation_id: Id, qtbot: QtBot) -> None:
    """Open a conversation and let everything follow."""
    pane.show_conversation(conversation_id)
    qtbot.waitUntil(lambda: pane.is_settled)


def bubble_of(pane: ConversationPane, message_id: str) -> MessageBubble:
    bubble = pane.timeline.bubble(message_id)
    assert bubble is not None
    return bubble


def write(pane: ConversationPane, text: str, kind: DraftKind = DraftKind.REPLY) -> None:
    pane.composer.write(kind)
    pane.composer.editor.insert(text)


def said(pane: ConversationPane) -> HeadText:
    text = pane.head.said
    assert text is not None
    return text


def replies(amelia: Amelia, delivery: Delivery) -> list[Message]:
    return [message for message in amelia.messages() if message.delivery is delivery]


def test_what_is_on_screen_is_what_a_reply_knows(pane: ConversationPane, amelia: Amelia) -> None:
    assert pane.model.standing.seen_in == amelia.first
    write(pane, "It is on its way.")
    pane.send()
    assert [message.text for message in replies(amelia, Delivery.QUEUED)] == ["It is on its way."]


def test_sending_offers_to_undo_and_gives_everything_back(
    pane: ConversationPane, amelia: Amelia, room: Room
) -> None:
    write(pane, "It is on its way.")
    pane.send_and_resolve()
    assert pane.undo_bar.remaining == room.context.desk.directory.policy.undo_seconds
    assert pane.model.card is not None
    assert pane.model.card.conversation.status is Status.SOLVED
    assert pane.undo_send()
    assert pane.composer.editor.text == "It is on its way."
    assert pane.model.card.conversation.status is Status.OPEN
    assert replies(amelia, Delivery.QUEUED) == []
    assert not pane.undo_send()


def test_undo_from_another_conversation_goes_back_there(
    pane: ConversationPane, amelia: Amelia, room: Room, qtbot: QtBot
) -> None:
    write(pane, "It is on its way.")
    pane.send()
    show(pane, room.world.customer_writes("Jonas Weber", "Checkout error"), qtbot)
    pane.undo_send()
    assert room.navigator.conversations == [(amelia.conversation, False)]
    show(pane, amelia.conversation, qtbot)
    assert pane.composer.editor.text == "It is on its way."


def test_a_problem_is_said_beside_the_button_and_nothing_is_lost(pane: ConversationPane) -> None:
    write(pane, "Order {{ order.number }}")
    pane.send()
    assert "{{ order.number }}" in pane.composer.problem
    assert pane.composer.editor.text == "Order {{ order.number }}"
    assert pane.composer.editor.hasFocus()
    pane.composer.editor.insert("!")
    assert pane.composer.problem == ""


def test_news_while_writing_shows_in_a_strip(pane: ConversationPane, amelia: Amelia) -> None:
    write(pane, "It is on")
    amelia.writes("Forget it.")
    assert pane.strip.isVisible()
    assert pane.strip.words == "Amelia Novak wrote 1 new message while you were writing"
    amelia.writes("I mean it.")
    assert pane.strip.words == "Amelia Novak wrote 2 new messages while you were writing"
    assert pane.composer.editor.text == "It is on"
    assert pane.composer.editor.hasFocus()


def test_news_below_the_fold_shows_a_pill_and_is_not_seen(
    pane: ConversationPane, amelia: Amelia, room: Room, qtbot: QtBot
) -> None:
    ids = room.world.ids
    for number in range(30):
        room.world.desk.apply(
            AddNote(conversation_id=amelia.conversation, message_id=ids.new(), text=f"Note {number}\n" * 3)
        )
    qtbot.waitUntil(lambda: pane.timeline.is_complete)
    pane.timeline.verticalScrollBar().setValue(0)
    seen = pane.model.standing.seen_in
    newest = amelia.writes("Are you there?")
    assert pane._pill.isVisible()
    assert pane.timeline.verticalScrollBar().value() == 0
    assert pane.model.standing.seen_in == seen
    pane._pill.click()
    assert not pane._pill.isVisible()
    assert pane.model.standing.seen_in == newest


def test_a_reply_against_an_old_view_is_held_and_its_author_decides(
    pane: ConversationPane, amelia: Amelia
) -> None:
    held = amelia.is_answered("Too late", blindly=True)
    bubble = bubble_of(pane, held)
    assert bubble._banner.isVisible()
    assert "Amelia Novak wrote after you last looked" in bubble._banner._why.text()
    bubble._banner.decided.emit(DeliveryAction.EDIT)
    assert pane.composer.editor.text == "Too late"
    assert pane.timeline.bubble(held) is None


def test_discarding_and_sending_twice_are_asked_about(
    pane: ConversationPane, amelia: Amelia, room: Room
) -> None:
    held = amelia.is_answered("Too late", blindly=True)
    room.prompts.yes = False
    bubble_of(pane, held)._banner.decided.emit(DeliveryAction.DISCARD)
    assert room.prompts.questions[-1].dangerous
    assert pane.timeline.bubble(held) is not None
    room.prompts.yes = True
    bubble_of(pane, held)._banner.decided.emit(DeliveryAction.DISCARD)
    assert pane.timeline.bubble(held) is None


def test_formatted_mail_goes_through_the_cleaner(pane: ConversationPane, amelia: Amelia, room: Room) -> None:
    blob = room.world.desk.blobs.put(HTML)
    message_id = amelia.writes("Hi there", html_blob=blob)
    bubble = bubble_of(pane, message_id)
    bubble._format.click()
    view = bubble._formatted
    assert isinstance(view, FormattedMailView)
    shown = view.view.toPlainText()
    assert "Hi there" in shown
    assert "alert" not in shown
    assert "evil.example" in shown  # the cleaner says where the disguised link leads
    html = view.view.toHtml()
    assert "tracker.example" not in html
    assert "passwd" not in html
    assert view._words.text() == "1 picture not loaded"
    bubble._format.click()
    assert not bubble.is_formatted
    assert bubble._text.isVisible()


def test_originals_open_as_text(pane: ConversationPane, amelia: Amelia, room: Room) -> None:
    blob = room.world.desk.blobs.put(b"From: <amelia@novak.example>\n\n<b>Hi</b>")
    message_id = amelia.writes("Hi", raw_blob=blob)
    bubble_of(pane, message_id).view_requested.emit(message_id, MessageView.ORIGINAL)
    viewer = next(widget for widget in pane.findChildren(TextViewer))
    assert viewer.field.toPlainText() == "From: <amelia@novak.example>\n\n<b>Hi</b>"
    viewer.close()


@pytest.fixture
def opened(pane: ConversationPane) -> list[str]:
    """What was handed to other programs."""
    urls: list[str] = []

    def open_url(url: QUrl) -> bool:
        urls.append(url.toString())
        return True

    pane._actions.files._open_url = open_url
    pane._actions.links._open_url = open_url
    return urls


def test_files_are_opened_as_copies(
    pane: ConversationPane, amelia: Amelia, room: Room, opened: list[str]
) -> None:
    file = stored(room, "invoice.pdf", b"%PDF")
    message_id = amelia.writes("Attached", files=(file,))
    bubble_of(pane, message_id).cards[0].click()
    copy = Path(QUrl(opened[0]).toLocalFile())
    assert copy.name == "invoice.pdf"
    assert copy.read_bytes() == b"%PDF"
    assert copy != room.world.desk.blobs.path(file.sha256)


def test_dangerous_files_are_asked_about(
    pane: ConversationPane, amelia: Amelia, room: Room, opened: list[str]
) -> None:
    room.prompts.yes = False
    message_id = amelia.writes("Run me", files=(stored(room, "invoice.pdf\u202e.exe", b"MZ"),))
    bubble_of(pane, message_id).cards[0].click()
    assert "run as a program" in room.prompts.questions[-1].text
    assert opened == []


def test_files_are_saved_where_a_person_says(
    pane: ConversationPane, amelia: Amelia, room: Room, tmp_path: Path
) -> None:
    message_id = amelia.writes("Attached", files=(stored(room, "invoice.pdf", b"%PDF"),))
    room.prompts.files = (tmp_path / "here.pdf",)
    card = bubble_of(pane, message_id).cards[0]
    card.save_requested.emit(card.file)
    assert (tmp_path / "here.pdf").read_bytes() == b"%PDF"


def test_a_file_that_is_not_here_is_said(
    pane: ConversationPane, amelia: Amelia, room: Room, opened: list[str]
) -> None:
    problems: list[object] = []
    room.context.tasks.problem.connect(problems.append)
    missing = AttachmentFile(
        id=room.world.ids.new(), name="a.pdf", media_type="application/pdf", size=3, sha256="0" * 64
    )
    message_id = amelia.writes("Attached", files=(missing,))
    bubble_of(pane, message_id).cards[0].click()
    assert len(problems) == 1
    assert opened == []


def test_pictures_show_small(pane: ConversationPane, amelia: Amelia, room: Room) -> None:
    picture = bytes.fromhex(
        "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
        "0000000c49444154789c63606060000000040001f61738550000000049454e44ae426082"
    )
    message_id = amelia.writes(
        "Look", files=(stored(room, "a.png", picture), stored(room, "b.png", b"no picture"))
    )
    shown = {card.file.name: card.has_picture for card in bubble_of(pane, message_id).cards}
    assert shown == {"a.png": True, "b.png": False}


def stored(room: Room, name: str, content: bytes) -> AttachmentFile:
    media_type = "image/png" if name.endswith("png") else "application/pdf"
    return AttachmentFile(
        id=room.world.ids.new(),
        name=name,
        media_type=media_type,
        size=len(content),
        sha256=room.world.desk.blobs.put(content),
    )


def test_a_note_can_be_taken_back(pane: ConversationPane, amelia: Amelia, room: Room) -> None:
    write(pane, "Carrier lost it", DraftKind.NOTE)
    pane.send()
    words, applied = room.navigator.messages[-1]
    assert words == "Note added"
    assert applied is not None
    room.world.desk.apply.undo(applied)
    assert EntryKind.NOTE not in {entry.kind for entry in pane.model.entries}


def test_sending_by_key_needs_the_keyboard_in_the_pane(pane: ConversationPane) -> None:
    send = next(command for command in composer_commands(pane) if command.id == "composer.send")
    assert send.when(UiState(opened=True, place=Place.CONVERSATION))
    assert not send.when(UiState(opened=True, place=Place.LIST))


def test_drafts_survive_going_to_and_fro(
    pane: ConversationPane, amelia: Amelia, room: Room, qtbot: QtBot
) -> None:
    other = room.world.customer_writes("Jonas Weber", "Checkout error")
    write(pane, "Half a reply to Amelia")
    show(pane, other, qtbot)
    assert pane.composer.editor.text == ""
    write(pane, "And one to Jonas")
    show(pane, amelia.conversation, qtbot)
    assert pane.composer.editor.text == "Half a reply to Amelia"
    pane.hide()
    draft = room.world.desk.drafts.get(other, DraftKind.REPLY)
    assert draft is not None
    assert draft.text == "And one to Jonas"


def test_keys_right_after_the_click_reach_no_draft(
    pane: ConversationPane, amelia: Amelia, room: Room, qtbot: QtBot
) -> None:
    other = room.world.customer_writes("Jonas Weber", "Checkout error")
    write(pane, "To Amelia")
    editor = pane.composer.editor
    pane.show_conversation(other)
    assert editor.text == ""  # what is on screen is the new conversation's, and so is what can be written
    qtbot.keyClicks(editor, "too early")
    qtbot.waitUntil(lambda: pane.is_settled)
    assert pane.composer.editor.text == ""
    qtbot.keyClicks(editor, "To Jonas")
    pane.composer_model.flush()
    stored = {row: room.world.desk.drafts.get(row, DraftKind.REPLY) for row in (amelia.conversation, other)}
    assert [draft.text if draft else "" for draft in stored.values()] == ["To Amelia", "To Jonas"]


def test_a_note_asked_for_right_after_the_click_is_a_note(
    pane: ConversationPane, room: Room, qtbot: QtBot
) -> None:
    pane.show_conversation(room.world.customer_writes("Jonas Weber", "Checkout error"))
    pane.write_note()
    assert pane.composer_model.kind is DraftKind.NOTE
    assert pane.composer.editor.hasFocus()
    assert not pane.composer.editor.isReadOnly()


def test_until_the_read_comes_back_nothing_is_written_and_then_all_of_it_is_new(
    pane: ConversationPane, amelia: Amelia, room: Room, qtbot: QtBot
) -> None:
    other = room.world.customer_writes("Jonas Weber", "Checkout error", "It says 402")
    write(pane, "To Amelia")
    with room.tasks.held():
        pane.show_conversation(other)
        pane.write_note()
        assert pane.composer.editor.isReadOnly()
        assert is_text_field(pane.composer.editor)  # so that keys are not taken for commands
        assert not pane.composer_model.is_ready
        pane.send()
    assert said(pane).subject == "Checkout error"
    assert [entry.text for entry in pane.timeline.entries()][-1] == "It says 402"
    qtbot.waitUntil(lambda: pane.is_settled)
    assert pane.composer_model.kind is DraftKind.NOTE
    assert replies(amelia, Delivery.QUEUED) == []


def test_nothing_open_and_nothing_there_say_so(pane: ConversationPane) -> None:
    pane.show_conversation(None)
    assert pane._pages.currentIndex() == 0
    assert pane._empty.accessibleName().startswith("No conversation is open")
    pane.show_conversation("f" * 32)
    assert pane._empty.accessibleName().startswith("This conversation is not here")


def test_what_other_panes_insert_lands_at_the_caret(pane: ConversationPane) -> None:
    write(pane, "See ")
    pane.insert("https://help.example")
    assert pane.composer.editor.text == "See https://help.example"


def test_the_head_follows(pane: ConversationPane, amelia: Amelia, room: Room) -> None:
    assert said(pane).subject == "Where is my replacement kettle?"
    assert said(pane).number == "#1"
    assert said(pane).assignee == "Maya Keller"
    due = said(pane).due
    assert due is not None
    assert due.text.startswith("First reply due in")
    pane.head._resolve.click()
    assert said(pane).status.text == "Solved"
    assert pane.head._resolve.text() == "Reopen"
    assert room.navigator.messages[-1][0] == "Resolved"
    pane.head._resolve.click()
    assert said(pane).status.text == "Open"


def test_the_link_goes_to_the_clipboard(pane: ConversationPane) -> None:
    pane.copy_link()
    assert QApplication.clipboard().text() == "agentdesk://conversation/1"


def test_commands_do_what_the_pane_can(pane: ConversationPane, amelia: Amelia) -> None:
    commands = {command.id: command for command in composer_commands(pane)}
    write(pane, "By key")
    commands["composer.send"].run()
    assert [message.text for message in replies(amelia, Delivery.QUEUED)] == ["By key"]
    assert commands["composer.send"].keys[0] == "Ctrl+Return"
    assert commands["composer.send"].in_text


def test_two_panes_of_one_conversation_write_one_draft(
    pane: ConversationPane, amelia: Amelia, room: Room, qtbot: QtBot
) -> None:
    other = ConversationPane(room.context)
    qtbot.addWidget(other)
    other.show()
    show(other, amelia.conversation, qtbot)
    write(pane, "From here")
    assert other.composer.editor.text == "From here"
    pane.send()
    assert other.composer.editor.text == ""
    assert [entry.kind for entry in other.model.entries][-1] is EntryKind.OURS


def test_everything_that_takes_the_keyboard_has_a_name(pane: ConversationPane, amelia: Amelia) -> None:
    amelia.is_answered("Too late", blindly=True)
    write(pane, "x")
    pane.composer_model.attach_content("a.txt", lambda: b"x")
    kinds = (QAbstractButton, QLineEdit, QPlainTextEdit)
    nameless = [
        widget
        for widget in pane.findChildren(QWidget)
        if isinstance(widget, kinds) and widget.isVisible() and not _name(widget)
    ]
    assert nameless == []


def _name(widget: QWidget) -> str:
    text: Callable[[], str] | None = getattr(widget, "text", None)
    return widget.accessibleName() or (
        text() if text is not None and isinstance(widget, QAbstractButton) else ""
    )


def test_what_was_looked_at_ahead_is_there_in_the_same_turn(
    pane: ConversationPane, amelia: Amelia, room: Room, qtbot: QtBot
) -> None:
    other = room.world.customer_writes("Jonas Weber", "Checkout error", "It says 402")
    write(pane, "To Amelia")
    pane.look_ahead([other])
    qtbot.waitUntil(lambda: pane.has_looked_ahead)
    with room.tasks.held():
        pane.show_conversation(other)
        assert said(pane).subject == "Checkout error"
        assert [entry.text for entry in pane.timeline.entries()][-1] == "It says 402"
        assert pane.timeline._painted_ahead() is not None
        assert pane.composer.editor.text == ""
        assert pane.composer.editor.isReadOnly()  # its draft has not come
        assert not pane.composer_model.is_ready
        pane.write_note()
        assert pane.composer.editor.isReadOnly()
    qtbot.waitUntil(lambda: pane.is_settled)
    assert not pane.composer.editor.isReadOnly()


def test_what_changed_after_looking_ahead_is_shown_as_it_is_now(
    pane: ConversationPane, room: Room, qtbot: QtBot
) -> None:
    other = room.world.customer_writes("Jonas Weber", "Checkout error", "It says 402")
    pane.look_ahead([other])
    qtbot.waitUntil(lambda: pane.has_looked_ahead)
    room.world.customer_adds(other, "Now it says 500")
    show(pane, other, qtbot)
    assert [entry.text for entry in pane.timeline.entries()][-2:] == ["It says 402", "Now it says 500"]


def test_words_that_go_with_time_are_those_of_now(pane: ConversationPane, room: Room, qtbot: QtBot) -> None:
    other = room.world.customer_writes("Jonas Weber", "Checkout error", "It says 402")
    pane.look_ahead([other])
    qtbot.waitUntil(lambda: pane.has_looked_ahead)
    room.world.clock.advance(timedelta(days=1))
    pane.model.tick()
    pane.show_conversation(other)
    assert pane.timeline.entries()[0].line == "Yesterday"
