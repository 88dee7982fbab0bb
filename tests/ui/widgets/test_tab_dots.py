"""A dot belongs to the title that it stands after."""

from PySide6.QtWidgets import QTabBar
from pytestqt.qtbot import QtBot

from ui.theme import ThemeManager
from ui.widgets.tab_dots import TabDots


def test_a_dot_is_nearer_to_its_own_title_than_to_the_next(themes: ThemeManager, qtbot: QtBot) -> None:
    tabs = QTabBar()
    qtbot.addWidget(tabs)
    tabs.setExpanding(False)
    for title in ("Reply", "Note", "Forward"):
        tabs.addTab(title)
    dots = TabDots(themes, tabs)
    tabs.show()
    for index in (0, 1):
        wide = tabs.fontMetrics().horizontalAdvance(tabs.tabText(index))
        end = dots.title_rect(index).center().x() + wide / 2
        dot = dots.middle(index).x()
        next_wide = tabs.fontMetrics().horizontalAdvance(tabs.tabText(index + 1))
        next_begin = dots.title_rect(index + 1).center().x() - next_wide / 2
        assert end < dot < (end + next_begin) / 2
