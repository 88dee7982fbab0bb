"""Paints one conversation of a list: fixed height, plain text, no layout engine.

Fonts, metrics and colours are taken once per theme; what a row says is elided and laid out once per row, width and
minute, and rows on screen are kept as pictures. The owner of the view sets its row height from `row_height`, again
after `ThemeManager.changed`.
"""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from PySide6.QtCore import (
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    QSize,
    QSizeF,
    Qt,
)
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPixmap
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from agent_desktop.domain.clock import Clock
from agent_desktop.services.inbox_rows import InboxRow, initials_of
from ui.fonts import FontRole, role_font
from ui.icon_names import IconName
from ui.models.channel_icons import CHANNEL_ICONS
from ui.models.inbox_row_text import ChipText, age_text, chips
from ui.paint import avatar_color, chip_height, chip_width, draw_avatar, draw_box, draw_chip, mix
from ui.theme import ThemeManager
from ui.tokens import ColorRole

_SIDE = 14
_TOP = 10
_AVATAR = 36
_GAP = 10
_LINE_GAP = 2
_CHIP_TOP = 5
_CHIP_GAP = 6
_BADGE = 16
_BADGE_ICON = 10
_DOT = 8
_BAR = 3
_LONGEST_TEXT = 240
_CACHED_ROWS = 500
_CACHED_PICTURES = 32
"""Rows that are kept as they were painted: those on screen and a few beside them, for scrolling moves them only."""
_SEEN = QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver | QStyle.StateFlag.State_HasFocus

AnyIndex = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class _PlacedChip:
    chip: ChipText
    x: int
    width: int


@dataclass(frozen=True, slots=True)
class _Laid:
    """The texts of a row as they fit its width."""

    name: str
    age: str
    age_width: int
    subject: str
    preview: str
    chips: tuple[_PlacedChip, ...]


class ShownRows(Protocol):
    """What rows there are to paint."""

    def look_at(self, position: int) -> InboxRow | None:
        """The row in a position, or None while it is on the way."""
        ...

    def check_state(self, position: int) -> Qt.CheckState | None:
        """Whether it is checked, while rows can be."""
        ...


