"""Buttons: text, icon, link, and the split button whose arrow opens a menu."""

from enum import StrEnum

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QIcon, QKeyEvent, QKeySequence, QPaintEvent, QPalette
from PySide6.QtWidgets import (
    QHBoxLayout,
    QMenu,
    QPushButton,
    QSizePolicy,
    QStyle,
    QStyleOptionButton,
    QStylePainter,
    QToolButton,
    QWidget,
)

from ui.fonts import FontRole, role_font, scaled
from ui.icon_names import IconName
from ui.models.tool_tip import plain_tool_tip
from ui.styling import StyleProperty, set_style
from ui.theme import ThemeManager
from ui.tokens import ColorRole

_ICON = 16
_ICON_GAP = 7
_ICON_GAP_MORE = 3  # than the style leaves between icon and text
_HINT_GAP = 10
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class ButtonKind(StrEnum):
    """How much a button asks to be pressed."""

    PRIMARY = "primary"
    SECONDARY = "secondary"
    GHOST = "ghost"
    LINK = "link"
    DANGER = "danger"


_ICON_COLORS = {
    ButtonKind.PRIMARY: ColorRole.ON_ACCENT,
    ButtonKind.SECONDARY: ColorRole.TEXT,
    ButtonKind.GHOST: ColorRole.TEXT_2,
    ButtonKind.LINK: ColorRole.ACCENT_TEXT,
    ButtonKind.DANGER: ColorRole.ON_ACCENT,
}


def key_text(shortcut: str) -> str:
    """A shortcut as this system writes it, with thin joints: "Ctrl K", on macOS its symbols."""
    return QKeySequence(shortcut).toString(QKeySequence.SequenceFormat.NativeText).replace("+", " ").strip()


def _presses(event: QKeyEvent) -> bool:
    """Whether it is Enter alone: it presses the button that has the focus, wherever Qt would have it press another."""
    plain = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier == Qt.KeyboardModifier.NoModifier
    return plain and event.key() in _ENTER


