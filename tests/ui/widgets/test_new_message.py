"""The window for a new message: by keys alone, with all the help of a reply, and nothing lost when it is closed."""

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QShortcut
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from agent_desktop.domain.conversation import Status
from agent_desktop.domain.knowledge import CannedResponse
from agent_desktop.domain.message import Delivery
from agent_desktop.domain.operations.knowledge import SaveCannedResponse
from agent_desktop.services.drafts import DraftKind
from agent_desktop.services.recipients import Recipients
from agent_desktop.services.settings import SIGNATURE, SPELLING
from tests.ui.amelia import ADDRESS, Amelia
from tests.ui.conftest import Room
from ui.screens.palette_here import palette_over
from ui.viewmodels.new_message import FOR_WHOM, LOOK_AGAIN, NewMessageViewModel
from ui.viewmodels.sending import SentReply
from ui.viewmodels.writing import DRAFT_SAVED
from ui.widgets.buttons import Button
from ui.widgets.new_message import NO_MAILBOX, NewMessageDialog

BODY = 'Hi {{ customer.first_name | default: "there" }},'


@pytest.fixture
def amelia(room: Room) -> Amelia:
    return Amelia(room.world)


@pytest.fixture
def dialog(room: Room, amelia: Amelia, qtbot: QtBot) -> NewMessageDialog:
    dialog = made(room, qtbot)
    dialog.begin()
    qtbot.waitExposed(dialog)
    return dialog


def made(room: Room, qtbot: QtBot) -> NewMessageDialog:
    dialog = NewMessageDialog(room.context, NewMessageViewModel(room.context))
    qtbot.addWidget(dialog)
    return dialog


def again(room: Room, qtbot: QtBot) -> NewMessageDialog:
    """The only message that is being written, in another window."""
    (begun,) = room.context.desk.new_messages.begun()
    dialog = made(room, qtbot)
    dialog.go_on(begun.draft.conversation_id)
    return dialog


def write(dialog: NewMessageDialog, to: str, subject: str = "Your order", text: str = "It is sent.") -> None:
    if to:
        QTest.keyClicks(dialog.people.fields["To"].edit, f"{to},")
    QTest.keyClicks(dialog.subject, subject)
    dialog.text.insert(text)


def canned(room: Room) -> CannedResponse:
    """A canned response that greets the customer."""
    desk = room.context.desk
    save = SaveCannedResponse(canned_response_id="hello", shortcut="hello", title="Greeting", body=BODY)
    desk.apply(save)
    (found,) = desk.knowledge.canned("hello")
    return found


