"""Screens that are made in steps, so that the window never waits long for one: ahead of time while nothing is done."""

from collections.abc import Iterator
from itertools import chain

from PySide6.QtCore import QElapsedTimer, QObject, QTimer
from PySide6.QtWidgets import QWidget

from ui.tasks import Tasks

_PAUSE = 100
"""Milliseconds between two steps, for whatever the person begins to do."""


class Stepwise(QWidget):
    """A widget whose parts are made by `make_parts`, up to one `yield` at a time; to be used after `finish`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._parts = self.make_parts()

    def make_parts(self) -> Iterator[None]:
        """Make the widget. Each part should take less than 20 milliseconds."""
        raise NotImplementedError

    def take_step(self) -> bool:
        """Make the next part; False when there is none left."""
        return next(self._parts, _MADE) is not _MADE

    def finish(self) -> None:
        """Make all that is missing, because it is wanted now."""
        for _ in self._parts:
            pass


_MADE = object()


class StepsWhileIdle(QObject):
    """Takes steps while nothing is being read or written, until none is left.

    After each `pause` (milliseconds) it takes one step, and more of them as long as all together have not yet taken
    `slice_` milliseconds.
    """

    def __init__(self, tasks: Tasks, parent: QObject, pause: int = _PAUSE, slice_: int = 0) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._slice = slice_
        self._timer = QTimer(self)
        self._timer.setInterval(pause)
        self._timer.timeout.connect(self._on_timeout)
        self._steps: Iterator[None] = iter(())

    @property
    def is_done(self) -> bool:
        """Whether no step is left."""
        return not self._timer.isActive()

    def take(self, steps: Iterator[None]) -> None:
        """Take these steps from now on, and no others."""
        self._steps = steps
        self._timer.start()

    def add(self, steps: Iterator[None]) -> None:
        """Take these steps after those that are left."""
        self.take(steps if self.is_done else chain(self._steps, steps))

    def _on_timeout(self) -> None:
        if not self._tasks.idle:
            return
        clock = QElapsedTimer()
        clock.start()
        while next(self._steps, _MADE) is not _MADE:
            if clock.elapsed() >= self._slice or not self._tasks.idle:
                return
        self._timer.stop()
