"""Small drawings that widgets and delegates share: mixed colours, rounded boxes, avatars and chips."""

from zlib import crc32

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen

CHIP_PADDING = 7
AVATAR_INK = QColor(Qt.GlobalColor.white)


def mix(first: QColor, second: QColor, share: float) -> QColor:
    """`first` with `share` (0 to 1) of `second` in it."""
    rest = 1 - share
    return QColor(
        round(first.red() * rest + second.red() * share),
        round(first.green() * rest + second.green() * share),
        round(first.blue() * rest + second.blue() * share),
    )


def avatar_color(avatars: tuple[str, ...], name: str) -> QColor:
    """The colour that belongs to a name: the same on every machine and in every session."""
    return QColor(avatars[crc32(name.encode()) % len(avatars)])


def draw_box(
    painter: QPainter,
    rect: QRectF,
    radius: float,
    fill: QColor | None,
    border: QColor | None = None,
    width: float = 1,
) -> None:
    """A rounded rectangle whose border lies wholly inside `rect`."""
    painter.setBrush(fill if fill is not None else Qt.BrushStyle.NoBrush)
    if border is None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.drawRoundedRect(rect, radius, radius)
        return
    painter.setPen(QPen(border, width))
    inset = width / 2
    painter.drawRoundedRect(rect.adjusted(inset, inset, -inset, -inset), radius - inset, radius - inset)


def draw_avatar(painter: QPainter, rect: QRectF, initials: str, color: QColor, font: QFont) -> None:
    """A round of `color` with white initials."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.drawEllipse(rect)
    painter.setFont(font)
    painter.setPen(AVATAR_INK)
    painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, initials)


def chip_height(metrics: QFontMetrics) -> int:
    """How high a chip is whose text has these metrics."""
    return metrics.height() + 4


def chip_width(metrics: QFontMetrics, text: str) -> int:
    """How wide a chip with this text is."""
    return metrics.horizontalAdvance(text) + 2 * CHIP_PADDING


def draw_chip(
    painter: QPainter, rect: QRectF, text: str, ink: QColor, ground: QColor, metrics: QFontMetrics
) -> None:
    """A rounded label. The painter's font must be the one of `metrics`."""
    draw_box(painter, rect, rect.height() / 2, ground)
    painter.setPen(ink)
    baseline = rect.y() + (rect.height() - metrics.height()) / 2 + metrics.ascent()
    painter.drawText(QPointF(rect.x() + CHIP_PADDING, baseline), text)
