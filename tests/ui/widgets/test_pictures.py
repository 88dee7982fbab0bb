"""Pictures of strangers: few kinds, of bounded size, whatever they are called."""

import pytest
from PySide6.QtCore import QBuffer, QSize
from PySide6.QtGui import QImage

from ui.widgets.pictures import read_picture

SIZE = QSize(64, 64)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"><rect width="4" height="4"/></svg>'


def encoded(kind: str) -> bytes:
    image = QImage(4, 4, QImage.Format.Format_RGB32)
    image.fill(0xFF336699)
    buffer = QBuffer()
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    assert image.save(buffer, kind)  # type: ignore[call-overload]  # the stubs know no byte arrays here
    return bytes(buffer.data().data())


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_these_kinds_are_read(kind: str) -> None:
    image = read_picture(encoded(kind), SIZE, 1.0)
    assert image is not None
    assert not image.isNull()


@pytest.mark.parametrize("content", [encoded("PPM"), encoded("XPM"), SVG, b"icns\0\0\0\x10", b""])
def test_other_kinds_are_not_read(content: bytes) -> None:
    image = read_picture(content, SIZE, 1.0)
    assert image is None or image.isNull()
