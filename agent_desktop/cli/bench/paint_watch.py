"""Says when a window has been painted and what memory the process takes, then ends the process."""

import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication, QWidget

PAINTED, USABLE = "painted", "usable"
_PATIENCE = 60_000


class PaintWatch(QObject):
    """Says once when one of the widgets was painted with something in it; ends the program some milliseconds later."""

    def __init__(self, widgets: Sequence[QWidget], application: QApplication, settles_in: int) -> None:
        super().__init__(application)
        self._application = application
        self._settles_in = settles_in
        self._said = False
        for widget in widgets:
            widget.installEventFilter(self)
        QTimer.singleShot(_PATIENCE, application.quit)

    def has_content(self) -> bool:
        """Whether what was painted is what a person waits for."""
        return True

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """See the paint events of the widget."""
        if event.type() is QEvent.Type.Paint and not self._said and self.has_content():
            self._said = True
            # Behind the painting that is under way.
            QTimer.singleShot(0, self._say)
        return False

    def _say(self) -> None:
        print(PAINTED, flush=True)
        QTimer.singleShot(self._settles_in, self._end)

    def _end(self) -> None:
        print(_resident_bytes(), flush=True)
        self._application.quit()


def _resident_bytes() -> int:
    """The memory that this process keeps in RAM; its peak where the system does not tell."""
    if sys.platform == "linux":
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * 4096
    if sys.platform == "win32":
        import ctypes
        from ctypes import wintypes

        class Counters(ctypes.Structure):
            _fields_ = (
                ("size", wintypes.DWORD),
                ("faults", wintypes.DWORD),
                ("peak", ctypes.c_size_t),
                ("resident", ctypes.c_size_t),
                ("rest", ctypes.c_size_t * 6),
            )

        counters = Counters(size=ctypes.sizeof(Counters))
        process = ctypes.windll.kernel32.GetCurrentProcess()
        ctypes.windll.psapi.GetProcessMemoryInfo(process, ctypes.byref(counters), counters.size)
        return int(counters.resident)
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
