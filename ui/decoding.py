"""Decodes one picture of a stranger within limits, in whichever process: few formats, bounded size, nothing loaded."""

from typing import Final, NamedTuple

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QSize, Qt
from PySide6.QtGui import QImage, QImageReader

LARGEST_FILE: Final = 25_000_000
MOST_PIXELS: Final = 40_000_000
_MEGABYTES: Final = 200
"""Of memory for one picture, by Qt's own count: what says that it is small may not be."""
_FORMATS: Final = frozenset({b"png", b"jpeg", b"gif", b"webp", b"bmp"})
"""What is decoded. SVG is a document that can name other files, so it is not."""


class Pixels(NamedTuple):
    """A picture as it goes from one process to another: 32 bits for each pixel, premultiplied."""

    width: int
    height: int
    bits: bytes


def decode_picture(content: bytes, width: int, height: int) -> Pixels | None:
    """The first frame, scaled down to fit so many pixels; None when it is not one that we decode."""
    if len(content) > LARGEST_FILE:
        return None
    data = QByteArray(content)
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    QImageReader.setAllocationLimit(_MEGABYTES)
    reader = QImageReader(buffer)
    reader.setDecideFormatFromContent(True)
    reader.setAutoTransform(True)
    size = reader.size()
    if bytes(reader.format().data()) not in _FORMATS or not size.isValid() or size.isEmpty():
        return None
    if size.width() * size.height() > MOST_PIXELS:
        return None
    room = QSize(width, height)
    if size.width() > width or size.height() > height:
        scaled = size.scaled(room, Qt.AspectRatioMode.KeepAspectRatio)
        reader.setScaledSize(scaled.expandedTo(QSize(1, 1)))
    image = reader.read()
    if image.isNull():
        return None
    if image.width() > width or image.height() > height:  # it was turned
        image = image.scaled(room, Qt.AspectRatioMode.KeepAspectRatio)
    image.convertTo(QImage.Format.Format_ARGB32_Premultiplied)
    return Pixels(image.width(), image.height(), bytes(image.constBits()))
