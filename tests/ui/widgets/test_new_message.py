"""The window for a new message: by keys alone, with a warning, and with nothing lost when it is closed."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from agent_desktop.services.drafts import DraftKind
from tests.ui.amelia import ADDRESS, Amelia
from tests.ui.conftest import Room
from ui.viewmodels.new_message import NewMessageViewModel
from ui.viewmodels.sending import SentReply
from ui.widgets.new_message import NewMessageDialog


@pytest.fixture
def amelia(room: Room) -> Amelia:
    return Amelia(room.world)


def opened(room: Room, qtbot: QtBot) -> NewMessageDialog:
    dialog = NewMessageDialog(room.context, NewMessageViewModel(room.context))
    qtbot.addWidget(dialog)
    dialog.open()
    qtbot.waitExposed(dialog)
    return dialog


@pytest.fixture
def dialog(room: Room, amelia: Amelia, qtbot: QtBot) -> NewMessageDialog:
    return opened(room, qtbot)


def write(dialog: NewMessageDialog, to: str, subject: str = "Your order", text: str = "It is sent.") -> None:
    QTest.keyClicks(dialog.people.fields["To"].edit, f"{to},")
    QTest.keyClicks(dialog.subject, subject)
    dialog.text.setPlainText(text)


def test_is_sent_by_keys(amelia: Amelia, dialog: NewMessageDialog) -> None:
    sent: list[SentReply] = []
    dialog._model.sent.connect(sent.append)
    write(dialog, "jonas@new.example")
    QTest.keyClicks(dialog.name, "Jonas Weber")
    QTest.keyClick(dialog.text, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    card = amelia.desk.conversations.card(sent[0].conversation_id)
    assert card is not None
    assert (card.conversation.subject, card.customer.name) == ("Your order", "Jonas Weber")
    assert not dialog.isVisible()


def test_says_what_is_open_with_this_customer(amelia: Amelia, dialog: NewMessageDialog) -> None:
    wanted: list[object] = []
    dialog.conversation_wanted.connect(wanted.append)
    write(dialog, ADDRESS)
    (bar,) = dialog._bars
    assert not dialog.name.isVisible()
    button = bar.findChildren(type(dialog.discard))[0]
    assert "Where is my replacement kettle?" in button.accessibleName()
    button.click()
    assert wanted == [amelia.conversation]


def test_closed_it_is_kept_and_goes_on(room: Room, dialog: NewMessageDialog, qtbot: QtBot) -> None:
    write(dialog, "jonas@new.example", text="Half a")
    QTest.keyClick(dialog.text, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
    again = opened(room, qtbot)
    assert again.people.fields["To"].addresses == ("jonas@new.example",)
    assert (again.subject.text(), again.text.toPlainText()) == ("Your order", "Half a")


def test_discarded_it_is_gone(room: Room, amelia: Amelia, dialog: NewMessageDialog) -> None:
    write(dialog, "jonas@new.example")
    dialog.discard.click()
    assert amelia.desk.drafts.new_messages() == ()


def test_a_problem_is_said_and_everything_stays(amelia: Amelia, dialog: NewMessageDialog) -> None:
    write(dialog, "jonas", subject="")
    dialog.send.click()
    assert "“jonas” is no e-mail address." in dialog._problem.text()
    assert "what it is about" in dialog._problem.text()
    assert dialog.isVisible()
    assert [draft.kind for draft in amelia.desk.drafts.new_messages()] == [DraftKind.NEW]
