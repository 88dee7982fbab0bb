"""Work that can wait until what a person looks at has been painted: one piece in each turn of the event loop."""

from collections import deque
from collections.abc import Callable, Iterable

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer

Piece = Callable[[], object]

_PAINTED = QEvent.Type(QEvent.registerEventType())
_AFTER_PAINTING = Qt.EventPriority.LowEventPriority.value - 1
"""Qt paints by events of low priority."""


class Turns(QObject):
    """Runs pieces of work in order, each after what was asked to be painted before it has been.

    What is taken replaces what has not been run yet.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._waiting: deque[Piece] = deque()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._run_next)

    @property
    def is_done(self) -> bool:
        """Whether nothing waits."""
        return not self._waiting

    def take(self, pieces: Iterable[Piece]) -> None:
        """Run these pieces from the next turn on."""
        self._timer.stop()
        self._waiting = deque(pieces)
        self._wait()

    def finish(self) -> None:
        """Run everything now, because somebody needs it."""
        while self._waiting:
            self._waiting.popleft()()

    def _wait(self) -> None:
        if self._waiting:
            QCoreApplication.postEvent(self, QEvent(_PAINTED), _AFTER_PAINTING)

    def _run_next(self) -> None:
        if self._waiting:
            self._waiting.popleft()()
            self._wait()

    # Overrides of Qt

    def event(self, event: QEvent) -> bool:
        if event.type() == _PAINTED:
            self._timer.start()  # and not at once: keys and clicks come first
            return True
        return super().event(event)
