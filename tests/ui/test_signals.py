"""A signal to end reaches the program although Qt is waiting, and only while it listens."""

import os
import signal
import threading

import pytest
from PySide6.QtCore import QEventLoop, QTimer
from pytestqt.qtbot import QtBot

from ui.signals import EndSignals


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_event_loop(qtbot: QtBot, number: signal.Signals) -> None:
    before = signal.getsignal(number)
    loop = QEventLoop()
    signals = EndSignals(loop.quit)
    send = signal.raise_signal if os.name == "nt" else lambda wanted: os.kill(os.getpid(), wanted)
    sender = threading.Thread(target=send, args=[number])
    QTimer.singleShot(0, sender.start)
    loop.exec()
    sender.join()
    signals.close()
    assert signal.getsignal(number) is before
