"""Writing first, in the window: by keys alone, with the way back, and from where the drafts stand."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from tests.ui.screens.test_main_window import Opened, opened
from ui.screens.palette import PaletteOverlay
from ui.viewmodels.conversation import PaneState
from ui.widgets.begun_list import BegunList
from ui.widgets.new_message import NewMessageDialog

__all__ = ["opened"]

CONTROL = Qt.KeyboardModifier.ControlModifier


def dialogs(opened: Opened) -> list[NewMessageDialog]:
    """The windows for new messages that are open."""
    return [dialog for dialog in opened.window.findChildren(NewMessageDialog) if dialog.isVisible()]


def begin(opened: Opened) -> NewMessageDialog:
    """Begin a message by its key, and say to whom."""
    QTest.keyClick(opened.window, Qt.Key.Key_N, CONTROL)
    (dialog,) = dialogs(opened)
    opened.qtbot.waitUntil(dialog.isActiveWindow)
    QTest.keyClicks(dialog.people.fields["To"].edit, "jonas@new.example,")
    return dialog


def test_what_was_sent_is_called_back_with_all_it_said(opened: Opened, qtbot: QtBot) -> None:
    dialog = begin(opened)
    QTest.keyClicks(dialog.name, "Jonas Weber")
    QTest.keyClicks(dialog.subject, "Your order")
    QTest.keyClicks(dialog.text, "It is on its way.")
    QTest.keyClick(dialog.text, Qt.Key.Key_Return, CONTROL)
    assert dialogs(opened) == []
    pane = opened.window.workspace.conversation
    qtbot.waitUntil(lambda: pane.undo_bar.remaining > 0)
    conversation_id = pane.conversation_id
    assert conversation_id is not None
    card = opened.window.context.desk.conversations.card(conversation_id)
    assert card is not None
    assert (card.conversation.subject, card.customer.name) == ("Your order", "Jonas Weber")
    pane.undo_bar.undo()
    qtbot.waitUntil(lambda: bool(dialogs(opened)))
    (again,) = dialogs(opened)
    qtbot.waitUntil(lambda: again.text.text == "It is on its way.")
    assert again.people.fields["To"].addresses == ("jonas@new.example",)
    assert again.subject.text() == "Your order"
    assert opened.window.context.desk.conversations.card(conversation_id) is None
    qtbot.waitUntil(lambda: pane.model.state is PaneState.GONE)


def test_one_that_was_closed_is_gone_on_with_from_the_drafts(opened: Opened) -> None:
    dialog = begin(opened)
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert dialogs(opened) == []
    opened.window.show_view("drafts")
    (begun,) = opened.window.findChildren(BegunList)
    opened.window.activateWindow()
    begun.list.setFocus()
    begun.list.choose_first()
    QTest.keyClick(begun.list, Qt.Key.Key_Return)
    (again,) = dialogs(opened)
    assert again.people.fields["To"].addresses == ("jonas@new.example",)
    QTest.keyClick(begun.list, Qt.Key.Key_Return)
    assert dialogs(opened) == [again], "it is open already"


def test_the_palette_of_the_window_opens_here(opened: Opened) -> None:
    dialog = begin(opened)
    QTest.keyClick(dialog.text, Qt.Key.Key_K, CONTROL)
    palette = dialog.findChild(PaletteOverlay)
    assert isinstance(palette, PaletteOverlay)
    assert palette.panel.field.text() == "/"
    QTest.keyClick(palette.panel.field, Qt.Key.Key_Escape)
    assert dialogs(opened) == [dialog], "Esc closes the palette alone"
