"""By the kernel's word: our viewer opens no file and talks to nobody, whatever it shows; Qt's own does."""

import gzip
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.services.html.attacks import ATTACKS, REMOTE_FORMS
from tests.ui.html.show_hostile import BEGIN, END

ROOT = Path(__file__).parents[3]
TRACED = ",".join(
    "openat open creat readlink stat lstat newfstatat statx access faccessat faccessat2"
    " socket connect sendto execve".split()
)
NAMES = re.compile(r'"((?:[^"\\]|\\.)*)"')
# Letters of another script need another font, and the system's clock its zone.
OF_THE_SYSTEM = re.compile(
    r"/(?:usr/share|usr/local/share|var/cache|etc)/(?:fonts|fontconfig|zoneinfo|localtime)"
    r"|\.(?:ttf|otf|ttc|pfb)$|/fonts?(?:/|$)|fontconfig|^/proc/|^/sys/|\.so(?:\.|$)|/PySide6/|/\.venv/"
)

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="strace records system calls of Linux"),
    pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed"),
]


def calls(messages: list[str], trace: Path, *options: str) -> list[str]:
    """What the system was asked for while these messages were shown, but for fonts."""
    program = [sys.executable, "-m", "tests.ui.html.show_hostile", *options]
    strace = ["strace", "-f", "-qq", "-y", "-s", "300", "-e", f"trace={TRACED}", "-o", str(trace)]
    subprocess.run(
        [*strace, *program],
        input=json.dumps(messages).encode(),
        cwd=ROOT,
        check=True,
        capture_output=True,
        timeout=250,
    )
    lines = trace.read_text("utf-8", "replace").splitlines()
    begin, end = (next(place for place, line in enumerate(lines) if mark in line) for mark in (BEGIN, END))
    return [line for line in lines[begin + 1 : end] if not _is_of_the_system(line)]


def _is_of_the_system(line: str) -> bool:
    names = NAMES.findall(line)
    talks = re.search(r"\b(?:socket|connect|sendto|execve)\(", line) is not None
    return not talks and bool(names) and all(OF_THE_SYSTEM.search(name) for name in names)


def messages_of(folder: Path) -> list[str]:
    """Our own attacks, and pictures that lie on this computer under every kind of name."""
    canary = folder / "canary.png"
    canary.write_bytes(b"\x89PNG\r\n\x1a\n")
    local = [
        f"<img src='{name}'>"
        for name in (
            f"file://{canary}",
            str(canary),
            f"//127.0.0.1{canary}",
            "//127.0.0.1/share/x.png",
            "qrc:/x.png",
            ":/x",
        )
    ]
    return [*ATTACKS, *REMOTE_FORMS, *local, f"<link rel=stylesheet href='file://{canary}'><p>x"]


def test_nothing_is_opened_and_nobody_is_called(tmp_path: Path) -> None:
    assert calls(messages_of(tmp_path), tmp_path / "trace") == []


def test_qt_alone_opens_what_mails_name(tmp_path: Path) -> None:
    opened = calls(messages_of(tmp_path), tmp_path / "trace", "--careless")
    assert sum("canary.png" in call for call in opened) >= 3
    assert len(opened) > 50


def test_nothing_of_collected_attacks_is_opened(tmp_path: Path, shared: Path) -> None:
    with gzip.open(shared / "data/html/attack_payloads.jsonl.gz", "rt", encoding="utf-8") as lines:
        messages = [json.loads(line)["payload"] for line in lines]
    assert len(messages) > 500
    assert calls(messages, tmp_path / "trace") == []
