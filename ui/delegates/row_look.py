"""Paints rows made of words: icon or avatar, a title with marked words, further lines and chips."""

from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from agent_desktop.services.inbox_rows import initials_of
from ui.fonts import FontRole, role_font, scaled
from ui.models.roles import RowRole
from ui.models.row_look import RowLook, Run
from ui.paint import avatar_color, chip_height, chip_width, draw_avatar, draw_box, draw_chip
from ui.theme import ThemeManager
from ui.tokens import ColorRole

_ICON = 18
_GAP = 10
_LINE_GAP = 3
_BAR = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class RowShape:
    """The measures of a list's rows: lines under the title, space around, and whether lines divide the rows."""

    lines: int = 0
    margin: int = 18
    padding: int = 9
    avatar: int = 0
    divided: bool = False
    bar: bool = False
    """Mark the chosen row at its left edge, for lists beside what they open."""


class _Face:
    """A font and its strong twin with their metrics, made once per theme and text size."""

    def __init__(self, role: FontRole) -> None:
        self.plain = role_font(role)
        self.strong = QFont(self.plain)
        self.strong.setWeight(QFont.Weight.DemiBold)
        self.plain_metrics = QFontMetrics(self.plain)
        self.strong_metrics = QFontMetrics(self.strong)


class RowLookDelegate(QStyledItemDelegate):
    """Paints `RowLook`s, all of one shape."""

    def __init__(self, themes: ThemeManager, shape: RowShape, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._shape = shape
        self._restyle()
        themes.changed.connect(self._restyle)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        row: RowLook | None = index.data(RowRole.ROW)
        if row is None:
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_ground(painter, option)
        self._paint_row(painter, option.rect, row, bool(option.state & QStyle.StateFlag.State_Selected))
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(0, self.row_height)

    @property
    def row_height(self) -> int:
        """How high every row is."""
        line = self._line.plain_metrics.height() + _LINE_GAP
        text = self._title.plain_metrics.height() + self._shape.lines * line
        return max(text, self._shape.avatar) + 2 * self._shape.padding

    def _paint_ground(self, painter: QPainter, option: QStyleOptionViewItem) -> None:
        rect = QRectF(option.rect)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        if selected:
            painter.fillRect(rect, self._themes.color(ColorRole.ACCENT_SOFT))
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, self._themes.color(ColorRole.SUNKEN))
        if self._shape.divided:
            painter.setPen(self._themes.color(ColorRole.BORDER_SOFT))
            painter.drawLine(rect.bottomLeft() - QPointF(0, 0.5), rect.bottomRight() - QPointF(0, 0.5))
        if selected and self._shape.bar:
            painter.fillRect(
                QRectF(rect.x(), rect.y(), _BAR, rect.height()), self._themes.color(ColorRole.ACCENT)
            )
        focus = QStyle.StateFlag.State_HasFocus | QStyle.StateFlag.State_KeyboardFocusChange
        if option.state & focus == focus:
            draw_box(painter, rect.adjusted(1, 1, -1, -1), 4, None, self._themes.color(ColorRole.ACCENT), 2)

    def _paint_row(self, painter: QPainter, rect: QRect, row: RowLook, selected: bool) -> None:
        shape = self._shape
        inner = QRectF(rect).adjusted(shape.margin, shape.padding, -shape.margin, -shape.padding)
        inner.setLeft(self._paint_leading(painter, inner, row))
        height = self._title.plain_metrics.height()
        line_height = self._line.plain_metrics.height() + _LINE_GAP
        top = inner.y() + (inner.height() - height - len(row.lines) * line_height) / 2
        first = QRectF(inner.x(), top, inner.width(), height)
        first.setRight(self._paint_trailing(painter, first, row, selected))
        self._paint_runs(painter, first, row.title, self._title)
        for number, runs in enumerate(row.lines):
            where = QRectF(
                inner.x(), top + height + number * line_height + _LINE_GAP, inner.width(), line_height
            )
            self._paint_runs(painter, where, runs, self._line)

    def _paint_leading(self, painter: QPainter, inner: QRectF, row: RowLook) -> float:
        """Icon or avatar; gives the left edge of the words."""
        if row.avatar_name:
            side = self._shape.avatar or self._icon_side + 8
            where = QRectF(inner.x(), inner.y() + (inner.height() - side) / 2, side, side)
            color = avatar_color(self._themes.theme.avatars, row.avatar_name)
            font = QFont(self._title.strong)
            font.setPixelSize(max(8, round(side * 0.36)))
            draw_avatar(painter, where, initials_of(row.avatar_name), color, font)
            return inner.x() + side + _GAP
        if row.icon is None:
            return inner.x()
        ratio = painter.device().devicePixelRatioF()
        pixmap = self._themes.icons.pixmap(row.icon, ColorRole.TEXT_2, self._icon_side, ratio)
        beside = self._title.plain_metrics.height() if row.lines else inner.height()
        painter.drawPixmap(QPointF(inner.x(), inner.y() + (beside - self._icon_side) / 2), pixmap)
        return inner.x() + self._icon_side + _GAP

    def _paint_trailing(self, painter: QPainter, first: QRectF, row: RowLook, selected: bool) -> float:
        """Chips and further words from the right; gives the right edge of the title."""
        right = first.right()
        painter.setFont(self._label)
        for chip in reversed(row.chips):
            width, height = chip_width(self._label_metrics, chip.text), chip_height(self._label_metrics)
            if right - width < first.x() + first.width() / 3 and chip.yields:
                continue
            where = QRectF(right - width, first.center().y() - height / 2, width, height)
            ink, ground = self._themes.chip_colors(chip.tone, selected=selected)
            draw_chip(painter, where, chip.text, ink, ground, self._label_metrics)
            right -= width + 6
        if row.trailing:
            width = sum(self._metrics(self._line, run).horizontalAdvance(run.text) for run in row.trailing)
            width = min(width + 1, int(first.width() * 0.64))
            self._paint_runs(
                painter, QRectF(right - width, first.y(), width, first.height()), row.trailing, self._line
            )
            right -= width + _GAP
        return right

    def _paint_runs(self, painter: QPainter, rect: QRectF, runs: tuple[Run, ...], face: _Face) -> None:
        left = rect.x()
        for run in runs:
            metrics = self._metrics(face, run)
            width = metrics.horizontalAdvance(run.text)
            space = rect.right() - left
            text = run.text
            if width > space:
                text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, int(space))
            painter.setFont(face.strong if run.strong else face.plain)
            painter.setPen(self._themes.color(run.color))
            painter.drawText(
                QPointF(left, rect.y() + (rect.height() - metrics.height()) / 2 + metrics.ascent()), text
            )
            left += width
            if left >= rect.right():
                return

    @staticmethod
    def _metrics(face: _Face, run: Run) -> QFontMetrics:
        return face.strong_metrics if run.strong else face.plain_metrics

    def _restyle(self) -> None:
        self._icon_side = scaled(_ICON)
        self._title = _Face(FontRole.BODY)
        self._line = _Face(FontRole.SECONDARY)
        self._label = role_font(FontRole.LABEL)
        self._label_metrics = QFontMetrics(self._label)
