"""Decodes pictures of strangers within limits, for background threads: few formats, bounded size, nothing loaded."""

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QSize, Qt
from PySide6.QtGui import QImage, QImageReader

LARGEST_FILE = 25_000_000
_MOST_PIXELS = 30_000_000
_FORMATS = frozenset({b"png", b"jpeg", b"gif", b"webp", b"bmp"})
"""What is decoded. SVG is a document that can name other files, so it is not."""


def read_picture(content: bytes, room: QSize, ratio: float = 1.0) -> QImage | None:
    """The picture scaled down to fit `room` (device-independent), or None when it is not one that we decode."""
    if len(content) > LARGEST_FILE:
        return None
    data = QByteArray(content)
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer)
    reader.setDecideFormatFromContent(True)
    reader.setAutoTransform(True)
    size = reader.size()
    if bytes(reader.format().data()) not in _FORMATS or not size.isValid() or size.isEmpty():
        return None
    if size.width() * size.height() > _MOST_PIXELS:
        return None
    wanted = QSize(round(room.width() * ratio), round(room.height() * ratio))
    if size.width() > wanted.width() or size.height() > wanted.height():
        scaled = size.scaled(wanted, Qt.AspectRatioMode.KeepAspectRatio)
        reader.setScaledSize(scaled.expandedTo(QSize(1, 1)))
    image = reader.read()
    if image.isNull():
        return None
    image.setDevicePixelRatio(ratio)
    return image
