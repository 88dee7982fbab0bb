"""One recipient: a round label that can be taken out or written anew, by mouse and by keys."""

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.fonts import FontRole, role_font
from ui.models.tool_tip import plain_tool_tip
from ui.paint import draw_box
from ui.theme import ThemeManager
from ui.tokens import ColorRole

_SIDE, _ABOVE, _CROSS = 8, 3, 14
_WIDEST = 260


class AddressChip(QWidget):
    """Delete or Backspace takes it out, Enter writes it anew, arrows go on to its neighbours."""

    removed = Signal()
    edited = Signal()
    stepped = Signal(int)

    def __init__(self, themes: ThemeManager, address: str, wrong: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._themes = themes
        self.address = address
        self._wrong = wrong
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setToolTip(plain_tool_tip(wrong or address))
        said = f"{address}. {wrong}" if wrong else address
        self.setAccessibleName(f"{said}. Delete takes it out, Enter changes it")

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(role_font(FontRole.SECONDARY))
        width = metrics.horizontalAdvance(self.address) + 1 + 2 * _SIDE + _CROSS
        return QSize(min(width, _WIDEST), metrics.height() + 2 * _ABOVE)

    def paintEvent(self, event: QPaintEvent) -> None:
        wrong = bool(self._wrong)
        ground = ColorRole.DANGER_SOFT if wrong else ColorRole.SUNKEN
        ink = self._themes.color(ColorRole.DANGER if wrong else ColorRole.TEXT)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        radius = self.height() / 2
        border = self._themes.color(ColorRole.ACCENT) if self.hasFocus() else None
        if border is None:
            draw_box(painter, QRectF(self.rect()), radius, self._themes.color(ground))
        else:
            draw_box(painter, QRectF(self.rect()), radius, self._themes.color(ground), border, 1.5)
        font = role_font(FontRole.SECONDARY)
        metrics = QFontMetrics(font)
        painter.setFont(font)
        painter.setPen(ink)
        room = self.width() - 2 * _SIDE - _CROSS
        words = metrics.elidedText(self.address, Qt.TextElideMode.ElideMiddle, room)
        painter.drawText(_SIDE, _ABOVE + metrics.ascent(), words)
        painter.setPen(QPen(ink if wrong else self._themes.color(ColorRole.TEXT_3), 1.2))
        middle = QPoint(self.width() - _SIDE - 3, self.height() // 2)
        for step in (1, -1):
            painter.drawLine(middle + QPoint(-3, -3 * step), middle + QPoint(3, 3 * step))
        painter.end()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            over_cross = event.position().x() >= self.width() - _SIDE - _CROSS
            (self.removed if over_cross else self.edited).emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Delete | Qt.Key.Key_Backspace:
                self.removed.emit()
            case Qt.Key.Key_Return | Qt.Key.Key_Enter | Qt.Key.Key_Space:
                self.edited.emit()
            case Qt.Key.Key_Left:
                self.stepped.emit(-1)
            case Qt.Key.Key_Right:
                self.stepped.emit(1)
            case _:
                super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()
