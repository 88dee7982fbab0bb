"""A fact in the head of a conversation that can be pressed to change it: a small icon and a few words, no frame."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from ui.fonts import FontRole, role_font
from ui.icon_names import IconName
from ui.paint import draw_box, mix
from ui.theme import ThemeManager
from ui.tokens import ColorRole, Radius
from ui.widgets.safe_text import plain_tool_tip

_PADDING = 4
_ICON = 15
_GAP = 5
_LONGEST = 180


class FactButton(QAbstractButton):
    """Long words end in an ellipsis and are told whole by the tool tip. It takes the focus by keyboard only."""

    def __init__(
        self, themes: ThemeManager, what: str, icon: IconName | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._themes = themes
        self._what = what
        self._icon = icon
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        themes.changed.connect(self._restyle)

    def set_fact(self, text: str) -> None:
        """State something else."""
        self.setText(text)
        self.setAccessibleName(f"{self._what}: {text}")
        self.setToolTip(plain_tool_tip(f"{self._what}: {text}"))
        self._restyle()

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(role_font(FontRole.SECONDARY))
        words = min(metrics.horizontalAdvance(self.text()) + 1, _LONGEST)
        return QSize(self._words_left() + words + _PADDING, metrics.height() + 6)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        surface, ink = self._themes.color(ColorRole.SURFACE), self._themes.color(ColorRole.TEXT)
        if self.underMouse() or self.isDown():
            draw_box(
                painter,
                QRectF(self.rect()),
                Radius.CONTROL,
                mix(surface, ink, 0.12 if self.isDown() else 0.06),
            )
        if self.hasFocus():
            draw_box(
                painter, QRectF(self.rect()), Radius.CONTROL, None, self._themes.color(ColorRole.ACCENT), 2
            )
        if self._icon is not None:
            pixmap = self._themes.icons.pixmap(self._icon, ColorRole.TEXT_2, _ICON, self.devicePixelRatioF())
            painter.drawPixmap(QPointF(_PADDING, (self.height() - _ICON) / 2), pixmap)
        font = role_font(FontRole.SECONDARY)
        metrics = QFontMetrics(font)
        room = self.width() - self._words_left() - _PADDING
        words = metrics.elidedText(self.text(), Qt.TextElideMode.ElideRight, room)
        painter.setFont(font)
        painter.setPen(ink)
        baseline = (self.height() - metrics.height()) / 2 + metrics.ascent()
        painter.drawText(QPointF(self._words_left(), baseline), words)
        painter.end()

    def _words_left(self) -> int:
        return _PADDING + (_ICON + _GAP if self._icon is not None else 0)

    def _restyle(self) -> None:
        self.updateGeometry()
        self.update()
