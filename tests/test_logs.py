"""The program's log tells where something failed, and nothing that anybody wrote."""

import io
import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from agent_desktop.logs import FILE, LARGEST_FILE, Lines, kept_in, told
from tests.windows_files import files_as_on_windows

CANARY = "canary-7f3a"
ExpectLog = Callable[[str], None]


def fail(wrap: bool = True) -> None:
    try:
        b"\xff canary".decode()
        int(CANARY)
    except ValueError as error:
        raise RuntimeError(CANARY) from (error if wrap else None)


def failure() -> RuntimeError:
    with pytest.raises(RuntimeError) as caught:
        fail()
    return caught.value


def test_an_exception_is_told_without_its_message() -> None:
    error = failure()
    assert CANARY in str(error)
    text = str(told(error))
    assert "canary" not in text
    assert text.startswith("builtins.RuntimeError\n  caused by builtins.UnicodeDecodeError\n")
    assert "test_logs.py" in text
    assert " fail" in text


def test_what_is_logged_is_kept_without_messages(tmp_path: Path, expect_log: ExpectLog) -> None:
    expect_log("it failed")
    logger = logging.getLogger("agent_desktop.tests")
    with kept_in(tmp_path / "logs") as end:
        error = failure()
        logger.error("it failed: %s", error, exc_info=error)
        end()
        with files_as_on_windows():
            (tmp_path / "logs").rename(tmp_path / "renamed")
        logger.error("it failed after the end")
    (tmp_path / "renamed").rename(tmp_path / "logs")
    kept = (tmp_path / "logs" / FILE).read_text()
    assert "it failed: RuntimeError" in kept
    assert "test_logs.py" in kept
    assert "canary" not in kept
    assert "after the end" not in kept


def test_a_plain_log_would_have_quoted_it(expect_log: ExpectLog) -> None:
    expect_log("it failed")
    stream = io.StringIO()
    plain = logging.StreamHandler(stream)
    careful = logging.StreamHandler(stream)
    logger = logging.getLogger("agent_desktop.tests")
    for handler, quoted in ((plain, True), (careful, False)):
        if handler is careful:
            handler.setFormatter(Lines())
        logger.addHandler(handler)
        error = failure()
        logger.error("it failed: %s", error, exc_info=error)
        logger.removeHandler(handler)
        assert (CANARY in stream.getvalue()) is quoted
        stream.seek(0)
        stream.truncate()


def test_a_large_file_is_set_aside(tmp_path: Path, expect_log: ExpectLog) -> None:
    expect_log("again")
    (tmp_path / FILE).write_bytes(b"x" * (LARGEST_FILE + 1))
    with kept_in(tmp_path):
        logging.getLogger("agent_desktop.tests").error("again")
    assert (tmp_path / FILE).stat().st_size < 1_000
    assert (tmp_path / "agent-desktop.old.log").stat().st_size > LARGEST_FILE


def test_the_program_goes_on_where_nothing_can_be_kept(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with kept_in(tmp_path / "file"):
        pass
