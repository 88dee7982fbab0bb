"""The composer's editor and its completion popup, by keys, pastes and drops."""

from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QMimeData, Qt, QUrl
from PySide6.QtGui import QImage, QKeyEvent
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from agent_desktop.domain.knowledge import ArticleState
from agent_desktop.domain.operations.knowledge import SaveArticle, SaveCannedResponse
from agent_desktop.services.drafts import DraftKind
from tests.ui.amelia import Amelia
from tests.ui.conftest import Room
from ui.models.triggers import TriggerKind
from ui.theme import ThemeManager
from ui.viewmodels.composer import ComposerViewModel
from ui.viewmodels.sending import Standing
from ui.widgets.composer import Composer
from ui.widgets.composer_editor import ComposerEditor

NOTHING = Qt.KeyboardModifier.NoModifier


def press(widget: QWidget, key: Qt.Key, text: str = "") -> None:
    """One key, as the application delivers it: first as a possible shortcut."""
    for kind in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
        event = QKeyEvent(kind, key, NOTHING, text)
        event.ignore()
        QApplication.sendEvent(widget, event)


def type_in(widget: QWidget, text: str) -> None:
    """Letters of any script, one event each."""
    for letter in text:
        press(widget, Qt.Key.Key_unknown, letter)


@pytest.fixture
def editor(themes: ThemeManager, qtbot: QtBot) -> ComposerEditor:
    editor = ComposerEditor(themes, "Reply", frozenset(TriggerKind))
    qtbot.addWidget(editor)
    editor.show()
    return editor


class Writing:
    """A composer in a window of its own, ready to be typed in."""

    def __init__(self, room: Room, amelia: Amelia, qtbot: QtBot) -> None:
        context = room.context
        self.model = ComposerViewModel(context.desk, context.tasks, context.drafts, Standing)
        self.window = QWidget()
        qtbot.addWidget(self.window)
        self.composer = Composer(context, self.model, self.window)
        layout = QVBoxLayout(self.window)
        layout.addStretch(1)
        layout.addWidget(self.composer)
        self.window.resize(600, 600)
        self.window.show()
        qtbot.waitExposed(self.window)
        self.model.open(amelia.conversation)
        self.composer.write(DraftKind.REPLY)
        qtbot.waitUntil(self.composer.editor.hasFocus)

    @property
    def editor(self) -> ComposerEditor:
        return self.composer.editor

    @property
    def offered(self) -> list[str]:
        popup = self.composer._help.popup(self.composer.editor)
        if not popup.is_open:
            return []
        model = popup.list.results.model()
        return [str(model.index(row, 0).data()) for row in range(model.rowCount())]


@pytest.fixture
def amelia(room: Room) -> Amelia:
    amelia = Amelia(room.world)
    ids = room.world.ids
    amelia.at_server(
        SaveCannedResponse(
            canned_response_id=ids.new(),
            shortcut="refund",
            title="Refund is on its way",
            body="Hi {{ customer.first_name }}, your refund is on its way.",
        ),
        SaveCannedResponse(
            canned_response_id=ids.new(), shortcut="order", title="Ask", body="Order {{ order.number }}?"
        ),
        SaveArticle(
            article_id=ids.new(),
            base_revision=0,
            title="Lost parcels",
            body="Refund or **resend** it.",
            state=ArticleState.PUBLIC,
            url="https://help.example/lost",
        ),
    )
    return amelia


@pytest.fixture
def writing(room: Room, amelia: Amelia, qtbot: QtBot) -> Writing:
    return Writing(room, amelia, qtbot)


def test_text_and_caret_count_characters(editor: ComposerEditor) -> None:
    editor.set_text("🫖 kettle\nÄnne", 2)
    assert editor.caret == 2
    type_in(editor, "ü")
    assert editor.text == "🫖 ükettle\nÄnne"
    assert editor.caret == 3


def test_setting_a_text_is_no_edit(editor: ComposerEditor) -> None:
    edits: list[str] = []
    editor.edited.connect(lambda text, caret: edits.append(text))
    editor.set_text("Hello", 5)
    assert edits == []
    type_in(editor, "!")
    assert edits == ["Hello!"]


def test_files_are_given_away_and_links_to_elsewhere_are_not_followed(
    editor: ComposerEditor, tmp_path: Path
) -> None:
    given: list[object] = []
    editor.files_given.connect(given.append)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "a.txt")), QUrl("https://example.org/b.txt")])
    editor.insertFromMimeData(data)
    assert given == [(tmp_path / "a.txt",)]
    assert editor.text == ""


def test_formatted_pastes_become_plain(editor: ComposerEditor) -> None:
    data = QMimeData()
    data.setHtml("<b>bold</b>")
    data.setText("bold\r\nand plain")
    editor.insertFromMimeData(data)
    assert editor.text == "bold\nand plain"


def test_a_pasted_picture_is_given_away(editor: ComposerEditor) -> None:
    given: list[object] = []
    editor.image_given.connect(given.append)
    data = QMimeData()
    image = QImage(4, 4, QImage.Format.Format_RGB32)
    image.fill(0)
    data.setImageData(image)
    editor.insertFromMimeData(data)
    assert isinstance(given[0], QImage)


def test_unresolved_placeholders_are_marked(editor: ComposerEditor) -> None:
    editor.set_text("🫖 Order {{ order.number }}?", 0)
    marks = editor.extraSelections()
    assert [mark.cursor.selectedText() for mark in marks] == ["{{ order.number }}"]  # type: ignore[attr-defined]  # missing in the stubs


