"""Paints one conversation of a list: fixed height, plain text, no layout engine.

Rows on screen are kept as pictures, so that scrolling moves them only; what many rows share is stamped into them.
The owner of the list sets its row height from `row_height`, again after `ThemeManager.changed`.
"""

from collections import OrderedDict
from functools import partial
from typing import NamedTuple

from PySide6.QtCore import QObject, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPixmap

from agent_desktop.domain.clock import Clock
from agent_desktop.services.inbox_rows import InboxRow, initials_of
from ui.delegates.inbox_row_layout import AVATAR, DOT, GAP, LINE_GAP, SIDE, TOP, InboxRowLayout, PlacedChip
from ui.delegates.stamps import Stamps
from ui.icon_names import IconName
from ui.models.channel_icons import CHANNEL_ICONS
from ui.paint import AVATAR_INK, avatar_color, draw_box, draw_chip, mix
from ui.theme import ThemeManager
from ui.tokens import ColorRole

_BADGE = 16
_BADGE_ICON = 10
_BADGE_RING = 1.5
_BADGE_ROOM = 20
"""The side of a badge with its ring, in whole pixels."""
_BAR = 3
_PICTURES_KEPT = 32
"""Those on screen and a few beside them."""


class RowState(NamedTuple):
    """What a row is to the person just now. `checked` is None while rows are not being selected for bulk actions."""

    selected: bool = False
    hovered: bool = False
    focused: bool = False
    checked: bool | None = None


