"""Paints the rows of a result list: headings, and results with icon, title, detail and key hint."""

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from ui.fonts import FontRole, role_font, scaled
from ui.models.results import Result
from ui.models.roles import RowRole
from ui.paint import draw_box
from ui.theme import ThemeManager
from ui.tokens import ColorRole

_SIDE = 14
_ICON = 18
_GAP = 10
_PADDING = 8
_LONGEST_TEXT = 240
_SHORTEST_DETAIL = 40


class ResultRowDelegate(QStyledItemDelegate):
    """Paints what `ResultModel` gives; the first occurrence of the `needle` in a detail stands out."""

    def __init__(self, themes: ThemeManager, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self.needle = ""
        self.with_icons = False
        """Whether some results have an icon: then the titles of all begin at the same place."""
        self._restyle()
        themes.changed.connect(self._restyle)

    @property
    def result_height(self) -> int:
        """The height of a row with a result."""
        return self._body_metrics.height() + 2 * _PADDING

    @property
    def heading_height(self) -> int:
        """The height of a row with a heading."""
        return self._heading_metrics.height() + _PADDING + 4

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        is_result = isinstance(index.data(RowRole.ROW), Result)
        return QSize(200, self.result_height if is_result else self.heading_height)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        row = index.data(RowRole.ROW)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if isinstance(row, Result):
            self._paint_result(painter, option.rect, row, option.state)
        else:
            self._paint_heading(painter, option.rect, str(row))
        painter.restore()

    def _restyle(self) -> None:
        self._icon_side = scaled(_ICON)
        self._body_font = role_font(FontRole.BODY)
        self._match_font = role_font(FontRole.STRONG)
        self._heading_font = role_font(FontRole.LABEL)
        self._hint_font = role_font(FontRole.SMALL)
        self._body_metrics = QFontMetrics(self._body_font)
        self._match_metrics = QFontMetrics(self._match_font)
        self._heading_metrics = QFontMetrics(self._heading_font)
        self._hint_metrics = QFontMetrics(self._hint_font)

    def _paint_heading(self, painter: QPainter, rect: QRect, text: str) -> None:
        painter.setFont(self._heading_font)
        painter.setPen(self._themes.color(ColorRole.TEXT_3))
        where = rect.adjusted(_SIDE, _PADDING, -_SIDE, -4)
        painter.drawText(where, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)

    def _paint_result(self, painter: QPainter, rect: QRect, result: Result, state: QStyle.StateFlag) -> None:
        color = self._themes.color
        if state & QStyle.StateFlag.State_Selected:
            draw_box(painter, QRectF(rect).adjusted(4, 0, -4, 0), 6, color(ColorRole.ACCENT_SOFT))
        x = rect.x() + _SIDE
        right = rect.x() + rect.width() - _SIDE
        if result.icon is not None:
            ratio = painter.device().devicePixelRatio()
            pixmap = self._themes.icons.pixmap(result.icon, ColorRole.TEXT_2, self._icon_side, ratio)
            painter.drawPixmap(QPoint(x, rect.y() + (rect.height() - self._icon_side) // 2), pixmap)
        if self.with_icons:
            x += self._icon_side + _GAP
        if result.hint:
            right = self._paint_hint(painter, rect, right, result.hint) - _GAP
        baseline = rect.y() + _PADDING + self._body_metrics.ascent()
        title = self._body_metrics.elidedText(_line(result.title), Qt.TextElideMode.ElideRight, right - x)
        painter.setFont(self._body_font)
        painter.setPen(color(ColorRole.TEXT))
        painter.drawText(x, baseline, title)
        x += self._body_metrics.horizontalAdvance(title) + _GAP
        if result.detail and right - x >= _SHORTEST_DETAIL:
            self._paint_detail(painter, x, right, baseline, result.detail)

    def _paint_detail(self, painter: QPainter, x: int, right: int, baseline: int, text: str) -> None:
        room = right - x
        shown = self._body_metrics.elidedText(_line(text), Qt.TextElideMode.ElideRight, room)
        at = shown.casefold().find(self.needle.casefold()) if self.needle else -1
        end = at + len(self.needle)
        parts = (
            ((shown, False),)
            if at < 0
            else ((shown[:at], False), (shown[at:end], True), (shown[end:], False))
        )
        for part, matches in parts:
            painter.setFont(self._match_font if matches else self._body_font)
            painter.setPen(self._themes.color(ColorRole.ACCENT_TEXT if matches else ColorRole.TEXT_3))
            painter.drawText(x, baseline, part)
            x += (self._match_metrics if matches else self._body_metrics).horizontalAdvance(part)

    def _paint_hint(self, painter: QPainter, rect: QRect, right: int, hint: str) -> int:
        """The key in a small box at the right; where the box begins."""
        width, height = self._hint_metrics.horizontalAdvance(hint) + 12, self._hint_metrics.height() + 4
        where = QRectF(right - width, rect.y() + (rect.height() - height) / 2, width, height)
        draw_box(
            painter, where, 4, self._themes.color(ColorRole.RAISED), self._themes.color(ColorRole.BORDER)
        )
        painter.setFont(self._hint_font)
        painter.setPen(self._themes.color(ColorRole.TEXT_3))
        painter.drawText(where, Qt.AlignmentFlag.AlignCenter, hint)
        return right - width


def _line(text: str) -> str:
    return " ".join(text[:_LONGEST_TEXT].split())
