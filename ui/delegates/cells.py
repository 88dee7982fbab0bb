"""Paints the cells of tables: a round or icon, words in one or two lines, chips and ticks."""

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from agent_desktop.services.inbox_rows import initials_of
from ui.fonts import FontRole, role_font, scaled
from ui.models.cells import Cell, CellsModel
from ui.models.roles import RowRole
from ui.paint import avatar_color, chip_height, chip_width, draw_avatar, draw_box, draw_chip
from ui.theme import ThemeManager
from ui.tokens import ColorRole

_SIDE, _GAP, _AVATAR, _ICON = 10, 9, 26, 16
_PADDING, _LINE_GAP, _BAR = 8, 2, 3


class CellDelegate(QStyledItemDelegate):
    """All rows are as high as one with a second line, where `two_lines` are wanted."""

    def __init__(self, themes: ThemeManager, *, two_lines: bool, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._two_lines = two_lines
        self._restyle()
        themes.changed.connect(self._restyle)

    @property
    def row_height(self) -> int:
        """How high every row is."""
        text = self._metrics.height()
        if self._two_lines:
            text += _LINE_GAP + self._detail_metrics.height()
        return max(text, _AVATAR) + 2 * _PADDING

    def width_of(self, cell: Cell) -> int:
        """How wide a cell has to be to say everything."""
        if cell.mark is not None:
            return self._icon_side + 2 * _SIDE
        if cell.tone is not None:
            words = chip_width(self._label_metrics, cell.text)
        else:
            words = max(
                QFontMetrics(self._strong if cell.strong else self._font).horizontalAdvance(cell.text),
                self._detail_metrics.horizontalAdvance(cell.detail),
            )
        return words + self._leading(cell) + 2 * _SIDE + 2

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        cell: Cell | None = index.data(RowRole.ROW)
        if cell is None:
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_ground(painter, option, first=index.column() == 0)
        model = index.model()
        centered = isinstance(model, CellsModel) and model.columns[index.column()].centered
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        self._paint_cell(painter, QRectF(option.rect), cell, centered, selected)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        cell: Cell | None = index.data(RowRole.ROW)
        return QSize(0 if cell is None else self.width_of(cell), self.row_height)

    def _paint_ground(self, painter: QPainter, option: QStyleOptionViewItem, *, first: bool) -> None:
        rect = QRectF(option.rect)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        if selected:
            painter.fillRect(rect, self._themes.color(ColorRole.ACCENT_SOFT))
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, self._themes.color(ColorRole.SUNKEN))
        painter.setPen(self._themes.color(ColorRole.BORDER_SOFT))
        painter.drawLine(rect.bottomLeft() - QPointF(0, 0.5), rect.bottomRight() - QPointF(0, 0.5))
        if selected and first:
            painter.fillRect(
                QRectF(rect.x(), rect.y(), _BAR, rect.height()), self._themes.color(ColorRole.ACCENT)
            )
        focus = QStyle.StateFlag.State_HasFocus | QStyle.StateFlag.State_KeyboardFocusChange
        if option.state & focus == focus:
            draw_box(painter, rect.adjusted(1, 1, -1, -1), 4, None, self._themes.color(ColorRole.ACCENT), 2)

    def _paint_cell(
        self, painter: QPainter, rect: QRectF, cell: Cell, centered: bool, selected: bool
    ) -> None:
        middle = rect.center().y()
        if cell.mark is not None:
            self._paint_icon(painter, cell, rect.center().x() - self._icon_side / 2, middle)
            return
        left = rect.x() + _SIDE
        right = rect.right() - _SIDE
        if cell.avatar:
            where = QRectF(left, middle - _AVATAR / 2, _AVATAR, _AVATAR)
            font = QFont(self._strong)
            font.setPixelSize(round(_AVATAR * 0.38))
            color = avatar_color(self._themes.theme.avatars, cell.avatar)
            draw_avatar(painter, where, initials_of(cell.avatar), color, font)
        elif cell.icon is not None:
            self._paint_icon(painter, cell, left, middle)
        left += self._leading(cell)
        if cell.tone is not None:
            self._paint_chip(painter, rect, cell, left, centered, selected)
            return
        if cell.wraps and self._two_lines:
            self._paint_sentence(painter, cell, left, right, middle)
            return
        font, metrics = (self._strong, self._strong_metrics) if cell.strong else (self._font, self._metrics)
        height = metrics.height()
        if cell.detail:
            height += _LINE_GAP + self._detail_metrics.height()
        top = middle - height / 2
        self._paint_line(painter, font, metrics, cell.color, cell.text, left, right, top, centered)
        if cell.detail:
            below = top + metrics.height() + _LINE_GAP
            self._paint_line(
                painter,
                self._detail,
                self._detail_metrics,
                ColorRole.TEXT_3,
                cell.detail,
                left,
                right,
                below,
                centered,
            )

    def _paint_sentence(
        self, painter: QPainter, cell: Cell, left: float, right: float, middle: float
    ) -> None:
        metrics = self._detail_metrics
        lines = in_two_lines(cell.text, metrics, int(right - left))
        height = metrics.height() * len(lines) + _LINE_GAP * (len(lines) - 1)
        top = middle - height / 2
        for line in lines:
            self._paint_line(painter, self._detail, metrics, cell.color, line, left, right, top, False)
            top += metrics.height() + _LINE_GAP

    def _paint_line(
        self,
        painter: QPainter,
        font: QFont,
        metrics: QFontMetrics,
        color: ColorRole,
        text: str,
        left: float,
        right: float,
        top: float,
        centered: bool,
    ) -> None:
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, int(right - left))
        if centered:
            left += (right - left - metrics.horizontalAdvance(shown)) / 2
        painter.setFont(font)
        painter.setPen(self._themes.color(color))
        painter.drawText(QPointF(left, top + metrics.ascent()), shown)

    def _paint_chip(
        self, painter: QPainter, rect: QRectF, cell: Cell, left: float, centered: bool, selected: bool
    ) -> None:
        if not cell.text or cell.tone is None:
            return
        painter.setFont(self._label)
        width = chip_width(self._label_metrics, cell.text)
        height = chip_height(self._label_metrics)
        if centered:
            left = rect.center().x() - width / 2
        where = QRectF(left, rect.center().y() - height / 2, width, height)
        ink, ground = self._themes.chip_colors(cell.tone, selected=selected)
        draw_chip(painter, where, cell.text, ink, ground, self._label_metrics)

    def _paint_icon(self, painter: QPainter, cell: Cell, left: float, middle: float) -> None:
        icon = cell.mark or cell.icon
        if icon is not None:
            ratio = painter.device().devicePixelRatioF()
            color = cell.color if cell.mark is not None else cell.icon_color
            pixmap = self._themes.icons.pixmap(icon, color, self._icon_side, ratio)
            painter.drawPixmap(QPointF(left, middle - self._icon_side / 2), pixmap)

    def _leading(self, cell: Cell) -> int:
        if cell.avatar:
            return _AVATAR + _GAP
        return self._icon_side + _GAP if cell.icon is not None else 0

    def _restyle(self) -> None:
        self._icon_side = scaled(_ICON)
        self._font, self._strong = role_font(FontRole.BODY), role_font(FontRole.STRONG)
        self._detail, self._label = role_font(FontRole.SECONDARY), role_font(FontRole.LABEL)
        self._metrics, self._strong_metrics = QFontMetrics(self._font), QFontMetrics(self._strong)
        self._detail_metrics, self._label_metrics = QFontMetrics(self._detail), QFontMetrics(self._label)


def in_two_lines(text: str, metrics: QFontMetrics, width: int) -> tuple[str, ...]:
    """A text on as many lines as it needs, at most two: broken between words, the rest of it on the second."""
    words = text.split(" ")
    fitting = len(words)
    while fitting > 1 and metrics.horizontalAdvance(" ".join(words[:fitting])) > width:
        fitting -= 1
    return tuple(" ".join(line) for line in (words[:fitting], words[fitting:]) if line)
