"""A soft shadow under what floats: painted once on a small picture, whose edges are then drawn as long as needed.

Qt's own effect blurs all that floats again with every change of it, which takes longer than all else of a frame.
"""

from itertools import product

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPixmap


class SoftShadow:
    """The shadow of a rounded box. It fades out over `reach` pixels beyond the box and as many within."""

    def __init__(self, color: QColor, alpha: float, radius: int, reach: int) -> None:
        self.reach = reach
        self._corner = 2 * reach + radius
        self._picture = _painted(color, alpha, radius, reach, 2 * self._corner + 1)

    def paint(self, painter: QPainter, box: QRect) -> None:
        """Paint the shadow of a box, all around it."""
        area = box.adjusted(-self.reach, -self.reach, self.reach, self.reach)
        corner = min(self._corner, area.width() // 2, area.height() // 2)
        side = self._picture.width()
        from_edges = (0, corner, side - corner, side)
        x_edges = (area.left(), area.left() + corner, area.right() + 1 - corner, area.right() + 1)
        y_edges = (area.top(), area.top() + corner, area.bottom() + 1 - corner, area.bottom() + 1)
        for column, row in product(range(3), range(3)):
            if (column, row) != (1, 1):
                painter.drawPixmap(
                    _between(x_edges, y_edges, column, row),
                    self._picture,
                    _between(from_edges, from_edges, column, row),
                )


def _between(x_edges: tuple[int, ...], y_edges: tuple[int, ...], column: int, row: int) -> QRect:
    x, y = x_edges[column], y_edges[row]
    return QRect(x, y, x_edges[column + 1] - x, y_edges[row + 1] - y)


def _painted(color: QColor, alpha: float, radius: int, reach: int, side: int) -> QPixmap:
    picture = QPixmap(side, side)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    layer = QColor(Qt.GlobalColor.black)
    layer.setAlphaF(1 - (1 - alpha) ** (1 / reach))
    painter.setBrush(layer)
    for step in range(reach):
        inset = 2 * step
        rest = max(radius, radius + reach - inset)
        painter.drawRoundedRect(QRectF(inset, inset, side - 2 * inset, side - 2 * inset), rest, rest)
    # The colour comes last: in so thin layers it would be rounded to another one.
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceIn)
    painter.fillRect(picture.rect(), color)
    painter.end()
    return picture
