"""winmail.dat is opened: what was attached is attached, whatever follows a broken length is left out."""

import base64
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.services.mail.parse import parse_mail
from agent_desktop.services.mail.rich_text import decompress, rtf_to_text
from agent_desktop.services.mail.tnef import SIGNATURE, read_tnef

IID_MESSAGE = bytes.fromhex("0703020000000000c000000000000046")


def attribute(number: int, value: bytes, level: int = 1) -> bytes:
    """One attribute; the checksum is not looked at."""
    return struct.pack("<BHHI", level, number, 0x0006, len(value)) + value + b"\0\0"


def pad(value: bytes) -> bytes:
    """Filled up to a multiple of four."""
    return value + b"\0" * (-len(value) % 4)


def text_property(number: int, text: str) -> bytes:
    """A Unicode property."""
    value = (text + "\0").encode("utf-16-le")
    return struct.pack("<HHII", 0x001F, number, 1, len(value)) + pad(value)


def properties(*found: bytes) -> bytes:
    """A list of properties."""
    return struct.pack("<I", len(found)) + b"".join(found)


def file(name: str, content: bytes, *found: bytes) -> bytes:
    """An attached file with a short name and properties."""
    return (
        attribute(0x9002, b"\0" * 14, 2)
        + attribute(0x8010, name.encode("cp1252") + b"\0", 2)
        + attribute(0x800F, content, 2)
        + attribute(0x9005, properties(*found), 2)
    )


def tnef(*attributes: bytes) -> bytes:
    """A whole winmail.dat."""
    return SIGNATURE + b"\1\0" + attribute(0x9007, struct.pack("<II", 1252, 0)) + b"".join(attributes)


NAMED = (
    struct.pack("<HH", 0x0003, 0x8001)
    + b"\0" * 16
    + struct.pack("<II", 1, 6)
    + pad("abc".encode("utf-16-le"))
    + b"\0" * 4
)
MANY = struct.pack("<HHI", 0x1003, 0x6001, 2) + b"\0" * 8
FILES = tnef(
    attribute(
        0x9003, properties(NAMED, MANY, text_property(0x1000, "Grüße"), text_property(0x0037, "Order"))
    ),
    file(
        "ORDER~1.PDF",
        b"%PDF",
        text_property(0x3707, "order – two.pdf"),
        text_property(0x370E, "application/pdf"),
    ),
    file("größe.txt", b"text"),
)


def test_files_have_their_long_names() -> None:
    packed = read_tnef(FILES)
    assert packed is not None
    assert (packed.subject, packed.text, packed.whole) == ("Order", "Grüße", True)
    assert [(one.name, one.content) for one in packed.files] == [
        ("order – two.pdf", b"%PDF"),
        ("größe.txt", b"text"),
    ]


def test_an_attached_mail_becomes_a_text_and_its_files() -> None:
    value = IID_MESSAGE + FILES
    inner = struct.pack("<HHII", 0x000D, 0x3701, 1, len(value)) + pad(value)
    packed = read_tnef(tnef(file("", b"", inner)))
    assert packed is not None
    assert [one.name for one in packed.files] == ["Order.txt", "order – two.pdf", "größe.txt"]
    assert packed.files[0].content.decode() == "Grüße"


def mail(packed: bytes, text: bytes = b"Hello") -> bytes:
    """A mail that brings a winmail.dat."""
    return (
        b"From: a@b\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\n" + text
        + b"\n--b\nContent-Type: application/ms-tnef; name=winmail.dat\nContent-Transfer-Encoding: base64\n\n"
        + base64.encodebytes(packed) + b"--b--\n"
    )  # fmt: skip


def test_a_mail_brings_the_files_instead_of_winmail() -> None:
    read = parse_mail(mail(FILES))
    assert [(one.name, one.media_type) for one in read.attachments] == [
        ("order – two.pdf", "application/pdf"),
        ("größe.txt", "text/plain"),
    ]
    assert (read.text, read.problems) == ("Hello", ())


def test_its_text_is_shown_where_the_mail_has_none() -> None:
    assert parse_mail(mail(FILES, b"")).text == "Grüße"


def test_what_is_no_winmail_stays_whole() -> None:
    read = parse_mail(mail(b"something else"))
    assert [(one.name, one.content) for one in read.attachments] == [("winmail.dat", b"something else")]


@pytest.mark.parametrize("cut", range(10, len(FILES), 23))
def test_a_broken_winmail_gives_what_is_before_the_break(cut: int) -> None:
    packed = read_tnef(FILES[:cut])
    assert packed is not None
    assert len(packed.files) <= 2


@given(st.integers(6, len(FILES) - 1), st.binary(min_size=1, max_size=6))
def test_any_bytes_are_read(place: int, change: bytes) -> None:
    packed = read_tnef(FILES[:place] + change + FILES[place + len(change) :])
    assert packed is not None
    assert sum(len(one.content) for one in packed.files) <= 2 * len(FILES)


def test_rich_text_is_unpacked_as_its_specification_shows() -> None:
    packed = bytes.fromhex(
        "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0"
    )
    rtf = b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"
    assert decompress(packed) == rtf
    assert decompress(packed, 12) == rtf[:12]
    crossing = bytes.fromhex("1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0")
    assert decompress(crossing) == b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}"


@pytest.mark.parametrize(
    ("rtf", "text"),
    [
        (
            rb"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}Gr\'fc\'dfe\par an \b alle\b0 !}",
            "Grüße\nan alle!",
        ),
        (rb"{\rtf1 a\u8364?b \uc2\u8364xyz \{\}\\}", "a€b €z {}\\"),
        (rb"{\rtf1 {\*\generator x;}{\pict 00ff}seen\emdash}", "seen—"),
        (rb"{\rtf1 \u-10179?\u-8704?}", "\U0001f600"),
        (b"no rtf", ""),
    ],
)
def test_the_words_of_rich_text_are_read(rtf: bytes, text: str) -> None:
    assert rtf_to_text(rtf) == text


@given(st.binary(max_size=60), st.sampled_from([0x75465A4C, 0x414C454D, 1]), st.integers(0, 2**31))
def test_any_compressed_text_is_read(data: bytes, kind: int, size: int) -> None:
    assert len(decompress(struct.pack("<IIII", 0, size, kind, 0) + data)) <= min(size, 20 * len(data))


RTF_PARTS = st.sampled_from(
    [b"{", b"}", b"\\par ", b"\\u99999 ", b"\\'e", b"\\'ff", b"\\*", b"\\uc9", b"\\", b"a", b"\\u-1 "]
)


@given(st.lists(RTF_PARTS).map(b"".join))
def test_any_rich_text_is_read(rtf: bytes) -> None:
    rtf_to_text(b"{\\rtf1" + rtf).encode("utf-8")
