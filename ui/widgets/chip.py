"""A small rounded label that states one thing: a deadline, a tag, a state."""

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.fonts import FontRole, role_font
from ui.paint import chip_height, chip_width, draw_chip
from ui.theme import ThemeManager
from ui.tokens import ChipTone


class Chip(QWidget):
    """A painted label; its words say what its colour says."""

    def __init__(
        self,
        themes: ThemeManager,
        text: str = "",
        tone: ChipTone = ChipTone.NEUTRAL,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._themes = themes
        self._font = QFont()
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.set_chip(text, tone)
        self._restyle()
        themes.changed.connect(self._restyle)

    @property
    def text(self) -> str:
        """What the chip says."""
        return self._text

    def set_chip(self, text: str, tone: ChipTone = ChipTone.NEUTRAL) -> None:
        """Say something else."""
        self._text = text
        self._tone = tone
        self.setAccessibleName(text)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(self._font)
        return QSize(chip_width(metrics, self._text), chip_height(metrics))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._font)
        ink, ground = self._themes.chip_colors(self._tone)
        draw_chip(painter, QRectF(self.rect()), self._text, ink, ground, QFontMetrics(self._font))
        painter.end()

    def _restyle(self) -> None:
        self._font = role_font(FontRole.LABEL)
        self.updateGeometry()
        self.update()