class InboxRowDelegate(QStyledItemDelegate):
    """Paints the rows of a model, or a pale placeholder where there is none yet.

    While rows have a check state, they are in bulk selection: a check circle takes the avatar's place.
    """

    def __init__(
        self, themes: ThemeManager, clock: Clock, rows: ShownRows, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._rows = rows
        self._themes = themes
        self._clock = clock
        self._laid: dict[tuple[InboxRow, int, int], _Laid] = {}
        self._pictures: OrderedDict[tuple[object, ...], QPixmap] = OrderedDict()
        self._restyle()
        themes.changed.connect(self._restyle)

    @property
    def row_height(self) -> int:
        """The height of every row with the fonts of now."""
        return self._height

    def check_rect(self, row: QRect) -> QRect:
        """Where the avatar or check circle of a row is: a click there selects for bulk actions."""
        return QRect(row.x() + _SIDE, row.y() + _TOP, _AVATAR, _AVATAR)

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        return QSize(240, self._height)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        position = index.row()
        row, checked = self._rows.look_at(position), self._rows.check_state(position)
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        ratio = painter.device().devicePixelRatio()
        minute = int(self._clock.now().timestamp()) // 60
        look = (row, checked, (state & _SEEN).value, rect.width(), rect.height(), ratio, minute)
        picture = self._pictures.get(look)
        if picture is None:
            picture = QPixmap((QSizeF(rect.size()) * ratio).toSize())
            picture.setDevicePixelRatio(ratio)
            inner = QPainter(picture)
            self._paint_row(inner, QRect(QPoint(0, 0), rect.size()), state, row, checked)
            inner.end()
            if len(self._pictures) >= _CACHED_PICTURES:
                self._pictures.popitem(last=False)
        else:
            self._pictures.move_to_end(look)
        self._pictures[look] = picture
        painter.drawPixmap(rect.topLeft(), picture)

    def _paint_row(
        self,
        painter: QPainter,
        rect: QRect,
        state: QStyle.StateFlag,
        row: InboxRow | None,
        checked: Qt.CheckState | None,
    ) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = self._paint_ground(painter, rect, state)
        if row is not None:
            if checked is None:
                self._paint_avatar(painter, rect, row, ground)
            else:
                self._paint_check(painter, rect, checked is Qt.CheckState.Checked)
            self._paint_texts(painter, rect, row)
        else:
            self._paint_placeholder(painter, rect)

    def _restyle(self) -> None:
        self._laid.clear()
        self._pictures.clear()
        color = self._themes.color
        self._name_font = role_font(FontRole.STRONG)
        self._body_font = role_font(FontRole.BODY)
        self._age_font = role_font(FontRole.SECONDARY)
        self._chip_font = role_font(FontRole.LABEL)
        self._initials_font = QFont(self._name_font)
        self._initials_font.setPixelSize(round(_AVATAR * 0.36))
        self._name_metrics = QFontMetrics(self._name_font)
        self._body_metrics = QFontMetrics(self._body_font)
        self._age_metrics = QFontMetrics(self._age_font)
        self._chip_metrics = QFontMetrics(self._chip_font)
        self._hover = mix(color(ColorRole.SURFACE), color(ColorRole.ACCENT_SOFT), 0.45)
        body = self._body_metrics.height() + _LINE_GAP
        self._chips_y = _TOP + self._name_metrics.height() + _LINE_GAP + 2 * body + _CHIP_TOP - _LINE_GAP
        self._height = self._chips_y + chip_height(self._chip_metrics) + _TOP + 1

    def _paint_ground(self, painter: QPainter, rect: QRect, state: QStyle.StateFlag) -> QColor:
        color = self._themes.color
        selected = bool(state & QStyle.StateFlag.State_Selected)
        ground = color(ColorRole.ACCENT_SOFT if selected else ColorRole.SURFACE)
        if not selected and state & QStyle.StateFlag.State_MouseOver:
            ground = self._hover
        painter.fillRect(rect, ground)
        painter.fillRect(QRect(rect.x(), rect.bottom(), rect.width(), 1), color(ColorRole.BORDER_SOFT))
        if selected:
            painter.fillRect(QRect(rect.x(), rect.y(), _BAR, rect.height()), color(ColorRole.ACCENT))
        if state & QStyle.StateFlag.State_HasFocus:
            draw_box(painter, QRectF(rect).adjusted(1, 1, -1, -2), 4, None, color(ColorRole.ACCENT), 1.5)
        return ground

    def _paint_avatar(self, painter: QPainter, rect: QRect, row: InboxRow, ground: QColor) -> None:
        where = QRectF(self.check_rect(rect))
        color = avatar_color(self._themes.theme.avatars, row.customer_name)
        draw_avatar(painter, where, initials_of(row.customer_name), color, self._initials_font)
        icon = CHANNEL_ICONS.get(row.channel_kind)
        if icon is None:
            return
        badge = QRectF(where.right() - _BADGE + 4, where.bottom() - _BADGE + 4, _BADGE, _BADGE)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawEllipse(badge.adjusted(-1.5, -1.5, 1.5, 1.5))
        draw_box(
            painter,
            badge,
            _BADGE / 2,
            self._themes.color(ColorRole.RAISED),
            self._themes.color(ColorRole.BORDER),
        )
        ratio = painter.device().devicePixelRatio()
        inset = (_BADGE - _BADGE_ICON) / 2
        pixmap = self._themes.icons.pixmap(icon, ColorRole.TEXT_2, _BADGE_ICON, ratio)
        painter.drawPixmap(QPoint(round(badge.x() + inset), round(badge.y() + inset)), pixmap)

    def _paint_check(self, painter: QPainter, rect: QRect, checked: bool) -> None:
        where = QRectF(self.check_rect(rect)).adjusted(6, 6, -6, -6)
        if not checked:
            surface = self._themes.color(ColorRole.RAISED)
            draw_box(painter, where, where.height() / 2, surface, self._themes.color(ColorRole.TEXT_3), 1.5)
            return
        draw_box(painter, where, where.height() / 2, self._themes.color(ColorRole.ACCENT))
        ratio = painter.device().devicePixelRatio()
        pixmap = self._themes.icons.pixmap(IconName.CHECK, ColorRole.ON_ACCENT, 16, ratio)
        painter.drawPixmap(where.topLeft() + QPoint(4, 4), pixmap)

    def _paint_texts(self, painter: QPainter, rect: QRect, row: InboxRow) -> None:
        color = self._themes.color
        laid = self._lay_out(row, rect.width())
        left = rect.x() + _SIDE + _AVATAR + _GAP
        right = rect.x() + rect.width() - _SIDE
        y = rect.y() + _TOP
        baseline = y + self._name_metrics.ascent()
        painter.setPen(color(ColorRole.TEXT))
        painter.setFont(self._name_font if row.unread else self._body_font)
        painter.drawText(left, baseline, laid.name)
        if row.unread:
            middle = y + self._name_metrics.height() / 2
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color(ColorRole.ACCENT))
            painter.drawEllipse(QRectF(right - _DOT, middle - _DOT / 2, _DOT, _DOT))
            right -= _DOT + 6
        painter.setPen(color(ColorRole.TEXT_3))
        painter.setFont(self._age_font)
        painter.drawText(right - laid.age_width, baseline, laid.age)
        y += self._name_metrics.height() + _LINE_GAP
        painter.setPen(color(ColorRole.TEXT))
        painter.setFont(self._body_font)
        painter.drawText(left, y + self._body_metrics.ascent(), laid.subject)
        y += self._body_metrics.height() + _LINE_GAP
        painter.setPen(color(ColorRole.TEXT_2))
        painter.drawText(left, y + self._body_metrics.ascent(), laid.preview)
        painter.setFont(self._chip_font)
        height = chip_height(self._chip_metrics)
        for placed in laid.chips:
            ink, ground = self._themes.chip_colors(placed.chip.tone)
            where = QRectF(left + placed.x, rect.y() + self._chips_y, placed.width, height)
            draw_chip(painter, where, placed.chip.text, ink, ground, self._chip_metrics)

    def _paint_placeholder(self, painter: QPainter, rect: QRect) -> None:
        pale = self._themes.color(ColorRole.BORDER_SOFT)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(pale)
        painter.drawEllipse(self.check_rect(rect))
        left = rect.x() + _SIDE + _AVATAR + _GAP
        room = rect.width() - 2 * _SIDE - _AVATAR - _GAP
        for line, share in enumerate((0.4, 0.8, 0.95)):
            y = rect.y() + _TOP + 3 + line * (self._body_metrics.height() + _LINE_GAP)
            painter.drawRoundedRect(QRectF(left, y, room * share, self._body_metrics.ascent() - 2), 3, 3)

    def _lay_out(self, row: InboxRow, width: int) -> _Laid:
        now = self._clock.now()
        key = (row, width, int(now.timestamp()) // 60)
        laid = self._laid.get(key)
        if laid is None:
            if len(self._laid) >= _CACHED_ROWS:
                self._laid.clear()
            laid = self._laid[key] = self._measure(row, width, now)
        return laid

    def _measure(self, row: InboxRow, width: int, now: datetime) -> _Laid:
        room = width - 2 * _SIDE - _AVATAR - _GAP
        age = age_text(row.last_message_at, now)
        age_width = self._age_metrics.horizontalAdvance(age)
        name_room = room - age_width - _GAP - (_DOT + 6 if row.unread else 0)
        return _Laid(
            name=_elide(
                self._name_metrics if row.unread else self._body_metrics, row.customer_name, name_room
            ),
            age=age,
            age_width=age_width,
            subject=_elide(self._body_metrics, row.subject, room),
            preview=_elide(self._body_metrics, row.preview, room),
            chips=self._place_chips(chips(row, now), room),
        )

    def _place_chips(self, shown: tuple[ChipText, ...], room: int) -> tuple[_PlacedChip, ...]:
        """Chips side by side; while there is no room, the last that yields goes, then the last."""
        left = list(shown)
        widths = {chip: chip_width(self._chip_metrics, chip.text) for chip in left}
        while len(left) > 1 and sum(widths[chip] + _CHIP_GAP for chip in left) - _CHIP_GAP > room:
            yielding = [chip for chip in left if chip.yields]
            left.remove(yielding[-1] if yielding else left[-1])
        placed = []
        x = 0
        for chip in left:
            placed.append(_PlacedChip(chip, x, widths[chip]))
            x += widths[chip] + _CHIP_GAP
        return tuple(placed)


def _elide(metrics: QFontMetrics, text: str, room: int) -> str:
    """One line of `text` that fits; what is far too long is cut first, so that no text can be slow to measure."""
    line = " ".join(text[:_LONGEST_TEXT].split())
    return metrics.elidedText(line, Qt.TextElideMode.ElideRight, room)
