"""What tests of widgets share: a theme on the application, taken off its scale again."""

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication

from ui.theme import ThemeManager, ThemeMode


@pytest.fixture
def themes(qapp: QApplication) -> Iterator[ThemeManager]:
    """The light theme, independent of the machine."""
    manager = ThemeManager(qapp, ThemeMode.LIGHT)
    yield manager
    manager.set_text_scale(100)
    manager.deleteLater()
