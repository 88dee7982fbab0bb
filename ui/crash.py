"""What happens when a defect shows: it is logged with the places it passed, told once, and what was written is kept."""

import faulthandler
import logging
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import IO

from PySide6.QtCore import QObject, Signal, Slot

from agent_desktop.logs import told
from ui.prompts import Notice

_LOG = logging.getLogger("agent_desktop.ui")
_FAULTS = "faults.log"

WORDS = (
    "Something in Agent Desktop went wrong. What you have written is kept: drafts and everything that waits to be "
    "sent are on disk. You can go on working; if something looks odd, close the program and start it again."
)


class CrashReporter(QObject):
    """Takes over the hooks for exceptions that nobody caught, on any thread, until `uninstall`."""

    _caught = Signal(str)

    def __init__(self, tell: Callable[[Notice], None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tell = tell
        self._told: set[str] = set()
        self._faults: IO[str] | None = None
        self._caught.connect(self._say)

    def install(self, logs: Path) -> None:
        """Be told of every exception, and let crashes below Python write their trace into a file if possible."""
        try:
            logs.mkdir(parents=True, exist_ok=True)
            self._faults = (logs / _FAULTS).open("a", encoding="utf-8")
        except OSError as error:
            _LOG.info("crashes cannot be written down: %s", error)
        else:
            faulthandler.enable(self._faults)
        sys.excepthook = self._on_exception
        threading.excepthook = self._on_thread_exception
        sys.unraisablehook = self._on_unraisable

    def uninstall(self) -> None:
        """Give the hooks back."""
        sys.excepthook = sys.__excepthook__
        threading.excepthook = threading.__excepthook__
        sys.unraisablehook = sys.__unraisablehook__
        self.let_go()

    def let_go(self) -> None:
        """Close the file, on any thread: from now on crashes below Python leave no trace."""
        if self._faults is not None:
            faulthandler.disable()
            self._faults.close()
            self._faults = None

    def _on_exception(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        _LOG.critical("a defect", exc_info=(kind, error, trace))
        self._caught.emit(str(told(error)))

    def _on_thread_exception(self, hook: threading.ExceptHookArgs) -> None:
        if hook.exc_value is not None:
            self._on_exception(hook.exc_type, hook.exc_value, hook.exc_traceback)

    def _on_unraisable(self, hook: "sys.UnraisableHookArgs") -> None:
        if hook.exc_value is not None:
            self._on_exception(hook.exc_type, hook.exc_value, hook.exc_traceback)

    @Slot(str)
    def _say(self, trace: str) -> None:
        """On the GUI thread: tell of each place once, or a defect in painting would never stop telling."""
        place = trace.rsplit("  at ", 1)[-1]
        if place not in self._told:
            self._told.add(place)
            self._tell(Notice(title="A defect in Agent Desktop", text=WORDS, details=trace))
