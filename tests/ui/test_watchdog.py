"""The watchdog sees how long the event loop was kept from turning."""

from time import perf_counter, thread_time

from pytestqt.qtbot import QtBot

from ui.watchdog import EventLoopWatchdog


def keep_busy(milliseconds: float) -> None:
    until = perf_counter() + milliseconds / 1_000
    while perf_counter() < until:
        pass


def test_a_stall_is_measured(qtbot: QtBot) -> None:
    watchdog = EventLoopWatchdog()
    watchdog.start()
    keep_busy(120)
    assert watchdog.longest_ms >= 110
    with qtbot.waitSignal(watchdog._timer.timeout):
        pass
    assert watchdog.stop() >= 110


def test_what_others_take_of_the_processor_is_told_apart(qtbot: QtBot) -> None:
    watchdog = EventLoopWatchdog()
    watchdog.start()
    began = thread_time()
    keep_busy(60)
    used = (thread_time() - began) * 1_000
    watchdog.stop()
    assert watchdog.dearest_ms >= used


def test_each_measurement_begins_at_nothing(qtbot: QtBot) -> None:
    watchdog = EventLoopWatchdog()
    watchdog.start()
    keep_busy(120)
    watchdog.stop()
    began = perf_counter()
    watchdog.start()
    assert watchdog.stop() <= (perf_counter() - began) * 1_000
