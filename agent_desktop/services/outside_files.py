"""Files that somebody else sent: what they really are, and a mark of where they came from for other programs.

The marks are those that browsers leave, by which Windows and macOS warn before they run something: the
`Zone.Identifier` stream of a file (MS-FSCC 5.1), and the extended attribute `com.apple.quarantine`.
"""

import hashlib
import logging
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

_COPIES = "agent-desktop-copies-"
HEAD = 512
"""So many bytes tell what a file is."""

_PROGRAMS = (
    b"MZ",  # Windows
    b"\x7fELF",
    b"#!",
    b"\xca\xfe\xba\xbe",  # macOS for several processors; also a class of Java
    b"\xfe\xed\xfa\xce",
    b"\xfe\xed\xfa\xcf",
    b"\xce\xfa\xed\xfe",
    b"\xcf\xfa\xed\xfe",
    b"L\x00\x00\x00\x01\x14\x02\x00",  # a shortcut of Windows
    b"ITSF",  # compiled help, which runs scripts
    b"\xed\xab\xee\xdb",  # a package of RPM
    b"!<arch>\ndebian",
)
_PAGES = (b"<!doctype html", b"<html", b"<script", b"<svg", b"<?xml", b"<hta:")
"""What a browser would show with its scripts, whatever the file is called."""
_INTERNET = "[ZoneTransfer]\r\nZoneId=3\r\n"
_QUARANTINED = "0081;00000000;Agent Desktop;"
_log = logging.getLogger("agent_desktop.files")


def is_program(head: bytes) -> bool:
    """Whether the first bytes are those of something that runs when it is opened, whatever its name says."""
    return head.startswith(_PROGRAMS)


def is_page(head: bytes) -> bool:
    """Whether the first bytes are those of a page that a browser would show with its scripts."""
    text = head.removeprefix(b"\xef\xbb\xbf").replace(b"\x00", b"").lstrip(b"\xff\xfe \t\r\n").lower()
    return text.startswith(_PAGES)


def mark(
    path: Path,
    platform: str = sys.platform,
    run: Callable[[Sequence[str]], object] = lambda words: subprocess.run(
        words, capture_output=True, timeout=10
    ),
) -> None:
    """Note at a file that it came from outside, where the system knows such a mark and the disk can keep it."""
    try:
        if platform == "win32":
            # Not a Path: it would take the colon for a drive.
            with open(f"{path}:Zone.Identifier", "w", encoding="ascii", newline="") as stream:  # noqa: PTH123
                stream.write(_INTERNET)
        elif platform == "darwin":
            run(["/usr/bin/xattr", "-w", "com.apple.quarantine", _QUARANTINED, str(path)])
    except (OSError, subprocess.SubprocessError) as error:
        _log.info("a file could not be marked as from outside: %s", error)


def make_copies_folder(profile: Path) -> Path:
    """A folder of the system's, for its user alone, in which other programs find copies of files."""
    return Path(tempfile.mkdtemp(prefix=f"{_copies_of(profile)}{os.getpid()}-"))


def remove_copies_folder(folder: Path) -> None:
    """Remove such a folder, except what another program holds on to."""
    for file in folder.rglob("*"):
        with suppress(OSError):
            file.chmod(0o700)  # Windows removes nothing that is read-only
    shutil.rmtree(folder, ignore_errors=True)


def remove_copies(profile: Path) -> None:
    """Remove copies that were made for other programs when this program ran before, and could not be removed then."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_copies_of(profile)}*"):
        if not folder.name.startswith(f"{_copies_of(profile)}{os.getpid()}-"):
            remove_copies_folder(folder)


def _copies_of(profile: Path) -> str:
    return f"{_COPIES}{hashlib.sha256(str(profile.resolve()).encode()).hexdigest()[:12]}-"
