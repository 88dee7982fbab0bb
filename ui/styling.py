"""The dynamic properties by which the style sheet knows what a widget is for.

A widget never sets colours or fonts of its own: it says which ground, text colour and font role it has, and the
style sheet of the current theme does the rest, also when the theme changes.
"""

from enum import StrEnum

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from ui.fonts import FontRole
from ui.tokens import ColorRole


class StyleProperty(StrEnum):
    """The properties that `resources/qss/application.qss` selects by."""

    GROUND = "ground"
    TEXT_COLOR = "textColor"
    FONT_ROLE = "fontRole"
    KIND = "kind"
    COMPACT = "compact"
    SIDE = "side"


def set_ground(widget: QWidget, role: ColorRole) -> None:
    """Fill the background of `widget` with a role's colour."""
    widget.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    set_style(widget, StyleProperty.GROUND, role.value)


def set_text_style(widget: QWidget, font: FontRole, color: ColorRole = ColorRole.TEXT) -> None:
    """Give the text of `widget` the font and colour of roles."""
    widget.setProperty(StyleProperty.FONT_ROLE.value, font.value)
    set_style(widget, StyleProperty.TEXT_COLOR, color.value)


def set_style(widget: QWidget, name: StyleProperty, value: str | bool) -> None:
    """Set a style property and let the style look at the widget again if it has done so before."""
    widget.setProperty(name.value, value)
    if widget.testAttribute(Qt.WidgetAttribute.WA_WState_Polished):
        style = widget.style()
        style.unpolish(widget)
        style.polish(widget)
