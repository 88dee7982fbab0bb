"""Makes the style sheet of a theme from the template in `resources/qss`."""

from string import Template

from PySide6.QtGui import QColor

from resources import file_path, read_text
from ui.fonts import FONT_SPECS, FontRole, role_pixels
from ui.paint import mix
from ui.styling import StyleProperty
from ui.tokens import ColorRole, Theme

IMAGES = ("check", "minus", "chevron-down", "chevron-up")
"""Drawings that the style sheet loads by itself, one file for each theme (`resources/qss/check-dark.svg`)."""

_GROUNDS = (
    ColorRole.CANVAS,
    ColorRole.SURFACE,
    ColorRole.RAISED,
    ColorRole.SUNKEN,
    ColorRole.ACCENT_SOFT,
    ColorRole.OK_SOFT,
    ColorRole.WARN_SOFT,
    ColorRole.DANGER_SOFT,
    ColorRole.NOTE,
    ColorRole.BUBBLE_IN,
    ColorRole.BUBBLE_OUT,
    ColorRole.RAIL,
    ColorRole.BORDER,
)
_INKS = (
    ColorRole.TEXT,
    ColorRole.TEXT_2,
    ColorRole.TEXT_3,
    ColorRole.ACCENT_TEXT,
    ColorRole.ON_ACCENT,
    ColorRole.OK,
    ColorRole.WARN,
    ColorRole.DANGER,
    ColorRole.RAIL_TEXT,
    ColorRole.ON_RAIL,
)


def style_sheet(theme: Theme) -> str:
    """The whole style sheet: the template filled in, and one rule for each ground, text colour and font role."""
    values: dict[str, str] = {role.value: theme.value(role) for role in ColorRole}
    values.update({f"{role.value}_px": str(role_pixels(role)) for role in FontRole})
    values.update(_derived(theme))
    for image in IMAGES:
        values[f"image_{image.replace('-', '_')}"] = file_path(f"qss/{image}-{theme.name}.svg")
    rules = [Template(read_text("qss/application.qss")).substitute(values)]
    rules += [
        f'QWidget[{StyleProperty.GROUND.value}="{role.value}"] {{ background: {theme.value(role)}; }}'
        for role in _GROUNDS
    ]
    ink = StyleProperty.TEXT_COLOR.value
    rules += [
        f'QLabel[{ink}="{role.value}"], QPushButton[{ink}="{role.value}"] {{ color: {theme.value(role)}; }}'
        for role in _INKS
    ]
    rules += [
        f'QWidget[{StyleProperty.FONT_ROLE.value}="{role.value}"]'
        f" {{ font-size: {role_pixels(role)}px; font-weight: {spec.weight.value}; }}"
        for role, spec in FONT_SPECS.items()
    ]
    return "\n".join(rules)


def _derived(theme: Theme) -> dict[str, str]:
    """Shades that follow from the tokens: what is hovered, pressed or lies in a trough."""
    text, raised = QColor(theme.text), QColor(theme.raised)
    accent, danger = QColor(theme.accent), QColor(theme.danger)
    shades = {
        "hover": mix(raised, text, 0.05),
        "pressed": mix(raised, text, 0.10),
        "accent_hover": mix(accent, text, 0.12),
        "accent_pressed": mix(accent, text, 0.22),
        "accent_seam": mix(accent, QColor(theme.on_accent), 0.3),
        "danger_hover": mix(danger, text, 0.12),
        "scroll": mix(QColor(theme.border), text, 0.15),
        "trough": QColor(theme.canvas) if theme.dark else mix(QColor(theme.sunken), text, 0.045),
        "segment": raised,
    }
    return {name: color.name() for name, color in shades.items()}
