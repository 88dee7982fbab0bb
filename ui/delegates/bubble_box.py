"""The box of a message: rounded, with a nearly square corner on the side of who wrote, in the colour of its kind."""

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPen, QPixmap

from ui.models.timeline import EntryKind
from ui.theme import ThemeManager
from ui.tokens import ColorRole, Radius

SIDE = 13
TOP = 9
BOTTOM = TOP + 1
"""What a box keeps free around its content."""
GAP = 4
"""Between the parts of a message, one below the other."""
HEAD_GAP = 8
"""Between author and place, and between the buttons below the text, a little more."""
LINK_GAP = 10
MENU_WIDTH, MENU_HEIGHT = 22, 18
"""The button of the message's menu, which has its room in the head also while it is not shown."""
_TIP = 4
"""Radius of the corner that points at who wrote."""

_FILL = {
    EntryKind.THEIRS: ColorRole.BUBBLE_IN,
    EntryKind.OURS: ColorRole.BUBBLE_OUT,
    EntryKind.NOTE: ColorRole.NOTE,
}


def draw_bubble(
    painter: QPainter, themes: ThemeManager, box: QRectF, kind: EntryKind, *, focused: bool = False
) -> None:
    """Draw the box of a message; `focused` while it has the keyboard."""
    painter.setBrush(themes.color(_FILL.get(kind, ColorRole.BUBBLE_IN)))
    left = kind is EntryKind.THEIRS
    if not focused and kind is not EntryKind.NOTE:
        # Without a border two boxes over each other are the same as one outline, and much faster.
        painter.setPen(Qt.PenStyle.NoPen)
        radius = Radius.BUBBLE
        painter.drawRoundedRect(box, radius, radius)
        corner = QPointF(box.left() if left else box.right() - 2 * radius, box.top())
        painter.drawRoundedRect(QRectF(corner.x(), corner.y(), 2 * radius, 2 * radius), _TIP, _TIP)
        return
    border = ColorRole.ACCENT if focused else ColorRole.NOTE_BORDER
    pen = QPen(themes.color(border), 2 if focused else 1)
    inset = pen.widthF() / 2
    painter.setPen(pen)
    painter.drawPath(_outline(box.adjusted(inset, inset, -inset, -inset), tip_left=left))


class BubbleBoxes:
    """Draws the boxes of many messages: the corners are made once, what is between them is filled."""

    def __init__(self, themes: ThemeManager) -> None:
        self._themes = themes
        self._corners: dict[tuple[EntryKind, float], QPixmap] = {}

    def draw(self, painter: QPainter, box: QRect, kind: EntryKind, ratio: float) -> None:
        """Draw the box of a message that does not have the keyboard."""
        if kind is EntryKind.NOTE:
            draw_bubble(painter, self._themes, QRectF(box), kind)
            return
        corners = self._corners.get((kind, ratio))
        if corners is None:
            corners = self._corners[kind, ratio] = self._make(kind, ratio)
        side = Radius.BUBBLE
        left, top, width, height = box.left(), box.top(), box.width(), box.height()
        right, bottom, pixels = left + width - side, top + height - side, side * ratio
        far = 3 * pixels
        for x, y, source_x, source_y in (
            (left, top, 0, 0),
            (right, top, far, 0),
            (left, bottom, 0, far),
            (right, bottom, far, far),
        ):
            painter.drawPixmap(QRectF(x, y, side, side), corners, QRectF(source_x, source_y, pixels, pixels))
        color = self._themes.color(_FILL[kind])
        painter.fillRect(left + side, top, width - 2 * side, side, color)
        painter.fillRect(left, top + side, width, height - 2 * side, color)
        painter.fillRect(left + side, bottom, width - 2 * side, side, color)

    def _make(self, kind: EntryKind, ratio: float) -> QPixmap:
        """A box without anything between its corners."""
        side = 4 * Radius.BUBBLE  # the tip takes half of it
        pixmap = QPixmap(round(side * ratio), round(side * ratio))
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        draw_bubble(painter, self._themes, QRectF(0, 0, side, side), kind)
        painter.end()
        return pixmap


def _outline(box: QRectF, *, tip_left: bool) -> QPainterPath:
    """The edge of a box."""
    tip, radius = float(_TIP), float(Radius.BUBBLE)
    left, right = (tip, radius) if tip_left else (radius, tip)
    path = QPainterPath(QPointF(box.left() + left, box.top()))
    path.lineTo(box.right() - right, box.top())
    _corner(path, box.topRight(), QPointF(box.right(), box.top() + right))
    path.lineTo(box.right(), box.bottom() - radius)
    _corner(path, box.bottomRight(), QPointF(box.right() - radius, box.bottom()))
    path.lineTo(box.left() + radius, box.bottom())
    _corner(path, box.bottomLeft(), QPointF(box.left(), box.bottom() - radius))
    path.lineTo(box.left(), box.top() + left)
    _corner(path, box.topLeft(), QPointF(box.left() + left, box.top()))
    return path


def _corner(path: QPainterPath, corner: QPointF, end: QPointF) -> None:
    """Around a corner: two thirds of the way to it on either side come close to a quarter of a circle."""
    start = path.currentPosition()
    near = 0.5523
    path.cubicTo(start + (corner - start) * near, end + (corner - end) * near, end)
