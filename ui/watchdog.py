"""Measures how long the event loop of the GUI thread was busy with one thing; for tests and benchmarks."""

from time import perf_counter, thread_time

from PySide6.QtCore import QObject, Qt, QTimer

_STEP = 4


class EventLoopWatchdog(QObject):
    """While it runs, a timer asks to be called every few milliseconds; what comes late was kept waiting by a stall."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._longest = 0.0
        self._last = 0.0
        self._dearest = 0.0
        self._used = 0.0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(_STEP)
        self._timer.timeout.connect(self._tick)

    @property
    def longest_ms(self) -> float:
        """The longest stall since `start`, in milliseconds, the one that is going on included."""
        running = self._stall() if self._timer.isActive() else 0.0
        return max(self._longest, running)

    @property
    def dearest_ms(self) -> float:
        """The most processor time that this thread took from one turn to the next: other programs do not count."""
        running = self._cost() if self._timer.isActive() else 0.0
        return max(self._dearest, running)

    def start(self) -> None:
        """Begin to measure, from nothing."""
        self._longest = self._dearest = 0.0
        self._used = thread_time()
        self._last = perf_counter()
        self._timer.start()

    def stop(self) -> float:
        """End measuring; the longest stall in milliseconds."""
        self._longest, self._dearest = self.longest_ms, self.dearest_ms
        self._timer.stop()
        return self._longest

    def _stall(self) -> float:
        return max(0.0, (perf_counter() - self._last) * 1_000 - _STEP)

    def _cost(self) -> float:
        return (thread_time() - self._used) * 1_000

    def _tick(self) -> None:
        self._longest = max(self._longest, self._stall())
        self._dearest = max(self._dearest, self._cost())
        self._last, self._used = perf_counter(), thread_time()