def test_is_sent_by_keys(amelia: Amelia, dialog: NewMessageDialog) -> None:
    sent: list[SentReply] = []
    dialog.model.sent.connect(sent.append)
    write(dialog, "jonas@new.example")
    QTest.keyClicks(dialog.name, "Jonas Weber")
    QTest.keyClick(dialog.text, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    card = amelia.desk.conversations.card(sent[0].conversation_id)
    assert card is not None
    assert (card.conversation.subject, card.customer.name) == ("Your order", "Jonas Weber")
    assert sent[0].words == "Message sent"
    assert sent[0].undo_seconds == amelia.desk.composer.undo_seconds
    assert not dialog.isVisible()
    assert amelia.desk.drafts.new_messages() == ()


def test_is_sent_and_resolved_by_key_and_later_by_menu(
    room: Room, amelia: Amelia, dialog: NewMessageDialog, qtbot: QtBot
) -> None:
    sent: list[SentReply] = []
    dialog.model.sent.connect(sent.append)
    write(dialog, "jonas@new.example")
    both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    QTest.keyClick(dialog.text, Qt.Key.Key_Return, both)
    card = amelia.desk.conversations.card(sent[0].conversation_id)
    assert card is not None
    assert (card.conversation.status, sent[0].then) == (Status.SOLVED, Status.SOLVED)
    later = made(room, qtbot)
    later.model.sent.connect(sent.append)
    later.begin()
    write(later, "mia@new.example")
    later.send.menu.aboutToShow.emit()
    choices = later.send.menu.findChildren(type(later.send.menu))[0].actions()
    choices[0].trigger()
    assert sent[1].is_scheduled
    assert sent[1].words.startswith("The message will be sent ")
    (item,) = amelia.desk.conversations.timeline(sent[1].conversation_id).items
    assert item.message.delivery is Delivery.QUEUED
    assert item.message.not_before is not None
    assert item.message.not_before > amelia.desk.clock.now()


def test_says_what_is_open_with_this_customer(amelia: Amelia, dialog: NewMessageDialog) -> None:
    wanted: list[object] = []
    dialog.conversation_wanted.connect(wanted.append)
    write(dialog, ADDRESS)
    (bar,) = dialog._bars
    assert not dialog.name.isVisible()
    button = bar.findChildren(Button)[0]
    assert "Where is my replacement kettle?" in button.accessibleName()
    button.click()
    assert wanted == [amelia.conversation]


def test_is_kept_from_the_first_letter_in_any_field(
    room: Room, dialog: NewMessageDialog, qtbot: QtBot
) -> None:
    drafts = room.context.desk.drafts
    QTest.keyClicks(dialog.people.fields["To"].edit, "j")
    room.context.drafts.flush()
    assert [draft.to for draft in drafts.new_messages()] == [("j",)]
    dialog.people.fields["To"].edit.clear()
    dialog.model.address(Recipients())
    QTest.keyClicks(dialog.subject, "O")
    room.context.drafts.flush()
    assert [draft.subject for draft in drafts.new_messages()] == ["O"]
    assert dialog._kept.text() == DRAFT_SAVED


def test_closed_it_is_kept_with_everything_and_goes_on(
    room: Room, dialog: NewMessageDialog, qtbot: QtBot
) -> None:
    write(dialog, "jonas@new.example", text="Half a")
    QTest.keyClicks(dialog.name, "Jonas Weber")
    QTest.keyClick(dialog.text, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
    fresh = made(room, qtbot)
    fresh.begin()
    assert fresh.text.text == "", "a new message is a new one"
    fresh.reject()
    kept = again(room, qtbot)
    assert kept.people.fields["To"].addresses == ("jonas@new.example",)
    assert (kept.subject.text(), kept.text.text, kept.name.text()) == ("Your order", "Half a", "Jonas Weber")


def test_discarded_it_is_gone(room: Room, amelia: Amelia, dialog: NewMessageDialog) -> None:
    write(dialog, "jonas@new.example")
    dialog.discard.click()
    room.context.drafts.flush()
    assert amelia.desk.drafts.new_messages() == ()


def test_two_windows_of_one_message_show_the_same(room: Room, dialog: NewMessageDialog, qtbot: QtBot) -> None:
    write(dialog, "jonas@new.example", text="Half")
    room.context.drafts.flush()
    other = again(room, qtbot)
    dialog.text.insert(" a")
    assert other.text.text == "Half a"
    other.text.insert(" word")
    assert dialog.text.text == "Half a word"


def test_a_problem_is_said_and_everything_stays(room: Room, amelia: Amelia, dialog: NewMessageDialog) -> None:
    write(dialog, "jonas", subject="")
    dialog.send.main.click()
    assert "“jonas” is no e-mail address." in dialog._problem.text()
    assert "what it is about" in dialog._problem.text()
    assert dialog.isVisible()
    room.context.drafts.flush()
    assert [draft.kind for draft in amelia.desk.drafts.new_messages()] == [DraftKind.NEW]


def test_a_canned_response_waits_for_whom_it_is_for(
    room: Room, amelia: Amelia, dialog: NewMessageDialog
) -> None:
    dialog.insert(canned(room))
    assert dialog.text.text == BODY, "not yet “there”"
    assert dialog._tip.text() == FOR_WHOM
    assert not dialog.text.textCursor().hasSelection()
    QTest.keyClicks(dialog.people.fields["To"].edit, f"{ADDRESS},")
    assert dialog.text.text == "Hi Amelia,"
    assert dialog._tip.text() != FOR_WHOM
    dialog.text.undo()
    assert dialog.text.text == BODY, "one step to undo"


def test_the_name_of_somebody_new_is_filled_in_before_it_is_sent_and_read_once_more(
    room: Room, dialog: NewMessageDialog
) -> None:
    sent: list[SentReply] = []
    dialog.model.sent.connect(sent.append)
    dialog.insert(canned(room))
    write(dialog, "jonas@new.example", text="")
    QTest.keyClicks(dialog.name, "Jonas Weber")
    QTest.keyClick(dialog.name, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert dialog.text.text == "Hi Jonas,"
    assert (dialog._problem.text(), sent) == (LOOK_AGAIN, [])
    QTest.keyClick(dialog.name, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert len(sent) == 1


def test_the_slash_and_the_palette_find_canned_responses(
    room: Room, amelia: Amelia, dialog: NewMessageDialog, qtbot: QtBot
) -> None:
    canned(room)
    QTest.keyClicks(dialog.people.fields["To"].edit, f"{ADDRESS},")
    dialog.text.setFocus()
    QTest.keyClicks(dialog.text, "/hel")
    assert dialog.help.popup(dialog.text).is_open
    QTest.keyClick(dialog.text, Qt.Key.Key_Return)
    assert dialog.text.text == "Hi Amelia,"
    palette = palette_over(dialog, room.context, dialog.insert)
    palette.open("/hello")
    QTest.keyClick(palette.panel.field, Qt.Key.Key_Return)
    assert dialog.text.text == "Hi Amelia,Hi Amelia,"
    assert palette_over(dialog, room.context, dialog.insert) is palette


def test_a_variable_of_the_customer_says_that_it_waits(room: Room, dialog: NewMessageDialog) -> None:
    dialog.text.setFocus()
    QTest.keyClicks(dialog.text, "{{ customer.n")
    results = dialog.help.popup(dialog.text).list.results
    assert results.current() is not None
    assert results.current().detail == "filled in once To says whom it is for"
    QTest.keyClick(dialog.text, Qt.Key.Key_Return)
    assert dialog.text.text == "{{ customer.name }}"


def test_words_are_checked(room: Room, dialog: NewMessageDialog) -> None:
    room.context.desk.settings.set(SPELLING, "en")
    dialog.text.insert("Teh order of Zzyzx ")
    dialog.text.entered.emit()
    spelling = dialog.help._spelling
    assert spelling is not None
    spelling.look_up()
    assert spelling.is_wrong("Teh")
    assert not spelling.is_wrong("order")
    assert spelling.is_wrong("Zzyzx")
    QTest.keyClicks(dialog.people.fields["To"].edit, "z@new.example,")
    QTest.keyClicks(dialog.name, "Zzyzx")
    assert not spelling.is_wrong("Zzyzx"), "a name is no mistake"


def test_files_keep_the_limits_of_mail_before_anything_is_sent(
    room: Room, amelia: Amelia, dialog: NewMessageDialog, tmp_path: Path
) -> None:
    small, large = tmp_path / "small.txt", tmp_path / "large.bin"
    small.write_text("short")
    with large.open("wb") as file:
        file.truncate(19_000_000)
    write(dialog, "jonas@new.example")
    dialog.text.files_given.emit((small, large))
    assert [file.name for file in dialog.model.draft.files] == ["small.txt"]
    assert "takes up to 18 MB" in dialog._problem.text()
    dialog.text.image_given.emit(QImage(2, 2, QImage.Format.Format_RGB32))
    assert [file.media_type for file in dialog.model.draft.files] == ["text/plain", "image/png"]
    dialog.model._draft = replace(
        dialog.model.draft, files=tuple(replace(file, size=10_000_000) for file in dialog.model.draft.files)
    )
    dialog.send_now()
    assert "20.0 MB together" in dialog._problem.text()
    assert dialog.isVisible()


def test_attaching_by_key_asks_for_files(room: Room, dialog: NewMessageDialog, tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("a")
    room.prompts.files = (file,)
    dialog.attach()
    assert [item.name for item in dialog.model.draft.files] == ["a.txt"]


def test_the_signature_is_shown_and_sent(room: Room, amelia: Amelia, dialog: NewMessageDialog) -> None:
    amelia.desk.settings.set(SIGNATURE, True)
    sent: list[SentReply] = []
    dialog.model.sent.connect(sent.append)
    write(dialog, "jonas@new.example")
    shown = dialog._signature.text()
    assert shown.startswith("Signed: ")
    dialog.send_now()
    (item,) = amelia.desk.conversations.timeline(sent[0].conversation_id).items
    assert item.message.text == f"It is sent.\n\n{dialog.model.signature}"


def test_without_a_mailbox_it_is_said_and_kept(
    room: Room, amelia: Amelia, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(amelia.desk.new_messages), "channels", ())
    dialog = made(room, qtbot)
    dialog.begin()
    write(dialog, "jonas@new.example")
    assert dialog._problem.text() == NO_MAILBOX
    dialog.send_now()
    assert "Choose the mailbox" in dialog._problem.text()
    room.context.drafts.flush()
    assert len(amelia.desk.drafts.new_messages()) == 1


def test_what_is_gone_opens_no_window(room: Room, dialog: NewMessageDialog, qtbot: QtBot) -> None:
    other = made(room, qtbot)
    other.go_on("nothing")
    assert not other.isVisible()


def test_the_keys_of_the_window_work_here(room: Room, dialog: NewMessageDialog) -> None:
    keys = {shortcut.key().toString() for shortcut in dialog.findChildren(QShortcut)}
    assert {"Ctrl+Return", "Ctrl+Shift+Return"} <= keys


def test_very_many_people_scroll_and_leave_room_for_the_text(dialog: NewMessageDialog, qtbot: QtBot) -> None:
    height = dialog.height()
    few = dialog.text.height()
    dialog.model.address(Recipients(tuple(f"guest.number{n}@conference.example" for n in range(60))))
    qtbot.waitUntil(lambda: dialog.text.height() < few)
    assert dialog.height() == height
    assert dialog.text.height() > height // 4
