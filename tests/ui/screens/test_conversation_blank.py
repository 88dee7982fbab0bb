"""Between two conversations nothing of the one before is seen."""

import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from tests.ui.amelia import Amelia
from tests.ui.conftest import Room
from ui.screens.conversation import ConversationPane
from ui.viewmodels.composer import ComposerViewModel


@pytest.fixture
def pane(room: Room, qtbot: QtBot) -> ConversationPane:
    pane = ConversationPane(room.context)
    qtbot.addWidget(pane)
    pane.resize(588, 800)
    pane.show()
    qtbot.waitExposed(pane)
    pane.show_conversation(Amelia(room.world).conversation)
    qtbot.waitUntil(lambda: pane.is_settled)
    return pane


def test_until_it_is_known_how_a_customer_is_reached_nothing_of_the_one_before_is_seen(
    pane: ConversationPane, room: Room, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = property(lambda model: "Reply window closes in 2 h" if model.knows_reach else "")
    monkeypatch.setattr(ComposerViewModel, "window_words", words)
    pane.composer_model.state_changed.emit()
    other = room.world.customer_writes("Jonas Weber", "Checkout error", "It says 402")
    picker, window = pane.composer._picker, pane.composer._window
    qtbot.waitUntil(lambda: _shades(pane, window) > 1)
    pane.look_ahead([other])
    qtbot.waitUntil(lambda: pane.has_looked_ahead)
    with room.tasks.held():
        pane.show_conversation(other)
        assert (_shades(pane, picker), _shades(pane, window)) == (1, 1)
        pane.resize(pane.width() - 60, pane.height())
        assert _shades(pane, picker) == 1
        picker.open_menu()
        assert QApplication.activePopupWidget() is None
    qtbot.waitUntil(lambda: pane.is_settled and _shades(pane, picker) > 1)
    assert _shades(pane, window) > 1
    assert "to jonas.weber@customer.example" in [label.text() for label in picker.findChildren(QLabel)]


def _shades(pane: ConversationPane, widget: QWidget) -> int:
    """How many colours are seen where a widget is; one where nothing is."""
    place = QRect(widget.mapTo(pane, QPoint(0, 0)), widget.size())
    image = pane.grab(place).toImage()
    return len({image.pixel(x, y) for x in range(image.width()) for y in range(image.height())})
