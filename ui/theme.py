"""Applies a theme to the application and follows the system's light or dark setting."""

from enum import StrEnum

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication

from ui.fonts import with_tabular_figures
from ui.icons import Icons
from ui.paint import mix
from ui.stylesheet import style_sheet
from ui.tokens import DARK, LIGHT, ChipTone, ColorRole, Theme

__all__ = ["Theme", "ThemeManager", "ThemeMode"]


class ThemeMode(StrEnum):
    """What the user chose: follow the system, or always one theme."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


_FORCED = {ThemeMode.LIGHT: Qt.ColorScheme.Light, ThemeMode.DARK: Qt.ColorScheme.Dark}


class ThemeManager(QObject):
    """Holds the current theme, its icons and colours, and tells by `changed` when to paint anew."""

    changed = Signal(object)
    """The new `Theme`: after a change of mode, of the system's setting or of the text size."""

    def __init__(
        self, application: QApplication, mode: ThemeMode = ThemeMode.SYSTEM, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._application = application
        self._base_font = QFont(application.font())
        self._mode = mode
        self._text_scale = 100
        self._colors: dict[ColorRole, QColor] = {}
        application.setStyle("Fusion")  # what our style sheet was drawn for; native styles follow it in part
        self._request_scheme()
        self._theme = self._resolve()
        self._icons = Icons(self._theme)
        self._apply()
        application.styleHints().colorSchemeChanged.connect(self._follow_system)

    @property
    def theme(self) -> Theme:
        """The theme in use."""
        return self._theme

    @property
    def mode(self) -> ThemeMode:
        """What the user chose."""
        return self._mode

    @property
    def icons(self) -> Icons:
        """Icons in the colours of the theme in use."""
        return self._icons

    def color(self, role: ColorRole) -> QColor:
        """The colour of a role in the theme in use; do not change it."""
        color = self._colors.get(role)
        if color is None:
            color = self._colors[role] = QColor(self._theme.value(role))
        return color

    def chip_colors(self, tone: ChipTone, *, selected: bool = False) -> tuple[QColor, QColor]:
        """Text and ground of a chip, perhaps on a selected row."""
        return self.color(tone.ink), self.color(tone.selected_ground if selected else tone.ground)

    def set_mode(self, mode: ThemeMode) -> None:
        """Follow the system or keep to one theme; native menus and title bars are asked to do the same."""
        if mode is self._mode:
            return
        self._mode = mode
        self._request_scheme()
        self._follow_system()

    def set_text_scale(self, percent: int) -> None:
        """Make all text larger or smaller than the system's UI font."""
        if percent == self._text_scale:
            return
        self._text_scale = percent
        self._apply()
        self.changed.emit(self._theme)

    def _request_scheme(self) -> None:
        hints = self._application.styleHints()
        forced = _FORCED.get(self._mode)
        if forced is None:
            hints.unsetColorScheme()
        else:
            hints.setColorScheme(forced)

    def _resolve(self) -> Theme:
        if self._mode is ThemeMode.SYSTEM:
            dark = self._application.styleHints().colorScheme() is Qt.ColorScheme.Dark
        else:
            dark = self._mode is ThemeMode.DARK
        return DARK if dark else LIGHT

    def _follow_system(self) -> None:
        theme = self._resolve()
        if theme is self._theme:
            return
        self._theme = theme
        self._colors.clear()
        self._icons.set_theme(theme)
        self._apply()
        self.changed.emit(theme)

    def _apply(self) -> None:
        font = with_tabular_figures(self._base_font)
        if font.pointSizeF() > 0:
            font.setPointSizeF(font.pointSizeF() * self._text_scale / 100)
        else:
            font.setPixelSize(round(font.pixelSize() * self._text_scale / 100))
        self._application.setFont(font)
        self._application.setPalette(_palette(self._theme))
        self._application.setStyleSheet(style_sheet(self._theme))


def _palette(theme: Theme) -> QPalette:
    """The palette for what the style sheet leaves to the style, and for painters that ask for palette roles."""
    role = QPalette.ColorRole
    border = QColor(theme.border)
    colors = {
        role.Window: QColor(theme.canvas),
        role.WindowText: QColor(theme.text),
        role.Base: QColor(theme.surface),
        role.AlternateBase: QColor(theme.sunken),
        role.Text: QColor(theme.text),
        role.PlaceholderText: QColor(theme.text_3),
        role.Button: QColor(theme.raised),
        role.ButtonText: QColor(theme.text),
        role.BrightText: QColor(theme.danger),
        role.ToolTipBase: QColor(theme.raised),
        role.ToolTipText: QColor(theme.text),
        role.Highlight: QColor(theme.accent),
        role.HighlightedText: QColor(theme.on_accent),
        role.Accent: QColor(theme.accent),
        role.Link: QColor(theme.accent_text),
        role.LinkVisited: QColor(theme.accent_text),
        role.Light: QColor(theme.raised),
        role.Midlight: QColor(theme.border_soft),
        role.Mid: border,
        role.Dark: mix(border, QColor(theme.text), 0.2),
        role.Shadow: mix(border, QColor(theme.text), 0.4),
    }
    palette = QPalette()
    for name, color in colors.items():
        palette.setColor(name, color)
    for name in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, name, QColor(theme.text_3))
    return palette
