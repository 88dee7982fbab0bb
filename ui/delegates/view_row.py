"""Paints the rows of the views panel: headings, and views with icon, title and count."""

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from ui.fonts import FontRole, role_font, scaled
from ui.models.roles import RowRole
from ui.models.view_rows import ViewRow
from ui.paint import draw_box, mix
from ui.theme import ThemeManager
from ui.tokens import ColorRole

_MARGIN = 8
_INSET = 8
_ICON = 16
_GAP = 8
_PADDING = 6


class ViewRowDelegate(QStyledItemDelegate):
    """Paints what `ViewRowsModel` gives."""

    def __init__(self, themes: ThemeManager, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._restyle()
        themes.changed.connect(self._restyle)

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        row = index.data(RowRole.ROW)
        body = self._metrics.height() + 2 * _PADDING
        return QSize(0, body + 8 if isinstance(row, ViewRow) and row.heading and index.row() else body)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        row = index.data(RowRole.ROW)
        if not isinstance(row, ViewRow):
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if row.heading:
            self._paint_heading(painter, option.rect, row)
        else:
            self._paint_view(painter, option.rect, row, option.state)
        painter.restore()

    def _restyle(self) -> None:
        self._icon_side = scaled(_ICON)
        self._font = role_font(FontRole.BODY)
        self._strong = role_font(FontRole.STRONG)
        self._small = QFont(role_font(FontRole.LABEL))
        self._metrics = QFontMetrics(self._font)
        self._strong_metrics = QFontMetrics(self._strong)

    def _paint_heading(self, painter: QPainter, rect: QRect, row: ViewRow) -> None:
        painter.setFont(self._small)
        painter.setPen(self._themes.color(ColorRole.TEXT_3))
        where = rect.adjusted(_MARGIN + _INSET, 0, -_MARGIN, -5)
        painter.drawText(where, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom, row.title)

    def _paint_view(self, painter: QPainter, rect: QRect, row: ViewRow, state: QStyle.StateFlag) -> None:
        color = self._themes.color
        selected = bool(state & QStyle.StateFlag.State_Selected)
        box = QRectF(rect).adjusted(_MARGIN, 1, -_MARGIN, -1)
        if selected:
            draw_box(painter, box, 7, color(ColorRole.ACCENT_SOFT))
        elif state & QStyle.StateFlag.State_MouseOver:
            draw_box(painter, box, 7, mix(color(ColorRole.SUNKEN), color(ColorRole.TEXT), 0.05))
        if state & QStyle.StateFlag.State_HasFocus and state & QStyle.StateFlag.State_KeyboardFocusChange:
            draw_box(painter, box, 7, None, color(ColorRole.ACCENT), 1.5)
        ink = ColorRole.ACCENT_TEXT if selected else ColorRole.TEXT_2
        left = rect.x() + _MARGIN + _INSET
        right = rect.x() + rect.width() - _MARGIN - _INSET
        ratio = painter.device().devicePixelRatio()
        pixmap = self._themes.icons.pixmap(row.icon, ink, self._icon_side, ratio)
        painter.drawPixmap(QPoint(left, rect.y() + (rect.height() - self._icon_side) // 2), pixmap)
        left += self._icon_side + _GAP
        metrics = self._strong_metrics if selected else self._metrics
        baseline = rect.y() + (rect.height() - metrics.height()) // 2 + metrics.ascent()
        right = self._paint_count(painter, right, baseline, row, selected) - _GAP
        painter.setFont(self._strong if selected else self._font)
        painter.setPen(color(ink))
        painter.drawText(
            left, baseline, metrics.elidedText(row.title, Qt.TextElideMode.ElideRight, right - left)
        )

    def _paint_count(self, painter: QPainter, right: int, baseline: int, row: ViewRow, selected: bool) -> int:
        """The number at the right, red and strong where something is overdue; where it begins."""
        if not row.count:
            return right
        text = f"{row.count:,}"
        strong = selected or row.overdue
        metrics = self._strong_metrics if strong else self._metrics
        left = right - metrics.horizontalAdvance(text)
        ink = ColorRole.ACCENT_TEXT if selected else ColorRole.TEXT_3
        painter.setFont(self._strong if strong else self._font)
        painter.setPen(self._themes.color(ColorRole.DANGER if row.overdue else ink))
        painter.drawText(left, baseline, text)
        return left