def test_a_slash_offers_answers_with_what_they_will_say(writing: Writing) -> None:
    type_in(writing.editor, "/ref")
    assert writing.offered == ["Refund is on its way, Hi Amelia, your refund is on its way."]


def test_enter_takes_the_answer_filled_in(writing: Writing) -> None:
    type_in(writing.editor, "Grüß Gott. /ref")
    press(writing.editor, Qt.Key.Key_Return)
    assert writing.editor.text == "Grüß Gott. Hi Amelia, your refund is on its way."
    assert writing.model.draft().text == writing.editor.text
    assert writing.offered == []


def test_keys_move_and_tab_takes(writing: Writing) -> None:
    type_in(writing.editor, "/")
    assert len(writing.offered) == 2
    press(writing.editor, Qt.Key.Key_Down)
    press(writing.editor, Qt.Key.Key_Tab)
    assert writing.editor.text in (
        "Hi Amelia, your refund is on its way.",
        "Order {{ order.number }}?",
    )
    assert writing.editor.hasFocus()


def test_what_is_left_to_fill_in_is_selected(writing: Writing) -> None:
    type_in(writing.editor, "/order")
    press(writing.editor, Qt.Key.Key_Return)
    assert writing.editor.textCursor().selectedText() == "{{ order.number }}"
    writing.composer.send()
    assert "{{ order.number }}" in writing.composer.problem
    assert writing.editor.text == "Order {{ order.number }}?"
    assert writing.editor.hasFocus()


def test_escape_closes_for_this_word_only(writing: Writing) -> None:
    left: list[bool] = []
    writing.composer.left_by_key.connect(lambda: left.append(True))
    type_in(writing.editor, "/r")
    press(writing.editor, Qt.Key.Key_Escape)
    assert writing.offered == []
    assert not left
    type_in(writing.editor, "e")
    assert writing.offered == []
    type_in(writing.editor, " /r")
    assert writing.offered != []
    press(writing.editor, Qt.Key.Key_Escape)
    press(writing.editor, Qt.Key.Key_Escape)
    assert left == [True]


def test_nothing_that_fits_offers_nothing_and_enter_is_a_line(writing: Writing) -> None:
    type_in(writing.editor, "/zzzz")
    assert writing.offered == []
    press(writing.editor, Qt.Key.Key_Return, "\r")
    assert writing.editor.text == "/zzzz\n"


def test_an_article_comes_as_link_excerpt_or_text(writing: Writing) -> None:
    type_in(writing.editor, "See ?lost")
    assert writing.offered[0].startswith("Lost parcels")
    press(writing.editor, Qt.Key.Key_Return)
    assert [line.split(",")[0] for line in writing.offered] == [
        "Lost parcels",
        "Insert link",
        "Insert excerpt",
        "Insert whole text",
    ]
    press(writing.editor, Qt.Key.Key_Return)
    assert writing.editor.text == "See Lost parcels: https://help.example/lost"


def test_colleagues_are_asked_in_notes_only(writing: Writing) -> None:
    type_in(writing.editor, "@be")
    assert writing.offered == []
    writing.composer.write(DraftKind.NOTE)
    type_in(writing.editor, "@be")
    assert writing.offered == ["Ben Adeyemi, agent"]
    press(writing.editor, Qt.Key.Key_Return)
    assert writing.editor.text == "@Ben Adeyemi "


def test_a_number_names_a_conversation(writing: Writing) -> None:
    type_in(writing.editor, "#1")
    assert writing.offered == ["#1 Where is my replacement kettle?, Amelia Novak"]


def test_a_variable_is_put_in_as_what_it_stands_for(writing: Writing) -> None:
    type_in(writing.editor, "Dear {{first")
    press(writing.editor, Qt.Key.Key_Return)
    assert writing.editor.text == "Dear Amelia"


def test_reply_and_note_are_two_texts(writing: Writing) -> None:
    type_in(writing.editor, "For her")
    writing.composer.write(DraftKind.NOTE)
    assert writing.editor.text == ""
    type_in(writing.editor, "For us")
    assert writing.composer.note_button.isVisible()
    assert not writing.composer.send_button.isVisible()
    writing.composer.write(DraftKind.REPLY)
    assert writing.editor.text == "For her"
    assert not writing.composer.note_button.isVisible()


def test_a_picture_becomes_a_file(writing: Writing) -> None:
    image = QImage(4, 4, QImage.Format.Format_RGB32)
    image.fill(0)
    writing.editor.image_given.emit(image)
    (file,) = writing.model.draft().files
    assert file.media_type == "image/png"
    assert file.name.endswith(".png")


def test_sending_empties_the_editor_and_undo_fills_it(writing: Writing) -> None:
    sent: list[object] = []
    writing.model.sent.connect(sent.append)
    type_in(writing.editor, "On its way — für dich 🫖")
    writing.composer.send()
    assert writing.editor.text == ""
    writing.model.undo(sent[0])  # type: ignore[arg-type]  # a SentReply
    assert writing.editor.text == "On its way — für dich 🫖"


def test_remote_changes_leave_the_composer_alone(writing: Writing, amelia: Amelia) -> None:
    type_in(writing.editor, "I am wri")
    amelia.writes("Are you there?")
    assert writing.editor.text == "I am wri"
    assert writing.editor.hasFocus()
    type_in(writing.editor, "ting")
    assert writing.editor.text == "I am writing"
