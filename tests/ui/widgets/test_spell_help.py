"""Wavy lines in the composer: what is marked, what its menu does, and what a person may add."""

import pytest
from PySide6.QtGui import QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QApplication, QMenu, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from agent_desktop.services.settings import OWN_WORDS, SPELLING, SPELLING_OFF
from tests.ui.conftest import Room
from ui.models.triggers import TriggerKind
from ui.viewmodels.spelling import SpellingViewModel
from ui.widgets.composer_editor import ComposerEditor
from ui.widgets.spell_help import SpellHelp


class Written:
    """An editor that is checked in English."""

    def __init__(self, room: Room, qtbot: QtBot) -> None:
        self.qtbot = qtbot
        self.settings = room.world.desk.settings
        self.settings.set(SPELLING, "en")
        self.window = QWidget()
        qtbot.addWidget(self.window)
        self.editor = ComposerEditor(room.context.theme, "Reply", frozenset(TriggerKind), self.window)
        QVBoxLayout(self.window).addWidget(self.editor)
        self.spelling = SpellingViewModel(room.world.desk, room.context.tasks, self.window)
        self.help = SpellHelp(self.editor, room.context.theme, self.spelling)
        self.window.show()
        self.edits: list[str] = []
        self.editor.edited.connect(lambda text, caret: self.edits.append(text))

    def write(self, text: str) -> None:
        self.editor.set_text(text, 0)
        self.look_up()

    def look_up(self) -> None:
        """Let every word be asked for, and answered."""
        self.qtbot.waitUntil(lambda: self.help.marks.is_finished)
        self.spelling.look_up()

    def marked(self) -> list[str]:
        """The words that are underlined, once all have been looked at."""
        self.qtbot.waitUntil(lambda: self.help.marks.is_finished)
        wave = QTextCharFormat.UnderlineStyle.WaveUnderline
        found = []
        block = self.editor.document().begin()
        while block.isValid():
            units = block.text().encode("utf-16-le")
            marks = (piece for piece in block.layout().formats() if piece.format.underlineStyle() is wave)
            found += [
                units[2 * mark.start : 2 * (mark.start + mark.length)].decode("utf-16-le") for mark in marks
            ]
            block = block.next()
        return found

    def menu(self, word: str) -> QMenu:
        """The menu over a word."""
        cursor = QTextCursor(self.editor.document())
        cursor.setPosition(self.editor.document().toPlainText().index(word) + 1)
        assert self.help.open_menu(cursor, self.window.mapToGlobal(self.window.rect().center()))
        menu = QApplication.activePopupWidget()
        assert isinstance(menu, QMenu)
        return menu

    def choose(self, word: str, entry: str) -> None:
        menu = self.menu(word)
        next(action for action in menu.actions() if action.text() == entry).trigger()
        menu.close()


@pytest.fixture
def written(room: Room, qtbot: QtBot) -> Written:
    return Written(room, qtbot)


def test_only_mistakes_are_underlined(written: Written) -> None:
    written.write("We recieved it 😀 and will reffund {{ custmer.name }}.\nSee www.exampel.org tommorow.")
    assert written.marked() == ["recieved", "reffund", "tommorow"]


def test_the_word_at_the_caret_is_left_alone_until_it_is_finished(written: Written, qtbot: QtBot) -> None:
    written.window.activateWindow()
    written.editor.setFocus()
    qtbot.waitUntil(written.editor.hasFocus)
    qtbot.keyClicks(written.editor, "I recieve")
    written.look_up()
    assert written.marked() == []
    qtbot.keyClicks(written.editor, " ")
    assert written.marked() == ["recieve"]


def test_a_suggestion_takes_the_place_of_the_word_and_can_be_undone(written: Written) -> None:
    written.write("😀 We recieve it.")
    entries = [action.text() for action in written.menu("recieve").actions()]
    assert entries[0] == "receive"
    assert 1 <= entries.index("Add to my words") <= 7
    assert any("Paste" in entry.replace("&", "") for entry in entries), "the usual entries follow"
    shown = [widget for widget in QApplication.topLevelWidgets() if isinstance(widget, QMenu)]
    assert len([menu for menu in shown if menu.isVisible()]) == 1
    assert written.editor.findChildren(QMenu)[-1].findChildren(QMenu) == []
    written.choose("recieve", "receive")
    assert written.editor.text == "😀 We receive it."
    assert written.edits[-1] == "😀 We receive it.", "it is part of the draft"
    assert written.marked() == []
    written.editor.undo()
    assert written.editor.text == "😀 We recieve it."


def test_a_word_can_be_added_and_removed_again(written: Written) -> None:
    written.write("The Kettelmax and the kettelmax.")
    assert written.marked() == ["Kettelmax", "kettelmax"]
    written.choose("Kettelmax", "Add to my words")
    assert written.settings.get(OWN_WORDS) == ["kettelmax"]
    assert written.marked() == []
    written.choose("Kettelmax", "Remove from my words")
    assert written.settings.get(OWN_WORDS) == []
    assert written.marked() == ["Kettelmax", "kettelmax"]


def test_people_in_the_conversation_are_no_mistakes(written: Written) -> None:
    written.write("Dear Xqzwella Novakk,")
    assert written.marked() == ["Xqzwella", "Novakk"]
    written.spelling.set_names(["Xqzwella Novakk"])
    assert written.marked() == []


def test_the_language_is_a_setting(written: Written) -> None:
    written.write("Wir haben es erhalten")
    assert written.marked()
    written.settings.set(SPELLING, "de")
    written.spelling.refresh()
    written.look_up()
    assert written.marked() == []
    written.settings.set(SPELLING, SPELLING_OFF)
    written.spelling.refresh()
    written.write("Wri hbaen")
    assert written.marked() == []


def test_a_right_word_has_the_usual_menu(written: Written) -> None:
    written.write("We received it.")
    cursor = QTextCursor(written.editor.document())
    cursor.setPosition(5)
    assert not written.help.open_menu(cursor, written.window.pos())


def test_a_long_text_is_marked_to_its_end_in_turns(written: Written) -> None:
    line = "we recieve all that we are sent and are glad of it every day\n"
    written.write(line * 400)
    assert len(written.marked()) == 400


def test_a_very_long_text_is_left_alone(written: Written) -> None:
    written.write("recieve " * 10_000)
    assert written.marked() == []
