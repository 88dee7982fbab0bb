"""Text of twice the size in a small window: what can be typed into is as high as its text, and can be scrolled to."""

from collections.abc import Callable

import pytest
from PySide6.QtWidgets import QLineEdit, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from agent_desktop.domain.key_trouble import KeyTrouble
from ui.screens.first_run import FirstRun
from ui.screens.locked import LockedWindow
from ui.theme import ThemeManager


def locked(themes: ThemeManager) -> QWidget:
    window = LockedWindow(themes, "https://desk.larkfield.example")
    window.show_trouble(KeyTrouble.LOST)
    return window


def connecting(themes: ThemeManager) -> QWidget:
    window = FirstRun(themes)
    window.show_connect()
    window.connection.use_password(True)
    window.show_code_needed("Type the code that your app for codes shows now, or a recovery code.")
    return window


@pytest.mark.parametrize("make", [locked, connecting])
def test_fields_are_never_lower_than_their_text(
    make: Callable[[ThemeManager], QWidget], themes: ThemeManager, qtbot: QtBot
) -> None:
    themes.set_text_scale(200)
    window = make(themes)
    qtbot.addWidget(window)
    window.resize(960, 640)
    window.show()
    fields = [field for field in window.findChildren(QLineEdit) if field.isVisible()]
    assert len(fields) >= 4
    qtbot.waitUntil(lambda: all(field.height() >= field.sizeHint().height() for field in fields))
    page = window.findChild(QScrollArea)
    assert isinstance(page, QScrollArea)
    for field in fields:
        page.ensureWidgetVisible(field)
        assert not field.visibleRegion().isEmpty(), field.accessibleName()
