"""A one-line search field: magnifier, placeholder, and the key that leads to it."""

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QAction, QFontMetrics, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from ui.fonts import FontRole, role_font
from ui.icon_names import IconName
from ui.paint import draw_box
from ui.styling import StyleProperty, set_style
from ui.theme import ThemeManager
from ui.tokens import ColorRole
from ui.widgets.buttons import key_text


class SearchField(QLineEdit):
    """A text field for searching. Esc clears it, and when it is empty emits `escape_pressed`; Down leads to results."""

    escape_pressed = Signal()
    down_pressed = Signal()

    def __init__(
        self, themes: ThemeManager, name: str, shortcut: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._themes = themes
        self._hint = key_text(shortcut) if shortcut else ""
        self.setPlaceholderText(name)
        self.setAccessibleName(name)
        set_style(self, StyleProperty.KIND, "search")
        self._magnifier = QAction(self)
        self.addAction(self._magnifier, QLineEdit.ActionPosition.LeadingPosition)
        self._clear = QAction(self)
        self._clear.setToolTip("Clear")
        self._clear.setVisible(False)
        self._clear.triggered.connect(self.clear)
        self.addAction(self._clear, QLineEdit.ActionPosition.TrailingPosition)
        self.textChanged.connect(self._show_clear)
        self._restyle()
        themes.changed.connect(self._restyle)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key == Qt.Key.Key_Down:
            self.down_pressed.emit()
        elif key == Qt.Key.Key_Escape and self.text():
            self.clear()
        elif key == Qt.Key.Key_Escape:
            self.escape_pressed.emit()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._hint or self.text():
            return
        font = role_font(FontRole.SMALL)
        metrics = QFontMetrics(font)
        width, height = metrics.horizontalAdvance(self._hint) + 10, metrics.height() + 3
        where = QRectF(self.width() - width - 9, (self.height() - height) / 2, width, height)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        draw_box(
            painter, where, 4, self._themes.color(ColorRole.RAISED), self._themes.color(ColorRole.BORDER)
        )
        painter.setFont(font)
        painter.setPen(self._themes.color(ColorRole.TEXT_3))
        painter.drawText(where, Qt.AlignmentFlag.AlignCenter, self._hint)
        painter.end()

    def _show_clear(self, text: str) -> None:
        self._clear.setVisible(bool(text))

    def _restyle(self) -> None:
        icons = self._themes.icons
        self._magnifier.setIcon(icons.icon(IconName.SEARCH, ColorRole.TEXT_3, 16))
        self._clear.setIcon(icons.icon(IconName.CLOSE, ColorRole.TEXT_3, 16))
