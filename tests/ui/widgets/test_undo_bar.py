"""The undo bar: one offer at a time, which ends in exactly one way."""

from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from ui.theme import ThemeManager
from ui.widgets.undo_bar import UndoBar


def bar_with_log(qtbot: QtBot, themes: ThemeManager) -> tuple[UndoBar, list[str]]:
    bar = UndoBar(themes)
    qtbot.addWidget(bar)
    log: list[str] = []
    bar.undo_requested.connect(lambda: log.append("undo"))
    bar.expired.connect(lambda: log.append("expired"))
    return bar, log


def test_it_counts_down_and_expires_once(qtbot: QtBot, themes: ThemeManager) -> None:
    bar, log = bar_with_log(qtbot, themes)
    assert bar.isHidden()
    bar.show_message("Resolved", 3)
    assert (bar.isHidden(), bar.remaining) == (False, 3)
    bar.count_down()
    bar.count_down()
    assert (bar.remaining, log) == (1, [])
    bar.count_down()
    assert (bar.isHidden(), bar.remaining, log) == (True, 0, ["expired"])
    bar.expire()
    bar.undo()
    assert log == ["expired"]


def test_undo_ends_the_offer(qtbot: QtBot, themes: ThemeManager) -> None:
    bar, log = bar_with_log(qtbot, themes)
    bar.show_message("Resolved", 5)
    button = next(button for button in bar.findChildren(QPushButton) if button.text() == "Undo")
    assert button.accessibleName() == "Undo: Resolved"
    button.click()
    assert (bar.isHidden(), log) == (True, ["undo"])


def test_a_new_offer_ends_the_one_before(qtbot: QtBot, themes: ThemeManager) -> None:
    bar, log = bar_with_log(qtbot, themes)
    bar.show_message("Resolved", 5)
    bar.show_message("Assigned to Ben", 8)
    assert (log, bar.remaining, bar.isHidden()) == (["expired"], 8, False)
