"""The real window in this process, for figures about what a person sees."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from agent_desktop.cli.bench.workspace import BenchWorkspace
from agent_desktop.cli.desk import open_desk
from agent_desktop.domain.errors import InputError
from ui.garbage_collector import GarbageCollector
from ui.launch import make_application
from ui.program import Program
from ui.screens.main_window import MainWindow
from ui.theme import ThemeManager, ThemeMode

_PATIENCE_SECONDS = 60.0
_QUIET_ROUNDS = 3
_SLICE = 5
"""Milliseconds after which the event loop wakes though nothing has happened."""


class BenchWindow:
    """One window of the program and the event loop that it lives in."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._loop = QEventLoop()
        self._pulse = QTimer()
        self._pulse.setInterval(_SLICE)
        self._pulse.start()
        self.main: MainWindow = program.windows[0]

    def wait_for(self, condition: Callable[[], bool]) -> None:
        """Let events pass until something is so. Raises InputError when it takes a minute.

        Between events the thread sleeps: going round and round would take the interpreter from the threads that read.
        """
        end = time.monotonic() + _PATIENCE_SECONDS
        while not condition():
            if time.monotonic() > end:
                raise InputError("The window does not come to rest, so nothing was measured.")
            self._loop.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)

    def settle(self) -> None:
        """Let events pass until nothing is being read or written, and the conversations that may be next are ready."""
        quiet = 0

        def is_quiet() -> bool:
            nonlocal quiet
            quiet = quiet + 1 if self._program.idle and self.main.workspace.is_settled else 0
            return quiet > _QUIET_ROUNDS

        self.wait_for(is_quiet)

    def pause(self, seconds: float) -> None:
        """Let events pass for a time."""
        end = time.monotonic() + seconds
        self.wait_for(lambda: time.monotonic() >= end)


@contextmanager
def shown_window(workspace: BenchWorkspace, *, background: bool = False) -> Iterator[BenchWindow]:
    """The window of a workspace with its first view, at the time that it is; closed at the end."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    running = QApplication.instance()
    application = running if isinstance(running, QApplication) else make_application(["agent-desktop"])
    collector = GarbageCollector()
    theme = ThemeManager(application, ThemeMode.LIGHT)
    program = Program(
        application, open_desk(workspace.profile, background=background), theme, lambda: "bench"
    )
    try:
        program.new_window()
        window = BenchWindow(program)
        window.settle()
        yield window
    finally:
        for shown in program.windows:
            shown.close()
        program.close()
        QApplication.processEvents()
        collector.deleteLater()
        theme.deleteLater()
