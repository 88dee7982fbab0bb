"""Work in turns: in order, after painting, replaced by what is taken later, and at once when somebody needs it."""

from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from ui.turns import Turns


class Painted(QWidget):
    """Writes down when it is painted."""

    def __init__(self, log: list[str]) -> None:
        super().__init__()
        self._log = log

    def paintEvent(self, event: QPaintEvent) -> None:
        self._log.append("paint")


def test_each_piece_waits_for_what_was_to_be_painted_before_it(qtbot: QtBot) -> None:
    log: list[str] = []
    widget = Painted(log)
    qtbot.addWidget(widget)
    widget.show()
    qtbot.waitExposed(widget)
    qtbot.waitUntil(lambda: log == ["paint"])
    turns = Turns(widget)
    widget.update()

    def first() -> None:
        log.append("first")
        widget.update()

    turns.take((first, lambda: log.append("second")))
    assert log == ["paint"]
    qtbot.waitUntil(lambda: turns.is_done)
    assert log == ["paint", "paint", "first", "paint", "second"]


def test_what_is_taken_later_replaces_what_waits(qtbot: QtBot) -> None:
    log: list[str] = []
    turns = Turns()
    turns.take((lambda: log.append("old"),))
    turns.take((lambda: log.append("new"), lambda: log.append("newer")))
    qtbot.waitUntil(lambda: turns.is_done)
    assert log == ["new", "newer"]


def test_somebody_who_needs_it_gets_it_now(qtbot: QtBot) -> None:
    log: list[str] = []
    turns = Turns()
    turns.take((lambda: log.append("first"), lambda: log.append("second")))
    turns.finish()
    assert log == ["first", "second"]
    assert turns.is_done
