"""A person as a round of colour with initials."""

from PySide6.QtCore import QPoint, QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from agent_desktop.services.inbox_rows import initials_of
from ui.fonts import FontRole, role_font
from ui.icon_names import IconName
from ui.paint import avatar_color, draw_avatar, draw_box
from ui.theme import ThemeManager
from ui.tokens import ColorRole

_BADGE_SHARE = 0.42


class Avatar(QWidget):
    """Shows who somebody is; the colour follows from the name, as in every list. A badge may say where they are."""

    def __init__(
        self,
        themes: ThemeManager,
        name: str = "",
        size: int = 36,
        badge: IconName | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._themes = themes
        self._size = size
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.set_person(name, badge)
        themes.changed.connect(self.update)

    def set_person(self, name: str, badge: IconName | None = None) -> None:
        """Show somebody else."""
        self._name = name
        self._badge = badge
        self.setAccessibleName(name)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self._size, self._size)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = role_font(FontRole.STRONG)
        font.setPixelSize(max(8, round(self._size * 0.36)))
        color = avatar_color(self._themes.theme.avatars, self._name)
        draw_avatar(painter, QRectF(0, 0, self._size, self._size), initials_of(self._name), color, font)
        if self._badge is not None:
            self._paint_badge(painter, self._badge)
        painter.end()

    def _paint_badge(self, painter: QPainter, badge: IconName) -> None:
        side = round(self._size * _BADGE_SHARE)
        corner = self._size - side
        where = QRectF(corner, corner, side, side)
        raised, border = self._themes.color(ColorRole.RAISED), self._themes.color(ColorRole.BORDER)
        draw_box(painter, where, side / 2, raised, border)
        inset = 3
        pixmap = self._themes.icons.pixmap(
            badge, ColorRole.TEXT_2, side - 2 * inset, self.devicePixelRatioF()
        )
        painter.drawPixmap(QPoint(corner + inset, corner + inset), pixmap)
