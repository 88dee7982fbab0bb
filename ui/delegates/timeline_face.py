"""What every picture of a timeline is painted with: fonts, their metrics and avatars of one theme and text size."""

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPixmap, QStaticText, QTransform

from agent_desktop.services.inbox_rows import initials_of
from ui.delegates.bubble_box import BubbleBoxes
from ui.fonts import FontRole, role_font
from ui.icon_names import IconName
from ui.paint import avatar_color, draw_avatar
from ui.theme import ThemeManager
from ui.tokens import ColorRole

AVATAR = 28
_MOST_KEPT = 400
_SINGLE = Qt.TextFlag.TextSingleLine.value


class Typeface:
    """A font, its metrics, and the widths of the words that come again and again."""

    def __init__(self, font: QFont) -> None:
        self.font = font
        self.metrics = QFontMetrics(font)
        self.height = self.metrics.height()
        self.ascent = self.metrics.ascent()
        self._widths: dict[str, int] = {}
        self._names: dict[str, QStaticText] = {}

    def width(self, text: str) -> int:
        """How wide a text is on one line."""
        width = self._widths.get(text)
        if width is None:
            if len(self._widths) > _MOST_KEPT:
                self._widths.clear()
            width = self._widths[text] = self.metrics.size(_SINGLE, text).width()
        return width

    def room(self, text: str) -> int:
        """What a text needs on one line: quick to tell, and up to a pixel more than `width`."""
        return self.metrics.horizontalAdvance(text) + 1

    def draw(
        self, painter: QPainter, left: float, top: float, text: str, room: int, needed: int | None = None
    ) -> None:
        """Draw a text on one line, cut with an ellipsis where it is wider than `room`.

        `needed` is its `room`, where that is known.
        """
        if (self.room(text) if needed is None else needed) > room:
            text = self.metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)
        painter.setFont(self.font)
        painter.drawText(QPointF(left, top + self.ascent), text)

    def draw_name(self, painter: QPainter, left: float, top: float, text: str, room: int) -> None:
        """The same for a text that comes again and again: its letters are chosen and placed once."""
        if self.width(text) > room:
            self.draw(painter, left, top, text, room)
            return
        name = self._names.get(text)
        if name is None:
            if len(self._names) > _MOST_KEPT:
                self._names.clear()
            name = self._names[text] = QStaticText(text)
            name.setTextFormat(Qt.TextFormat.PlainText)
            name.prepare(QTransform(), self.font)
        painter.setFont(self.font)
        painter.drawStaticText(QPointF(left, top), name)


class TimelineFace:
    """Made anew when the theme or the text size changes; pictures that were made with another one are worth nothing."""

    def __init__(self, themes: ThemeManager, ratio: Callable[[], float]) -> None:
        self.themes = themes
        self._ratio = ratio
        self._avatars: dict[tuple[str, float], QPixmap] = {}
        self.boxes = BubbleBoxes(themes)
        self.body = Typeface(role_font(FontRole.BODY))
        self.author = Typeface(role_font(FontRole.HEADING))
        self.meta = Typeface(role_font(FontRole.SECONDARY))
        link = role_font(FontRole.SECONDARY)
        link.setWeight(QFont.Weight.Medium)
        self.link = Typeface(link)

    @property
    def ratio(self) -> float:
        """Pixels of the screen for one of ours."""
        return self._ratio()

    def color(self, role: ColorRole) -> QColor:
        """The colour of a role."""
        return self.themes.color(role)

    def icon(self, name: IconName, role: ColorRole, size: int) -> QPixmap:
        """An icon in the colour of a role, sharp on the screen."""
        return self.themes.icons.pixmap(name, role, size, self.ratio)

    def avatar(self, name: str) -> QPixmap:
        """The round of a person."""
        ratio = self.ratio
        pixmap = self._avatars.get((name, ratio))
        if pixmap is None:
            if len(self._avatars) > _MOST_KEPT:
                self._avatars.clear()
            pixmap = self._avatars[name, ratio] = self._make_avatar(name, ratio)
        return pixmap

    def _make_avatar(self, name: str, ratio: float) -> QPixmap:
        pixels = round(AVATAR * ratio)
        pixmap = QPixmap(pixels, pixels)
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = role_font(FontRole.STRONG)
        font.setPixelSize(max(8, round(AVATAR * 0.36)))
        color = avatar_color(self.themes.theme.avatars, name)
        draw_avatar(painter, QRectF(0, 0, AVATAR, AVATAR), initials_of(name), color, font)
        painter.end()
        return pixmap
