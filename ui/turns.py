"""Work that can wait until what a person looks at has been painted: one piece in each turn of the event loop."""

from collections import deque
from collections.abc import Callable, Iterable

from PySide6.QtCore import QObject, QTimer

Piece = Callable[[], object]


class Turns(QObject):
    """Runs pieces of work in order. What is taken replaces what has not been run yet."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._waiting: deque[Piece] = deque()
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._run_next)

    @property
    def is_done(self) -> bool:
        """Whether nothing waits."""
        return not self._waiting

    def take(self, pieces: Iterable[Piece]) -> None:
        """Run these pieces from the next turn on."""
        self._waiting = deque(pieces)
        if self._waiting:
            self._timer.start()
        else:
            self._timer.stop()

    def finish(self) -> None:
        """Run everything now, because somebody needs it."""
        while self._waiting:
            self._run_next()

    def _run_next(self) -> None:
        piece = self._waiting.popleft()
        if not self._waiting:
            self._timer.stop()
        piece()
