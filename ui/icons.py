"""Line icons: the drawings of `resources/icons` tinted by colour role, rendered and cached.

The drawings use `currentColor`, which becomes the colour of a role of the current theme. Qt scales nothing here:
each size is rendered from the drawing at the device pixel ratio.
"""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QGuiApplication, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from resources import read_bytes
from ui.icon_names import IconName
from ui.tokens import ColorRole, Theme

__all__ = ["IconName", "Icons"]


class Icons:
    """Renders icons for one theme and keeps what it rendered. Owned by the `ThemeManager`."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme
        self._drawings: dict[IconName, bytes] = {}
        self._pixmaps: dict[tuple[IconName, int, float, str], QPixmap] = {}

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of `theme` from now on; pixmaps of the old colours are forgotten."""
        self._theme = theme
        self._pixmaps.clear()

    def pixmap(
        self, name: IconName, role: ColorRole = ColorRole.TEXT_2, size: int = 18, ratio: float | None = None
    ) -> QPixmap:
        """The icon `size` by `size` device-independent pixels, sharp at device pixel `ratio` (the screen's)."""
        if ratio is None:
            ratio = _screen_ratio()
        colour = self._theme.value(role)
        key = (name, size, ratio, colour)
        pixmap = self._pixmaps.get(key)
        if pixmap is None:
            pixmap = self._render(name, size, ratio, colour)
            self._pixmaps[key] = pixmap
        return pixmap

    def icon(self, name: IconName, role: ColorRole = ColorRole.TEXT_2, size: int = 18) -> QIcon:
        """The icon for buttons, menus and actions; disabled it is drawn like a hint."""
        icon = QIcon()
        for ratio in sorted({1.0, _screen_ratio()}):
            icon.addPixmap(self.pixmap(name, role, size, ratio))
            icon.addPixmap(self.pixmap(name, ColorRole.TEXT_3, size, ratio), QIcon.Mode.Disabled)
        return icon

    def _render(self, name: IconName, size: int, ratio: float, colour: str) -> QPixmap:
        drawing = self._drawings.get(name)
        if drawing is None:
            drawing = read_bytes(f"icons/{name.value}.svg")
            self._drawings[name] = drawing
        renderer = QSvgRenderer(drawing.replace(b"currentColor", colour.encode()))
        pixels = round(size * ratio)
        pixmap = QPixmap(QSize(pixels, pixels))
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        renderer.render(painter, QRectF(0, 0, pixels, pixels))
        painter.end()
        pixmap.setDevicePixelRatio(ratio)
        return pixmap


def _screen_ratio() -> float:
    application = QGuiApplication.instance()
    return application.devicePixelRatio() if isinstance(application, QGuiApplication) else 1.0
