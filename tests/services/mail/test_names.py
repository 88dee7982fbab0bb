"""File names and lines from outside are safe to show and to save."""

import unicodedata
from pathlib import PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.services.mail.names import MAX_FILE_NAME_BYTES, clean_file_name, clean_line

DEVICES = {"CON", "PRN", "AUX", "NUL"} | {
    f"{port}{number}" for port in ("COM", "LPT") for number in range(10)
}


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("report.pdf", "report.pdf"),
        ("../../etc/passwd", "passwd"),
        (r"C:\Users\x\evil.exe", "evil.exe"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("a\u200bb\u2066c.txt", "abc.txt"),
        ("con.txt", "_con.txt"),
        ("COM1", "_COM1"),
        ("aux .tar", "_aux .tar"),
        ("%APPDATA%x.bat", "_APPDATA_x.bat"),
        ("a\r\nb\x00c.txt", "a b c.txt"),
        ("x.pdf      .exe", "x.pdf .exe"),
        (".htaccess", "htaccess"),
        ("name.txt. . .", "name.txt"),
        ("...", "attachment"),
        ("", "attachment"),
        ("Grüße aus 北京.docx", "Grüße aus 北京.docx"),
        ("a:b|c?.txt", "a_b_c_.txt"),
        ("-rf.txt", "rf.txt"),
        ("\uff0fetc\uff0fpasswd", "passwd"),
    ],
)
def test_file_names(name: str, clean: str) -> None:
    assert clean_file_name(name) == clean


def test_long_names_keep_their_extension() -> None:
    clean = clean_file_name("ü" * 5_000 + ".pdf")
    assert clean.startswith("üü")
    assert len(clean.encode()) <= MAX_FILE_NAME_BYTES
    assert clean_file_name("x" * 300 + ".pdf").endswith("x.pdf")


@given(st.text(max_size=400))
def test_every_name_stays_inside_its_folder_and_is_clean_at_once(name: str) -> None:
    clean = clean_file_name(name)
    assert clean == clean_file_name(clean)
    assert PureWindowsPath(clean).name == clean
    assert clean.partition(".")[0].strip().upper() not in DEVICES
    assert clean not in {"", ".", ".."}
    assert not any(unicodedata.category(char) == "Cc" for char in clean)
    assert len(clean.encode()) <= MAX_FILE_NAME_BYTES + 1


@given(st.text(alphabet=st.characters(codec=None), max_size=100))
def test_a_line_is_one_line_that_can_be_stored(text: str) -> None:
    line = clean_line(text)
    line.encode("utf-8")
    assert len(line.splitlines()) <= 1
    assert line == clean_line(line)
