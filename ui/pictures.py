"""Decodes pictures of strangers in a process of its own, for background threads; small ones are remembered."""

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QSize
from PySide6.QtGui import QImage

from ui.decoding import LARGEST_FILE, Pixels, decode_picture

if TYPE_CHECKING:
    from agent_desktop.services.mail.bounded import BoundedWorker

SECONDS: Final = 5.0
_MEMORY_BYTES: Final = 2 * 1024**3
"""Of addresses, most of which are libraries: what is used is bounded by Qt's own limit."""
_REMEMBERED: Final = 100
_SMALL_BYTES: Final = 600_000


class PictureReader:
    """One for a program; its process starts with the first picture. Its methods may be called on any thread."""

    def __init__(self) -> None:
        self._worker: BoundedWorker | None = None
        self._lock = Lock()
        self._known: OrderedDict[tuple[str, int, int], QImage] = OrderedDict()

    def read(
        self, sha256: str, content: Callable[[], bytes | None], room: QSize, ratio: float = 1.0
    ) -> QImage | None:
        """The picture scaled down to fit `room` (device-independent); None when it is not here, or none that we decode.

        Not for the GUI thread. What `content` gives is the file of this SHA-256.
        """
        width, height = round(room.width() * ratio), round(room.height() * ratio)
        key = (sha256, width, height)
        with self._lock:
            if (known := self._known.get(key)) is not None:
                self._known.move_to_end(key)
                return known
        found = content()
        image = None if found is None or len(found) > LARGEST_FILE else self._decoded(found, width, height)
        if image is None:
            return None
        image.setDevicePixelRatio(ratio)
        if image.sizeInBytes() <= _SMALL_BYTES:
            with self._lock:
                self._known[key] = image
                if len(self._known) > _REMEMBERED:
                    self._known.popitem(last=False)
        return image

    def close(self) -> None:
        """End the process."""
        if self._worker is not None:
            self._worker.close()

    def _decoded(self, content: bytes, width: int, height: int) -> QImage | None:
        from agent_desktop.services.mail.bounded import BoundedWorker, WorkerError

        with self._lock:
            if self._worker is None:
                self._worker = BoundedWorker(memory_bytes=_MEMORY_BYTES)
            worker = self._worker
        try:
            pixels = worker.call(decode_picture, content, width, height, seconds=SECONDS)
        except WorkerError:
            return None
        return None if pixels is None else _image(pixels)


def _image(pixels: Pixels) -> QImage:
    stride = pixels.width * 4
    image = QImage(
        pixels.bits, pixels.width, pixels.height, stride, QImage.Format.Format_ARGB32_Premultiplied
    )
    return image.copy()  # which owns its bytes
