"""Ends the program in order when the system asks for it: Ctrl+C in a terminal, the end of a session."""

import os
import signal
import sys
from collections.abc import Callable
from types import FrameType

from PySide6.QtCore import QObject, QSocketNotifier

_ENDS = (signal.SIGINT, signal.SIGTERM)


class EndSignals(QObject):
    """Calls `end` on the GUI thread when a signal to end arrives.

    Python runs its handlers only between its own instructions, and there are none while Qt waits for events: the
    byte that Python writes into a pipe wakes Qt up.
    """

    def __init__(self, end: Callable[[], None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._end = end
        self._pipe = _Sockets() if sys.platform == "win32" else _Pipe()
        self._before_fd = signal.set_wakeup_fd(self._pipe.write, warn_on_full_buffer=False)
        self._before = {number: signal.signal(number, self._on_signal) for number in _ENDS}
        self._notifier = QSocketNotifier(self._pipe.read, QSocketNotifier.Type.Read, self)
        # By coming here at all, Python has had the time for its handler.
        self._notifier.activated.connect(self._pipe.drain)

    def close(self) -> None:
        """Give the signals back."""
        self._notifier.setEnabled(False)
        for number, handler in self._before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._before_fd)
        self._pipe.close()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._end()


class _Pipe:
    """A pipe that never blocks, by its two descriptors."""

    def __init__(self) -> None:
        self.read, self.write = os.pipe()
        if sys.platform != "win32":
            os.set_blocking(self.read, False)
            os.set_blocking(self.write, False)

    def drain(self) -> None:
        """Empty it."""
        try:
            os.read(self.read, 64)
        except BlockingIOError:
            return

    def close(self) -> None:
        """Give it back."""
        os.close(self.read)
        os.close(self.write)


class _Sockets:
    """The same of sockets: on Windows Qt watches nothing else."""

    def __init__(self) -> None:
        import socket  # which takes longer to load than a window to open

        self._ends = socket.socketpair()
        for end in self._ends:
            end.setblocking(False)
        self.read, self.write = (end.fileno() for end in self._ends)

    def drain(self) -> None:
        """Empty it."""
        try:
            self._ends[0].recv(64)
        except BlockingIOError:
            return

    def close(self) -> None:
        """Give it back."""
        for end in self._ends:
            end.close()
