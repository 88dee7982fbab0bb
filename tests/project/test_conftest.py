"""The net under every test holds: what it must catch, it catches."""

import subprocess
import sys
from pathlib import Path

from tests.project.tree import ROOT

CASES = """
import logging, threading
from PySide6.QtCore import qWarning

def test_passes_when_nothing_happens(): pass
def test_passes_with_an_expected_warning(expect_log):
    expect_log("ours: WARNING: offline")
    logging.getLogger("ours").warning("offline")
def test_fails_on_a_warning():
    logging.getLogger("ours").warning("surprise")
def test_fails_without_the_expected_warning(expect_log):
    expect_log("never said")
def test_fails_on_a_warning_of_python():
    import warnings
    warnings.warn("old")
def test_fails_on_a_warning_of_qt(qtbot):
    qWarning("bad")
def test_fails_on_a_leaked_thread(qtbot):
    threading.Thread(target=threading.Event().wait, daemon=True, name="leak").start()
"""


def test_warnings_and_leaked_threads_fail_a_test(tmp_path: Path) -> None:
    cases = tmp_path / "test_cases.py"
    cases.write_text(CASES)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-c",
        str(ROOT / "pyproject.toml"),
        "-p",
        "tests.conftest",
        "-rfE",
    ]
    done = subprocess.run(
        [*command, "--rootdir", str(tmp_path), str(cases)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    caught = {
        line.split("::")[1].split(" ")[0]
        for line in done.stdout.splitlines()
        if line.startswith(("FAILED", "ERROR"))
    }
    assert caught == {
        "test_fails_on_a_warning",
        "test_fails_without_the_expected_warning",
        "test_fails_on_a_warning_of_python",
        "test_fails_on_a_warning_of_qt",
        "test_fails_on_a_leaked_thread",
    }, done.stdout
