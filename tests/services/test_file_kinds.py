"""Files are known by name and by content; whoever opens one is told what may happen, and when the two disagree."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from agent_desktop.services.file_kinds import Risk, disagreement, is_archive, risk_inside, risk_of
from agent_desktop.services.mail.names import clean_file_name

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@pytest.mark.parametrize(
    ("name", "risk"),
    [
        ("setup.exe", Risk.PROGRAM), ("a.pdf.exe", Risk.PROGRAM), ("x.JS", Risk.PROGRAM), ("a.exe. ", Risk.PROGRAM),
        ("a.scr", Risk.PROGRAM), ("a.vbs", Risk.PROGRAM), ("a.ps1", Risk.PROGRAM), ("a.sh", Risk.PROGRAM),
        ("link.lnk", Risk.SHORTCUT), ("x.desktop", Risk.SHORTCUT), ("x.url", Risk.SHORTCUT),
        ("photos.library-ms", Risk.SHORTCUT), ("x.search-ms", Risk.SHORTCUT), ("x.inetloc", Risk.SHORTCUT),
        ("x.iqy", Risk.SHORTCUT), ("bin.{645FF040-5081-101B-9F08-00AA002F954E}", Risk.SHORTCUT),
        ("help.chm", Risk.PROGRAM), ("x.wsb", Risk.PROGRAM), ("x.appref-ms", Risk.PROGRAM), ("a.pyz", Risk.PROGRAM),
        ("set.diagcab", Risk.PROGRAM), ("x.mobileconfig", Risk.PROGRAM), ("nice.theme", Risk.PROGRAM),
        ("notes.one", Risk.MACROS), ("data.mdb", Risk.MACROS), ("data.xml", Risk.PAGE),
        ("page.html", Risk.PAGE), ("pic.svg", Risk.PAGE), ("old.hta", Risk.PAGE), ("mail.mht", Risk.PAGE),
        ("macro.docm", Risk.MACROS), ("table.xlsm", Risk.MACROS), ("addin.xlam", Risk.MACROS), ("a.rtf", Risk.MACROS),
        ("tool.iso", Risk.DISK), ("tool.img", Risk.DISK), ("tool.VHDX", Risk.DISK),
        ("run", Risk.UNKNOWN), ("", Risk.UNKNOWN), ("trailing.", Risk.UNKNOWN),
    ],
)  # fmt: skip
def test_files_that_may_run_are_known(name: str, risk: Risk) -> None:
    assert risk_of(name) is risk


@pytest.mark.parametrize(
    "name",
    ["invoice.pdf", "photo.jpeg", "notes.txt", "table.xlsx", "letter.docx", "a.zip", "old.doc", "e.eml"],
)
def test_files_that_are_only_shown_open_at_once(name: str) -> None:
    assert risk_of(name) is None


@pytest.mark.parametrize(
    ("arrived", "shown", "risk"),
    [
        ("invoice\u202efdp.exe", "invoicefdp.exe", Risk.PROGRAM),
        ("../../.bashrc", "bashrc", Risk.UNKNOWN),
        ("C:\\Windows\\evil.bat", "evil.bat", Risk.PROGRAM),
        ("CON.txt", "_CON.txt", None),
        ("nul", "_nul", Risk.UNKNOWN),
        ("invoice.pdf                              .exe", "invoice.pdf .exe", Risk.PROGRAM),
        ("a.exe\x00.pdf", "a.exe .pdf", None),
        ("a.e\u200bxe", "a.exe", Risk.PROGRAM),
        ("a.e\u00adxe. . .", "a.exe", Risk.PROGRAM),
        ("%APPDATA%\\start.cmd", "start.cmd", Risk.PROGRAM),
        ("x" * 400 + ".exe", "x" * 196 + ".exe", Risk.PROGRAM),
    ],
)
def test_a_name_is_judged_as_it_is_shown_and_saved(arrived: str, shown: str, risk: Risk | None) -> None:
    assert clean_file_name(arrived) == shown
    assert risk_of(shown) is risk


@given(st.text(max_size=60), st.sampled_from([".exe", ".lnk", ".html", ".docm", ".iso"]))
@example("\\", ".exe")
@example("/folder/..", ".lnk")
def test_nothing_before_it_hides_an_ending(start: str, ending: str) -> None:
    shown = clean_file_name(f"a{start}{ending}")
    # Of a folder and an ending alone the ending is the name: no system runs that, and it is asked about all the same.
    assert risk_of(shown) is (Risk.UNKNOWN if shown == ending[1:] else risk_of(f"a{ending}"))


@pytest.mark.parametrize(
    ("name", "content", "risk"),
    [
        ("invoice.pdf", b"MZ\x90\0", Risk.PROGRAM),
        ("photo.jpg", b"#!/bin/sh", Risk.PROGRAM),
        ("notes.txt", b"<html><script>", Risk.PAGE),
        ("invoice.xml", b"<?xml version='1.0'?><svg>", Risk.PAGE),
        ("old.doc", OLE + b"\0" * 900 + "_VBA_PROJECT".encode("utf-16-le"), Risk.MACROS),
        ("letter.docx", b"PK\x03\x04" + b"\0" * 900 + b"word/vbaProject.bin", Risk.MACROS),
        ("old.doc", OLE + b"\0" * 900, None),
        ("packed.zip", b"PK\x03\x04" + b"\0" * 900 + b"word/vbaProject.bin", None),
        ("invoice.pdf", b"%PDF-1.7", None),
        ("empty.txt", b"", None),
    ],
)
def test_content_says_what_a_name_hides(name: str, content: bytes, risk: Risk | None) -> None:
    assert risk_inside(name, content) is risk


@pytest.mark.parametrize(
    ("name", "head", "words"),
    [
        ("a.pdf", b"MZ\x90\0", "called a PDF document, but it is a program"),
        ("a.png", b"%PDF-1.7", "called a picture, but it is a PDF document"),
        ("a.jpg", b"PK\x03\x04", "called a picture, but it is a ZIP archive"),
        ("a.docx", OLE, "called a document, but it is an Office document of the old kind"),
        ("a.docx", b"PK\x03\x04", ""),
        ("a.pdf", b"%PDF-1.7", ""),
        ("a.png", b"\xff\xd8\xff", ""),
        ("a.webp", b"RIFF\0\0\0\0WEBP", ""),
        ("a.txt", b"%PDF-1.7", ""),
        ("a.pdf", b"", ""),
    ],
)
def test_a_name_that_promises_something_else_is_noticed(name: str, head: bytes, words: str) -> None:
    assert (words in disagreement(name, head)) if words else disagreement(name, head) == ""


def test_archives_are_known() -> None:
    assert all(map(is_archive, ("a.zip", "a.tar.GZ", "a.7z", "a.rar")))
    assert not any(map(is_archive, ("a.pdf", "zip", "a.docx")))
