"""Pictures of strangers: few kinds, of bounded size, whatever they are called, decoded in a process of its own."""

import struct
import zlib
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QBuffer, QSize
from PySide6.QtGui import QImage

from ui.decoding import LARGEST_FILE, decode_picture
from ui.pictures import PictureReader

SIZE = QSize(64, 64)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"><rect width="4" height="4"/></svg>'


def encoded(kind: str, width: int = 4, height: int = 4) -> bytes:
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(0xFF336699)
    buffer = QBuffer()
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    assert image.save(buffer, kind)  # type: ignore[call-overload]  # the stubs know no byte arrays here
    return bytes(buffer.data().data())


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(width: int, height: int, rows: int | None = None) -> bytes:
    """A picture of one colour that takes little room in a file, and says that it has this size."""
    data = zlib.compress((b"\0" + b"\x80" * ((width + 7) // 8)) * (height if rows is None else rows), 9)
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def gif(*colors: bytes) -> bytes:
    """Frames of 2 by 2 pixels, one in each of these colours."""
    frames = b"".join(
        b"\x21\xf9\x04\x00\x0a\x00\x00\x00\x2c"
        + struct.pack("<HHHHB", 0, 0, 2, 2, 0x80)
        + color
        + b"\xff\xff\xff"
        b"\x02\x03\x84\x00\x05\x00"
        for color in colors
    )
    return b"GIF89a" + struct.pack("<HHBBB", 2, 2, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff" + frames + b";"


@pytest.fixture(scope="module")
def reader() -> Iterator[PictureReader]:
    reader = PictureReader()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ui.pictures.SECONDS", 60.0)  # this computer may have much else to do
        yield reader
    reader.close()


def read(reader: PictureReader, content: bytes, room: QSize = SIZE, ratio: float = 1.0) -> QImage | None:
    return reader.read(str(hash(content)), lambda: content, room, ratio)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_these_kinds_are_read(reader: PictureReader, kind: str) -> None:
    image = read(reader, encoded(kind))
    assert image is not None
    color = image.pixelColor(1, 1)
    assert (image.width(), image.height(), color.alpha()) == (4, 4, 255)
    assert abs(color.red() - 0x33) + abs(color.green() - 0x66) + abs(color.blue() - 0x99) < 9


@pytest.mark.parametrize("content", [encoded("PPM"), encoded("XPM"), SVG, b"icns\0\0\0\x10", b""])
def test_other_kinds_are_not_read(reader: PictureReader, content: bytes) -> None:
    assert read(reader, content) is None


def test_a_large_picture_is_scaled_down_to_its_room(reader: PictureReader) -> None:
    image = read(reader, png(6_000, 3_000), QSize(200, 200), 2.0)
    assert image is not None
    assert (image.width(), image.height(), image.devicePixelRatio()) == (400, 200, 2.0)


@pytest.mark.parametrize(
    "bomb",
    [
        png(10_000, 10_000),
        png(40_000, 40_000, rows=10),
        png(2_000_000_000, 2, rows=0),
        png(60, 60)[:60],
        png(60, 60, rows=0)[:-20],
        b"\x89PNG\r\n\x1a\n" + b"\0" * 5_000,
        encoded("JPEG", 200, 200)[:300],
        b"GIF89a" + b"\xff" * 5_000,
        b"RIFF\xff\xff\xff\xffWEBPVP8 " + b"\xff" * 5_000,
        b"BM" + b"\xff" * 5_000,
        b"\0" * (LARGEST_FILE + 1),
    ],
    ids=lambda bomb: f"{bomb[:4]!r} {len(bomb)}",
)
def test_bombs_and_torn_pictures_end_without_harm(reader: PictureReader, bomb: bytes) -> None:
    image = read(reader, bomb)
    assert image is None or image.width() <= SIZE.width()
    assert read(reader, encoded("PNG")) is not None  # the next one is read as ever


def test_the_first_of_moving_pictures_is_shown(reader: PictureReader) -> None:
    image = read(reader, gif(b"\xff\0\0", b"\0\xff\0"))
    assert image is not None
    assert image.pixelColor(0, 0).name() == "#ff0000"


def test_what_takes_too_long_or_kills_the_process_has_no_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.pictures.SECONDS", 0.0)
    reader = PictureReader()
    try:
        assert read(reader, png(5_000, 5_000)) is None
        monkeypatch.setattr("ui.pictures.SECONDS", 60.0)
        assert read(reader, encoded("PNG")) is not None
    finally:
        reader.close()


def test_small_pictures_are_decoded_once(reader: PictureReader) -> None:
    asked: list[int] = []

    def content() -> bytes:
        asked.append(1)
        return encoded("PNG", 9, 9)

    first, second = (reader.read("the same", content, SIZE) for _ in range(2))
    assert first == second
    assert first is not None
    assert reader.read("the same", content, QSize(5, 5)) is not None
    assert len(asked) == 2


def test_nothing_is_decoded_in_this_process(reader: PictureReader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.decoding.QImageReader", None)
    assert read(reader, encoded("PNG", 11, 11)) is not None
    with pytest.raises(AttributeError):
        decode_picture(encoded("PNG"), 64, 64)
