"""What commands print reaches everybody: files on Windows, whose own encoding lacks most characters, and windows."""

import io
import os
import sys

import pytest

from agent_desktop import __main__ as program
from agent_desktop.cli import streams
from agent_desktop.cli.server import main as server

TEXT = "Ljubljana → Kraków 🙂"


class Terminal(io.TextIOWrapper):
    """A terminal that knows the characters of one code page."""

    def isatty(self) -> bool:
        return True


def test_files_and_other_programs_get_utf_8(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="cp1252", newline="\n"))
    streams.set_up()
    print(TEXT, flush=True)
    assert written.getvalue().decode("utf-8") == f"{TEXT}\n"


def test_a_terminal_gets_what_it_can_show(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", Terminal(written, encoding="cp1252", newline="\n"))
    streams.set_up()
    print(TEXT, flush=True)
    assert written.getvalue() == b"Ljubljana \\u2192 Krak\xf3w \\U0001f642" + os.linesep.encode()


@pytest.mark.parametrize(
    "text",
    [
        "\x1b]52;c;Y3VybA==\x07",
        "\x1b[2J\x1b[H",
        "\x9b31m",
        "\x1bP+q\x1b\\\\",
        "\u202egpj.exe",
        "\x08\x08",
        "\x0e",
    ],
)
def test_no_text_of_others_commands_a_terminal(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", Terminal(written, encoding="utf-8", newline="\n"))
    streams.set_up()
    print("Subject:", text, end="\r\n\t", flush=True)
    shown = written.getvalue().decode()
    assert shown.startswith("Subject: \ufffd")
    assert {letter for letter in shown if not letter.isprintable()} == {"\r", "\n", "\t"}


def test_files_and_other_programs_get_every_text_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="utf-8", newline="\n"))
    streams.set_up()
    print("\x1b[31m", flush=True)
    assert written.getvalue() == b"\x1b[31m\n"


@pytest.mark.parametrize("main", [program.main, server.main])
def test_a_program_with_a_window_and_no_streams_prints_into_nothing(
    main: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(sys, name, None)
    assert callable(main)
    with pytest.raises(SystemExit) as end:
        main(["--no-such-option"])
    assert end.value.code == 2
    assert sys.stdin.readline() == ""
    assert not sys.stderr.isatty()
    print(TEXT, flush=True)
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        stream.close()
