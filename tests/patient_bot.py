"""The robot for tests of the user interface, with patience: its five seconds are little where others use the machine.

Who waits for what comes does not wait longer for that; only what never comes is known later.
"""

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot
from pytestqt.wait_signal import SignalBlocker

PATIENCE = 60_000
"""Milliseconds."""


class PatientBot(QtBot):
    """A `QtBot` that takes something for absent after a minute."""

    def waitUntil(self, callback: Callable[[], bool | None], *, timeout: int = PATIENCE) -> None:
        """Let events happen until it is so."""
        super().waitUntil(callback, timeout=timeout)

    def waitSignal(self, signal: Any, *, timeout: int = PATIENCE, **how: Any) -> SignalBlocker:
        """At the end of the block let events happen until the signal was emitted."""
        return super().waitSignal(signal, timeout=timeout, **how)

    def waitExposed(self, widget: QWidget, *, timeout: int = PATIENCE) -> Any:
        """At the end of the block let events happen until the window is shown."""
        return super().waitExposed(widget, timeout=timeout)

    def waitActive(self, widget: QWidget, *, timeout: int = PATIENCE) -> Any:
        """At the end of the block let events happen until the window has the keyboard."""
        return super().waitActive(widget, timeout=timeout)
