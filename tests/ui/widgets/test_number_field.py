"""Fields for numbers stand in rows with fields for text."""

import pytest
from PySide6.QtWidgets import QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from ui.theme import ThemeManager
from ui.widgets.number_field import DecimalField, NumberField


@pytest.mark.parametrize("make", [NumberField, DecimalField])
@pytest.mark.parametrize("scale", [100, 150, 200])
def test_a_number_is_as_high_as_a_line(
    themes: ThemeManager, qtbot: QtBot, make: type[NumberField | DecimalField], scale: int
) -> None:
    themes.set_text_scale(scale)
    window = QWidget()
    qtbot.addWidget(window)
    number, line = make(window), QLineEdit(window)
    window.show()
    assert number.sizeHint().height() == line.sizeHint().height()
