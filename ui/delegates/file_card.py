"""The card of an attachment as it is painted: what it is, how large, a small picture of images."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPixmap

from agent_desktop.domain.message import AttachmentFile
from agent_desktop.services.file_kinds import risk_of
from agent_desktop.services.mail.names import clean_file_name
from ui.fonts import FontRole, role_font
from ui.icon_names import IconName
from ui.models.timeline_text import size_text
from ui.paint import draw_box
from ui.theme import ThemeManager
from ui.tokens import ColorRole, Radius

THUMBNAIL = QSize(220, 120)
"""The largest a small picture is shown."""
CARD_GAP = 6
"""Between cards."""
CARDS_MARGIN = 2
"""Above and below the cards of a message."""
_PADDING = 10
_GAP = 8
_ICON = 16
_LONGEST_NAME = 220


class FileCard:
    """Measures and paints one card; made anew when the theme or the text size changes."""

    def __init__(
        self,
        themes: ThemeManager,
        file: AttachmentFile,
        picture: QPixmap | None = None,
        *,
        away: bool = False,
    ) -> None:
        self._themes = themes
        self._file = file
        self._picture = picture
        size = f"Download {size_text(file.size)}" if away else size_text(file.size)
        self._name = clean_file_name(file.name)
        self._risk = risk_of(self._name)
        self._size_words = size if self._risk is None else f"{size} · {self._risk.words}"
        self._font = role_font(FontRole.SECONDARY)
        self._metrics = QFontMetrics(self._font)
        self._line_height = self._metrics.height() + 2 * 6 + 2

    def size(self) -> QSize:
        """What the card takes."""
        text = min(self._metrics.horizontalAdvance(self._name), _LONGEST_NAME)
        size_width = self._metrics.horizontalAdvance(self._size_words)
        width = _PADDING * 2 + _ICON + _GAP + text + _GAP + size_width + 2
        height = self._line_height
        if self._picture is not None:
            shown = self._picture.deviceIndependentSize()
            width = max(width, round(shown.width()) + 2 * _PADDING)
            height += round(shown.height()) + _PADDING
        return QSize(width, height)

    def paint(self, painter: QPainter, box: QRectF, ratio: float, *, focused: bool = False) -> None:
        """Paint the card into `box`."""
        border = ColorRole.ACCENT if focused else ColorRole.BORDER
        raised = self._themes.color(ColorRole.RAISED)
        draw_box(painter, box, Radius.CONTROL, raised, self._themes.color(border), 2 if focused else 1)
        top = box.top()
        if self._picture is not None:
            painter.drawPixmap(QPointF(box.left() + _PADDING, top + _PADDING), self._picture)
            top += round(self._picture.deviceIndependentSize().height()) + _PADDING
        self._paint_line(painter, box, top, ratio)

    def _paint_line(self, painter: QPainter, box: QRectF, top: float, ratio: float) -> None:
        middle = top + self._line_height // 2
        icon = IconName.IMAGE if self._file.media_type.startswith("image/") else IconName.PAPERCLIP
        role = ColorRole.TEXT_2
        if self._risk is not None:
            icon, role = IconName.WARNING, ColorRole.WARN
        pixmap = self._themes.icons.pixmap(icon, role, _ICON, ratio)
        painter.drawPixmap(QPointF(box.left() + _PADDING, middle - _ICON // 2), pixmap)
        metrics = self._metrics
        left = box.left() + _PADDING + _ICON + _GAP
        room = int(box.right() - left) - _GAP - metrics.horizontalAdvance(self._size_words) - _PADDING
        name = metrics.elidedText(self._name, Qt.TextElideMode.ElideMiddle, max(0, room))
        painter.setFont(self._font)
        painter.setPen(self._themes.color(ColorRole.TEXT))
        baseline = middle - metrics.height() // 2 + metrics.ascent()
        painter.drawText(QPointF(left, baseline), name)
        painter.setPen(self._themes.color(ColorRole.TEXT_3 if self._risk is None else ColorRole.WARN))
        after = left + metrics.horizontalAdvance(name) + _GAP
        painter.drawText(QPointF(after, baseline), self._size_words)