class InboxRowPainter(QObject):
    """Paints rows, or a pale placeholder where there is none yet.

    While rows are selected for bulk actions, a check circle takes the avatar's place.
    """

    def __init__(self, themes: ThemeManager, clock: Clock, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._clock = clock
        self._pictures: OrderedDict[tuple[object, ...], QPixmap] = OrderedDict()
        self._stamps = Stamps()
        self._restyle()
        themes.changed.connect(self._restyle)

    @property
    def row_height(self) -> int:
        """The height of every row with the fonts of now."""
        return self._layout.row_height

    def check_rect(self, row: QRect) -> QRect:
        """Where the avatar or check circle of a row is: a click there selects for bulk actions."""
        return QRect(row.x() + SIDE, row.y() + TOP, AVATAR, AVATAR)

    def paint(
        self, painter: QPainter, where: QPoint, width: int, row: InboxRow | None, state: RowState
    ) -> None:
        """Paint a row with its upper left corner at `where`."""
        painter.drawPixmap(where, self.picture(row, state, width, painter.device().devicePixelRatioF()))

    def picture(self, row: InboxRow | None, state: RowState, width: int, ratio: float) -> QPixmap:
        """A row as a picture, painted if it was not yet."""
        minute = int(self._clock.now().timestamp()) // 60
        look = (row, state, width, ratio, minute)
        picture = self._pictures.get(look)
        if picture is None:
            picture = self._blank(QSize(width, self.row_height), ratio)
            self._draw(picture, row, state, minute)
            self._pictures[look] = picture
        else:
            self._pictures.move_to_end(look)
        return picture

    def _blank(self, size: QSize, ratio: float) -> QPixmap:
        """Something to paint on: the picture that was looked at longest ago, for memory that is new is slow."""
        wanted = (size.toSizeF() * ratio).toSize()
        if len(self._pictures) >= _PICTURES_KEPT:
            _, oldest = self._pictures.popitem(last=False)
            if oldest.size() == wanted and oldest.devicePixelRatioF() == ratio:
                return oldest
        blank = QPixmap(wanted)
        blank.setDevicePixelRatio(ratio)
        return blank

    def _draw(self, picture: QPixmap, row: InboxRow | None, state: RowState, minute: int) -> None:
        ratio, size = picture.devicePixelRatioF(), picture.deviceIndependentSize().toSize()
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = self._paint_ground(painter, QRect(QPoint(0, 0), size), state)
        if row is None:
            self._paint_placeholder(painter, size.width())
        else:
            if state.checked is None:
                self._paint_avatar(painter, row, ground, ratio)
            else:
                self._paint_check(painter, state.checked, ratio)
            self._paint_words(painter, size.width(), row, state.selected, minute, ratio)
        painter.end()

    def _restyle(self) -> None:
        self._pictures.clear()
        self._stamps.forget()
        self._layout = InboxRowLayout()
        self._initials = QFont(self._layout.strong.font)
        self._initials.setPixelSize(round(AVATAR * 0.36))
        color = self._themes.color
        self._hover = mix(color(ColorRole.SURFACE), color(ColorRole.ACCENT_SOFT), 0.45)

    def _paint_ground(self, painter: QPainter, rect: QRect, state: RowState) -> QColor:
        color = self._themes.color
        ground = color(ColorRole.ACCENT_SOFT if state.selected else ColorRole.SURFACE)
        if state.hovered and not state.selected:
            ground = self._hover
        painter.fillRect(rect, ground)
        painter.fillRect(QRect(0, rect.bottom(), rect.width(), 1), color(ColorRole.BORDER_SOFT))
        if state.selected:
            painter.fillRect(QRect(0, 0, _BAR, rect.height()), color(ColorRole.ACCENT))
        if state.focused:
            draw_box(painter, QRectF(rect).adjusted(1, 1, -1, -2), 4, None, color(ColorRole.ACCENT), 1.5)
        return ground

    def _paint_avatar(self, painter: QPainter, row: InboxRow, ground: QColor, ratio: float) -> None:
        color = avatar_color(self._themes.theme.avatars, row.customer_name)
        round_ = self._stamps.get(
            color.rgba(), QSize(AVATAR, AVATAR), ratio, partial(_draw_round, AVATAR, color)
        )
        painter.drawPixmap(QPoint(SIDE, TOP), round_)
        painter.setFont(self._initials)
        painter.setPen(AVATAR_INK)
        painter.drawText(
            QRect(SIDE, TOP, AVATAR, AVATAR), Qt.AlignmentFlag.AlignCenter, initials_of(row.customer_name)
        )
        icon = CHANNEL_ICONS.get(row.channel_kind)
        if icon is not None:
            badge = self._stamps.get(
                (icon, ground.rgba()),
                QSize(_BADGE_ROOM, _BADGE_ROOM),
                ratio,
                partial(self._draw_badge, icon, ground, ratio),
            )
            at = AVATAR - _BADGE + 4 - (_BADGE_ROOM - _BADGE) // 2
            painter.drawPixmap(QPoint(SIDE + at, TOP + at), badge)

    def _draw_badge(self, icon: IconName, ground: QColor, ratio: float, painter: QPainter) -> None:
        inset = (_BADGE_ROOM - _BADGE) / 2
        badge = QRectF(inset, inset, _BADGE, _BADGE)
        ring = badge.adjusted(-_BADGE_RING, -_BADGE_RING, _BADGE_RING, _BADGE_RING)
        draw_box(painter, ring, ring.width() / 2, ground)
        color = self._themes.color
        draw_box(painter, badge, _BADGE / 2, color(ColorRole.RAISED), color(ColorRole.BORDER))
        pixmap = self._themes.icons.pixmap(icon, ColorRole.TEXT_2, _BADGE_ICON, ratio)
        at = round((_BADGE_ROOM - _BADGE_ICON) / 2)
        painter.drawPixmap(QPoint(at, at), pixmap)

    def _paint_check(self, painter: QPainter, checked: bool, ratio: float) -> None:
        where = QRectF(SIDE, TOP, AVATAR, AVATAR).adjusted(6, 6, -6, -6)
        if not checked:
            surface = self._themes.color(ColorRole.RAISED)
            draw_box(painter, where, where.height() / 2, surface, self._themes.color(ColorRole.TEXT_3), 1.5)
            return
        draw_box(painter, where, where.height() / 2, self._themes.color(ColorRole.ACCENT))
        pixmap = self._themes.icons.pixmap(IconName.CHECK, ColorRole.ON_ACCENT, 16, ratio)
        painter.drawPixmap(where.topLeft() + QPoint(4, 4), pixmap)

    def _paint_words(
        self, painter: QPainter, width: int, row: InboxRow, selected: bool, minute: int, ratio: float
    ) -> None:
        color, layout = self._themes.color, self._layout
        laid = layout.of(row, width, self._clock.now(), minute)
        left, right = SIDE + AVATAR + GAP, width - SIDE
        baseline = TOP + layout.strong.ascent
        painter.setPen(color(ColorRole.TEXT))
        painter.setFont((layout.strong if row.unread else layout.body).font)
        painter.drawText(left, baseline, laid.name)
        painter.setFont(layout.body.font)
        painter.drawText(left, layout.subject_y + layout.body.ascent, laid.subject)
        painter.setPen(color(ColorRole.TEXT_2))
        painter.drawText(left, layout.preview_y + layout.body.ascent, laid.preview)
        painter.setPen(color(ColorRole.TEXT_3))
        painter.setFont(layout.age.font)
        painter.drawText(right - laid.age_right - laid.age_width, baseline, laid.age)
        if row.unread:
            accent = color(ColorRole.ACCENT)
            dot = self._stamps.get("unread", QSize(DOT, DOT), ratio, partial(_draw_round, DOT, accent))
            painter.drawPixmap(QPoint(right - DOT, TOP + (layout.strong.height - DOT) // 2), dot)
        for placed in laid.chips:
            chip = self._stamps.get(
                (placed.chip, selected),
                QSize(placed.width, layout.chip_height),
                ratio,
                partial(self._draw_chip, placed, selected),
            )
            painter.drawPixmap(QPoint(left + placed.x, layout.chips_y), chip)

    def _draw_chip(self, placed: PlacedChip, selected: bool, painter: QPainter) -> None:
        ink, ground = self._themes.chip_colors(placed.chip.tone, selected=selected)
        where = QRectF(0, 0, placed.width, self._layout.chip_height)
        painter.setFont(self._layout.chip.font)
        draw_chip(painter, where, placed.chip.text, ink, ground, self._layout.chip.metrics)

    def _paint_placeholder(self, painter: QPainter, width: int) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._themes.color(ColorRole.BORDER_SOFT))
        painter.drawEllipse(QRect(SIDE, TOP, AVATAR, AVATAR))
        left, room, body = SIDE + AVATAR + GAP, width - 2 * SIDE - AVATAR - GAP, self._layout.body
        for line, share in enumerate((0.4, 0.8, 0.95)):
            y = TOP + 3 + line * (body.height + LINE_GAP)
            painter.drawRoundedRect(QRectF(left, y, room * share, body.ascent - 2), 3, 3)


def _draw_round(side: int, color: QColor, painter: QPainter) -> None:
    draw_box(painter, QRectF(0, 0, side, side), side / 2, color)
