"""A defect is logged and told once, wherever it happens, and the hooks are given back."""

import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from tests.windows_files import files_as_on_windows
from ui.crash import CrashReporter
from ui.prompts import Notice


@pytest.fixture
def told() -> list[Notice]:
    return []


@pytest.fixture
def reporter(told: list[Notice], tmp_path: Path, qtbot: QtBot) -> Iterator[CrashReporter]:
    hooks = sys.excepthook, threading.excepthook, sys.unraisablehook
    reporter = CrashReporter(told.append)
    reporter.install(tmp_path / "logs")
    yield reporter
    reporter.uninstall()
    sys.excepthook, threading.excepthook, sys.unraisablehook = hooks


def fail() -> None:
    raise ZeroDivisionError("a defect")


def report() -> None:
    try:
        fail()
    except ZeroDivisionError:
        sys.excepthook(*sys.exc_info())  # type: ignore[arg-type]  # inside except there is one


def test_one_defect_is_told_once(
    reporter: CrashReporter, told: list[Notice], expect_log: Callable[[str], None]
) -> None:
    expect_log("agent_desktop.ui: CRITICAL: a defect")
    report()
    report()
    assert len(told) == 1
    assert "is kept" in told[0].text
    assert told[0].details.endswith(" fail")


def test_a_defect_on_another_thread_is_told_on_this_one(
    reporter: CrashReporter, told: list[Notice], expect_log: Callable[[str], None], qtbot: QtBot
) -> None:
    expect_log("agent_desktop.ui: CRITICAL: a defect")
    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: len(told) == 1)
    assert "ZeroDivisionError" in told[0].details


def test_crashes_below_python_have_a_file_until_that_has_to_go(
    reporter: CrashReporter, tmp_path: Path
) -> None:
    assert (tmp_path / "logs" / "faults.log").exists()
    reporter.let_go()
    with files_as_on_windows():
        (tmp_path / "logs" / "faults.log").unlink()


def test_a_disk_that_takes_no_file_is_no_obstacle(
    told: list[Notice], tmp_path: Path, expect_log: Callable[[str], None], qtbot: QtBot
) -> None:
    expect_log("agent_desktop.ui: CRITICAL: a defect")
    (tmp_path / "file").write_text("")
    reporter = CrashReporter(told.append)
    reporter.install(tmp_path / "file")
    try:
        report()
    finally:
        reporter.uninstall()
    assert len(told) == 1
