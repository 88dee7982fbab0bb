"""Work on the GUI thread in pieces, so that the window answers between them."""

from collections import deque
from collections.abc import Callable, Iterable

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QWidget

_GAP = 5
"""Milliseconds between two pieces, in which input is looked at and painting is done."""


class Slices(QObject):
    """Does one piece after the other, with time for events between them. `then` is called behind the last one."""

    def __init__(self, then: Callable[[], None], parent: QObject) -> None:
        super().__init__(parent)
        self._then = then
        self._pieces: deque[Callable[[], object]] = deque()
        self._timer = QTimer(self)
        self._timer.setInterval(_GAP)
        self._timer.timeout.connect(self._step)

    def begin(self, pieces: Iterable[Callable[[], object]]) -> None:
        """Do these from now on."""
        self._pieces.extend(pieces)
        self._timer.start()

    def _step(self) -> None:
        if self._pieces:
            self._pieces.popleft()()
            return
        self._timer.stop()
        self._then()


class FirstPaint(QObject):
    """Calls back once, soon after a widget was painted while `is_ready` holds."""

    def __init__(self, widget: QWidget, is_ready: Callable[[], bool], then: Callable[[], None]) -> None:
        super().__init__(widget)
        self._widget = widget
        self._is_ready = is_ready
        self._then = then
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Paint and self._is_ready():
            self._widget.removeEventFilter(self)
            # Behind the painting that is under way.
            QTimer.singleShot(0, self, self._then)
        return False
