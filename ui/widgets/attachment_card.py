"""One attachment of a message as a card: what it is, how large, a small picture of images; opens and saves."""

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QFont, QFontMetrics, QImage, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QAbstractButton, QMenu, QSizePolicy, QStyle, QStyleOptionButton, QWidget

from agent_desktop.domain.message import AttachmentFile
from ui.fonts import FontRole, role_font
from ui.icon_names import IconName
from ui.models.timeline_text import size_text
from ui.paint import draw_box
from ui.theme import ThemeManager
from ui.tokens import ColorRole, Radius
from ui.widgets.safe_text import plain_tool_tip

THUMBNAIL = QSize(220, 120)
"""The largest a small picture is shown."""
_PADDING = 10
_GAP = 8
_ICON = 16
_LONGEST_NAME = 220


class AttachmentCard(QAbstractButton):
    """Pressing it asks to open the file; its menu can save it, too. Neither is done here."""

    open_requested = Signal(object)
    """The `AttachmentFile`."""
    save_requested = Signal(object)
    """The `AttachmentFile`."""

    def __init__(self, themes: ThemeManager, file: AttachmentFile, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._file = file
        self._picture: QPixmap | None = None
        self._size = size_text(file.size)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(f"Attachment {file.name}, {self._size}. Open")
        self.setToolTip(plain_tool_tip(f"{file.name}\n{file.media_type}, {self._size}"))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.DefaultContextMenu)
        self.clicked.connect(lambda: self.open_requested.emit(self._file))
        themes.changed.connect(self._restyle)

    @property
    def file(self) -> AttachmentFile:
        """What the card stands for."""
        return self._file

    @property
    def has_picture(self) -> bool:
        """Whether a small picture is shown."""
        return self._picture is not None

    def set_picture(self, image: QImage) -> None:
        """Show a small picture of the content above the name."""
        self._picture = QPixmap.fromImage(image)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        name, size = self._fonts()
        text = min(QFontMetrics(name).horizontalAdvance(self._file.name), _LONGEST_NAME)
        width = (
            _PADDING * 2 + _ICON + _GAP + text + _GAP + QFontMetrics(size).horizontalAdvance(self._size) + 2
        )
        height = self._line_height()
        if self._picture is not None:
            shown = self._picture.deviceIndependentSize()
            width = max(width, round(shown.width()) + 2 * _PADDING)
            height += round(shown.height()) + _PADDING
        return QSize(width, height)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        option = QStyleOptionButton()
        option.initFrom(self)
        keyboard = bool(option.state & QStyle.StateFlag.State_KeyboardFocusChange) or self.hasFocus()
        border = ColorRole.ACCENT if keyboard and self.hasFocus() else ColorRole.BORDER
        box = QRectF(self.rect())
        width = 2 if border is ColorRole.ACCENT else 1
        draw_box(
            painter,
            box,
            Radius.CONTROL,
            self._themes.color(ColorRole.RAISED),
            self._themes.color(border),
            width,
        )
        top = 0
        if self._picture is not None:
            painter.drawPixmap(QPoint(_PADDING, _PADDING), self._picture)
            top = round(self._picture.deviceIndependentSize().height()) + _PADDING
        self._paint_line(painter, top)
        painter.end()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Open", lambda: self.open_requested.emit(self._file))
        menu.addAction("Save as…", lambda: self.save_requested.emit(self._file))
        menu.popup(event.globalPos())

    def _paint_line(self, painter: QPainter, top: int) -> None:
        middle = top + self._line_height() // 2
        icon = IconName.IMAGE if self._file.media_type.startswith("image/") else IconName.PAPERCLIP
        pixmap = self._themes.icons.pixmap(icon, ColorRole.TEXT_2, _ICON, self.devicePixelRatioF())
        painter.drawPixmap(QPoint(_PADDING, middle - _ICON // 2), pixmap)
        name_font, size_font = self._fonts()
        size_width = QFontMetrics(size_font).horizontalAdvance(self._size)
        left = _PADDING + _ICON + _GAP
        room = self.width() - left - _GAP - size_width - _PADDING
        name = QFontMetrics(name_font).elidedText(self._file.name, Qt.TextElideMode.ElideMiddle, max(0, room))
        painter.setFont(name_font)
        painter.setPen(self._themes.color(ColorRole.TEXT))
        metrics = QFontMetrics(name_font)
        baseline = middle - metrics.height() // 2 + metrics.ascent()
        painter.drawText(QPoint(left, baseline), name)
        painter.setFont(size_font)
        painter.setPen(self._themes.color(ColorRole.TEXT_3))
        painter.drawText(QPoint(left + metrics.horizontalAdvance(name) + _GAP, baseline), self._size)

    def _line_height(self) -> int:
        return QFontMetrics(self._fonts()[0]).height() + 2 * 6 + 2

    def _fonts(self) -> tuple[QFont, QFont]:
        return role_font(FontRole.SECONDARY), role_font(FontRole.SECONDARY)

    def _restyle(self) -> None:
        self.updateGeometry()
        self.update()
