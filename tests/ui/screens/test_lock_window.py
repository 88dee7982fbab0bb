"""The window that stands in the place of the others: all of its words can be read."""

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from ui.screens.lock_window import LockWindow
from ui.theme import ThemeManager
from ui.widgets.safe_text import SafeLabel


def cut(window: LockWindow) -> list[str]:
    """What is lower than it has to be."""
    labels = [label for label in window.findChildren(SafeLabel) if label.isVisible() and label.wordWrap()]
    found = [label.text() for label in labels if label.height() < label.heightForWidth(label.width())]
    others: tuple[QWidget, ...] = (window.typed, window.unlock)
    return found + [each.accessibleName() for each in others if each.height() < each.sizeHint().height()]


@pytest.mark.parametrize("size", [(1440, 900), (1100, 700), (640, 420)])
def test_nothing_is_cut(themes: ThemeManager, qtbot: QtBot, size: tuple[int, int]) -> None:
    window = LockWindow(themes, "Code")
    qtbot.addWidget(window)
    window.resize(*size)
    window.show()
    qtbot.waitUntil(lambda: cut(window) == [])
    window.say(
        "This is not the code. Nothing was changed; wait a few seconds before you try it again, please."
    )
    qtbot.waitUntil(lambda: cut(window) == [] and window.problem.isVisible())
