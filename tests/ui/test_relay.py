"""What another thread announces arrives on the GUI thread."""

import threading

from pytestqt.qtbot import QtBot

from ui.relay import Relay


def test_values_change_threads(qtbot: QtBot) -> None:
    relay = Relay()
    arrived: list[tuple[object, threading.Thread]] = []
    relay.received.connect(lambda value: arrived.append((value, threading.current_thread())))
    with qtbot.waitSignal(relay.received):
        thread = threading.Thread(target=lambda: [relay.send(number) for number in range(3)])
        thread.start()
        thread.join()
    assert arrived == [(number, threading.main_thread()) for number in range(3)]


def test_on_the_gui_thread_they_arrive_at_once(qtbot: QtBot) -> None:
    relay = Relay()
    arrived: list[object] = []
    relay.received.connect(arrived.append)
    relay.send(1)
    assert arrived == [1]


def test_nothing_arrives_after_the_end(qtbot: QtBot) -> None:
    relay = Relay()
    arrived: list[object] = []
    relay.received.connect(arrived.append)
    thread = threading.Thread(target=lambda: relay.send(1))
    thread.start()
    thread.join()
    relay.close()
    relay.send(2)
    qtbot.waitUntil(lambda: True)
    assert arrived == []
