"""What is chosen is never cut in the middle of a letter."""

from pytestqt.qtbot import QtBot

from ui.theme import ThemeManager
from ui.widgets.choice_box import ChoiceBox


def test_a_choice_without_room_ends_in_an_ellipsis(themes: ThemeManager, qtbot: QtBot) -> None:
    box = ChoiceBox()
    qtbot.addWidget(box)
    box.addItem("Rindfleischetikettierungsüberwachungsaufgaben")
    box.show()
    box.resize(box.sizeHint())
    assert box.shown_text == box.currentText()
    box.resize(100, box.height())
    assert box.shown_text.endswith("…")
    assert box.shown_text[:-1] in box.currentText()
