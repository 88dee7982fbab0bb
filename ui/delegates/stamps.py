"""Small pictures that many rows share, painted once: a chip with its words, a badge, a round."""

from collections.abc import Callable, Hashable

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPixmap

_MOST = 256
"""More than this and all are painted anew: tags and times come and go, few of them are on screen."""


class Stamps:
    """Keeps pictures by what they show. Forget them when the theme changes."""

    def __init__(self) -> None:
        self._pictures: dict[tuple[Hashable, float], QPixmap] = {}

    def forget(self) -> None:
        """Paint everything anew."""
        self._pictures.clear()

    def get(self, shows: Hashable, size: QSize, ratio: float, paint: Callable[[QPainter], None]) -> QPixmap:
        """The picture of this at a device pixel ratio; `paint` makes it on nothing, in logical pixels of `size`."""
        picture = self._pictures.get((shows, ratio))
        if picture is None:
            if len(self._pictures) >= _MOST:
                self._pictures.clear()
            picture = self._pictures[shows, ratio] = _painted(size, ratio, paint)
        return picture


def _painted(size: QSize, ratio: float, paint: Callable[[QPainter], None]) -> QPixmap:
    picture = QPixmap((size.toSizeF() * ratio).toSize())
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    paint(painter)
    painter.end()
    return picture
