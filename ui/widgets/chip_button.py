"""A chip that can be pressed: it states something and opens the choice of what it states."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from ui.fonts import FontRole, role_font
from ui.paint import chip_height, chip_width, draw_box, draw_chip, mix
from ui.theme import ThemeManager
from ui.tokens import ChipTone, ColorRole


class ChipButton(QAbstractButton):
    """Painted like a `Chip`. It takes the focus by keyboard only."""

    def __init__(self, themes: ThemeManager, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._name = name
        self._tone = ChipTone.NEUTRAL
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        themes.changed.connect(self._restyle)

    def set_chip(self, text: str, tone: ChipTone) -> None:
        """State something else."""
        if (text, tone) != (self.text(), self._tone):
            self._tone = tone
            self.setText(text)
            self.setAccessibleName(f"{self._name}: {text}")
            self._restyle()

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(role_font(FontRole.LABEL))
        return QSize(chip_width(metrics, self.text()) + 2, chip_height(metrics) + 2)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        font = role_font(FontRole.LABEL)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font)
        ink, ground = self._themes.chip_colors(self._tone)
        if self.underMouse() or self.isDown():
            ground = mix(ground, ink, 0.1)
        whole = QRectF(self.rect())
        whole.setHeight(self.sizeHint().height())
        whole.moveTop((self.height() - whole.height()) / 2)
        draw_chip(painter, whole.adjusted(1, 1, -1, -1), self.text(), ink, ground, QFontMetrics(font))
        if self.hasFocus():
            draw_box(painter, whole, whole.height() / 2, None, self._themes.color(ColorRole.ACCENT), 2)
        painter.end()

    def _restyle(self) -> None:
        self.updateGeometry()
        self.update()
