"""Garbage is collected on the GUI thread, in small steps, and never while the first window is made."""

import gc

from PySide6.QtCore import QObject, QTimer

_GC_BEGIN = 6_000
"""Milliseconds until the start is over, the making of further screens included."""
_GC_STEP = 1_000
"""Milliseconds between collections: what came since the last is looked through within a few."""


class GarbageCollector(QObject):
    """Collects on the GUI thread only: a collection on another thread could free Qt objects there."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        gc.disable()
        self._thresholds = gc.get_threshold()
        self._timer = QTimer(self)
        self._timer.setInterval(_GC_STEP)
        self._timer.timeout.connect(self.collect)
        QTimer.singleShot(_GC_BEGIN, self, self.begin)

    def begin(self) -> None:
        """Collect from now on, and never look at what is there: modules and windows, most of everything.

        To look through it once would already keep the window waiting for a tenth of a second.
        """
        gc.freeze()
        self._timer.start()

    def collect(self) -> None:
        """Collect the oldest generation that is due, and with it the younger ones."""
        counts = gc.get_count()
        due = [generation for generation in range(3) if counts[generation] > self._thresholds[generation] > 0]
        if due:
            gc.collect(due[-1])
