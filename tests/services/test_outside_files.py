"""What a file from outside really is, and the mark that it gets."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from agent_desktop.services.outside_files import (
    is_page,
    is_program,
    make_copies_folder,
    mark,
    remove_copies_folder,
)
from tests.windows_files import files_as_on_windows

SHORTCUT = b"L\x00\x00\x00\x01\x14\x02\x00\x00"


@pytest.mark.parametrize(
    "head",
    [
        b"MZ\x90\x00",
        b"\x7fELF\x02",
        b"#!/bin/sh\n",
        SHORTCUT,
        b"\xcf\xfa\xed\xfe",
        b"<html><script>",
        b"  \n<!DOCTYPE HTML>",
        b"\xef\xbb\xbf<svg onload=",
        "<script>".encode("utf-16"),
        b'<?xml version="1.0"?><svg>',
    ],
)
def test_what_runs_is_known_whatever_it_is_called(head: bytes) -> None:
    assert is_program(head) or is_page(head)


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"%PDF-1.7",
        b"\x89PNG\r\n",
        b"\xff\xd8\xff\xe0",
        b"PK\x03\x04",
        b"GIF89a",
        b"Dear all,",
        b"a <html> b",
    ],
)
def test_what_is_only_shown_is_not_held_up(head: bytes) -> None:
    assert not is_program(head)
    assert not is_page(head)


def test_windows_gets_the_stream_of_a_download(tmp_path: Path) -> None:
    file = tmp_path / "a.pdf"
    file.write_bytes(b"%PDF")
    mark(file, platform="win32")
    # On other systems the stream is a file of its own beside it.
    assert (tmp_path / "a.pdf:Zone.Identifier").read_bytes() == b"[ZoneTransfer]\r\nZoneId=3\r\n"
    assert file.read_bytes() == b"%PDF"


def test_macos_is_asked_to_quarantine(tmp_path: Path) -> None:
    said: list[Sequence[str]] = []
    mark(tmp_path / "-a.pdf", platform="darwin", run=said.append)
    [words] = said
    assert words[:3] == ["/usr/bin/xattr", "-w", "com.apple.quarantine"]
    assert words[-1].startswith("/")


def test_a_disk_that_keeps_no_marks_is_no_obstacle(tmp_path: Path) -> None:
    def refuse(words: Sequence[str]) -> None:
        raise OSError("no attributes here")

    mark(tmp_path / "missing" / "a.pdf", platform="win32")
    mark(tmp_path / "a.pdf", platform="darwin", run=refuse)


def test_copies_that_must_not_be_changed_are_removed_all_the_same(tmp_path: Path) -> None:
    folder = make_copies_folder(tmp_path)
    (folder / "0a").mkdir()
    copy = folder / "0a" / "invoice.pdf"
    copy.write_bytes(b"%PDF")
    copy.chmod(0o400)
    with files_as_on_windows():
        remove_copies_folder(folder)
    assert not folder.exists()
