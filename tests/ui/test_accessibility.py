"""Every screen can be used without seeing it: what takes the keyboard has a name, and a number is never all it says."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from tests.ui.conftest import Room
from tests.ui.screens.test_main_window import RecordingHost
from ui.navigator import ScreenName
from ui.screens.first_run import FirstRun
from ui.screens.main_window import MainWindow
from ui.theme import ThemeManager


def focusable(root: QWidget) -> Iterator[QWidget]:
    """The widgets that take the keyboard, as somebody who tabs through would meet them."""
    for widget in [root, *root.findChildren(QWidget)]:
        if widget.isVisible() and widget.isEnabled() and widget.focusPolicy() is not Qt.FocusPolicy.NoFocus:
            yield widget


def name_of(widget: QWidget) -> str:
    """What a screen reader calls a widget."""
    interface = QAccessible.queryAccessibleInterface(widget)
    return interface.text(QAccessible.Text.Name) if interface is not None else widget.accessibleName()


def described(widget: QWidget) -> str:
    """Where a widget is, for the message of a failure."""
    names = []
    parent: QWidget | None = widget
    while parent is not None:
        names.append(parent.objectName() or type(parent).__name__)
        parent = parent.parentWidget()
    return " < ".join(names[:5])


def breaches(root: QWidget) -> list[str]:
    nameless = [described(widget) for widget in focusable(root) if not name_of(widget).strip()]
    rich = [
        f"{described(label)}: {label.text()[:40]}"
        for label in root.findChildren(QLabel)
        if label.textFormat() is not Qt.TextFormat.PlainText and label.text()
    ]
    return nameless + rich


@pytest.fixture
def window(room: Room, qtbot: QtBot) -> MainWindow:
    room.world.customer_writes("Amelia Novak", "Kettle", "Where is my kettle?")
    window = MainWindow(lambda prompts, window: replace(room.context, navigator=window), RecordingHost())
    qtbot.addWidget(window)
    window.resize(1440, 900)
    window.show()
    return window


@pytest.mark.parametrize("screen", list(ScreenName))
def test_everything_on_a_screen_has_a_name(window: MainWindow, screen: ScreenName) -> None:
    window.workspace.step(1)
    window.show_screen(screen)
    QApplication.processEvents()
    assert breaches(window) == []


@pytest.mark.parametrize("command", ["app.settings", "help.keys"])
def test_everything_in_a_dialog_has_a_name(window: MainWindow, command: str) -> None:
    window.commands.run(command)
    dialog = QApplication.activeModalWidget()
    assert dialog is not None
    assert breaches(dialog) == []
    dialog.close()


def test_everything_at_the_first_start_has_a_name(themes: ThemeManager, qtbot: QtBot) -> None:
    screen = FirstRun(themes)
    qtbot.addWidget(screen)
    screen.show()
    assert breaches(screen) == []
    screen.show_form()
    assert breaches(screen) == []


def test_tab_leaves_every_part_of_the_workspace(window: MainWindow, qtbot: QtBot) -> None:
    window.workspace.step(1)
    window.activateWindow()
    qtbot.waitUntil(lambda: window.workspace.is_settled and window.workspace.list.list.hasFocus())
    met: list[QWidget] = []
    for _ in range(80):
        focused = QApplication.focusWidget()
        assert focused is not None
        if met and focused is met[0]:
            break
        met.append(focused)
        qtbot.keyClick(focused, Qt.Key.Key_Tab)
    parts = (window.workspace.list, window.workspace.conversation, window.workspace.beside, window.rail)
    assert [type(part).__name__ for part in parts if not any(part.isAncestorOf(w) for w in met)] == []