class Button(QPushButton):
    """A button with text. It takes the focus by keyboard only, so that pressing it never leaves a text field."""

    def __init__(
        self,
        themes: ThemeManager,
        text: str,
        kind: ButtonKind = ButtonKind.SECONDARY,
        icon: IconName | None = None,
        *,
        compact: bool = False,
        hint: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, parent)
        self._themes = themes
        self._kind = kind
        self._icon = icon
        self._hint = hint
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAutoDefault(False)
        set_style(self, StyleProperty.KIND, kind.value)
        set_style(self, StyleProperty.COMPACT, compact)
        if kind is ButtonKind.LINK:
            self.setCursor(Qt.CursorShape.PointingHandCursor)
            self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._restyle()
        themes.changed.connect(self._restyle)

    def set_icon(self, icon: IconName | None) -> None:
        """Show another icon before the text, or none."""
        self._icon = icon
        self._restyle()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not _presses(event):
            super().keyPressEvent(event)
        elif not event.isAutoRepeat():
            self.click()

    def sizeHint(self) -> QSize:
        hint = super().sizeHint()
        wider = self._hint_width() + (_ICON_GAP_MORE if self._icon is not None and self.text() else 0)
        return QSize(hint.width() + wider, hint.height())

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The frame as the style draws it; in its middle icon, text and hint with the gaps we want."""
        option = QStyleOptionButton()
        self.initStyleOption(option)
        text, option.text, option.icon = self.text(), "", QIcon()
        painter = QStylePainter(self)
        painter.drawControl(QStyle.ControlElement.CE_PushButton, option)
        metrics = self.fontMetrics()
        icon_width = 0 if self._icon is None else self._icon_side + (_ICON_GAP if text else 0)
        width = metrics.horizontalAdvance(text.replace("&", ""))
        x = (self.width() - icon_width - width - self._hint_width()) // 2
        if self._icon is not None:
            mode = QIcon.Mode.Normal if self.isEnabled() else QIcon.Mode.Disabled
            side = self._icon_side
            self.icon().paint(painter, x, (self.height() - side) // 2, side, side, mode=mode)
            x += icon_width
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextShowMnemonic
        painter.setPen(option.palette.color(QPalette.ColorRole.ButtonText))
        if self._kind is ButtonKind.LINK and self.underMouse():
            underlined = self.font()
            underlined.setUnderline(True)
            painter.setFont(underlined)
        painter.drawText(QRect(x, 0, width + 1, self.height()), flags, text)
        if self._hint:
            x += width + _HINT_GAP
            painter.setFont(role_font(FontRole.SECONDARY))
            painter.drawText(QRect(x, 0, self.width() - x, self.height()), flags, self._hint)
        painter.end()

    def _hint_width(self) -> int:
        if not self._hint:
            return 0
        return _HINT_GAP + QFontMetrics(role_font(FontRole.SECONDARY)).horizontalAdvance(self._hint)

    def _restyle(self) -> None:
        self._icon_side = scaled(_ICON)
        if self._icon is not None:
            self.setIconSize(QSize(self._icon_side, self._icon_side))
            self.setIcon(self._themes.icons.icon(self._icon, _ICON_COLORS[self._kind], self._icon_side))


class IconButton(QToolButton):
    """A button with an icon alone: its `name` is the tool tip and what a screen reader says."""

    def __init__(
        self,
        themes: ThemeManager,
        icon: IconName,
        name: str,
        *,
        framed: bool = False,
        color: ColorRole = ColorRole.TEXT_2,
        size: int = 18,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._themes = themes
        self._icon = icon
        self._color = color
        self._size = size
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        set_style(self, StyleProperty.KIND, ButtonKind.SECONDARY.value if framed else ButtonKind.GHOST.value)
        self.set_name(name)
        self._restyle()
        themes.changed.connect(self._restyle)

    def set_name(self, name: str, shortcut: str = "") -> None:
        """What the button does, and the key that does the same."""
        self.setAccessibleName(name)
        self.setToolTip(plain_tool_tip(f"{name} ({key_text(shortcut)})" if shortcut else name))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not _presses(event):
            super().keyPressEvent(event)
        elif not event.isAutoRepeat():
            self.click()

    def set_icon(self, icon: IconName, color: ColorRole | None = None) -> None:
        """Show another icon, in another colour if one is given."""
        self._icon = icon
        self._color = color if color is not None else self._color
        self._restyle()

    def _restyle(self) -> None:
        side = scaled(self._size)
        self.setIconSize(QSize(side, side))
        self.setIcon(self._themes.icons.icon(self._icon, self._color, side))


class SplitButton(QWidget):
    """A primary button with a narrow arrow beside it that opens a menu of variants."""

    clicked = Signal()

    def __init__(
        self,
        themes: ThemeManager,
        text: str,
        menu_name: str,
        *,
        hint: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.main = Button(themes, text, ButtonKind.PRIMARY, hint=hint, parent=self)
        self.arrow = Button(themes, "", ButtonKind.PRIMARY, IconName.CHEVRON_DOWN, parent=self)
        self.arrow.setAccessibleName(menu_name)
        self.arrow.setToolTip(plain_tool_tip(menu_name))
        self.menu = QMenu(self)
        set_style(self.main, StyleProperty.SIDE, "left")
        set_style(self.arrow, StyleProperty.SIDE, "right")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.main)
        layout.addWidget(self.arrow)
        for half in (self.main, self.arrow):
            half.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFocusProxy(self.main)
        self.main.clicked.connect(self.clicked)
        self.arrow.clicked.connect(self.open_menu)

    def set_text(self, text: str) -> None:
        """Name the main action anew."""
        self.main.setText(text)

    def open_menu(self) -> None:
        """Open the menu above or below the button, its right edges flush."""
        size = self.menu.sizeHint()
        corner = self.mapToGlobal(QPoint(self.width() - size.width(), -size.height() - 4))
        if corner.y() < self.screen().availableGeometry().top():
            corner.setY(self.mapToGlobal(QPoint(0, self.height() + 4)).y())
        self.menu.popup(corner)
