"""The narrow rail at the left: the screens of the program, settings, and who is at work here."""

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QToolButton, QVBoxLayout, QWidget

from ui.fonts import FontRole, role_font, scaled
from ui.icon_names import IconName
from ui.models.tool_tip import plain_tool_tip
from ui.navigator import ScreenName
from ui.paint import draw_box, mix
from ui.styling import set_ground
from ui.theme import ThemeManager
from ui.tokens import ColorRole
from ui.widgets.avatar import Avatar

WIDTH = 56
_BUTTON = 40
_ICON, _LARGEST_ICON = 20, 28
_MOST_SHOWN = 99
SCREENS = (
    (ScreenName.INBOX, IconName.INBOX, "Inbox"),
    (ScreenName.CUSTOMERS, IconName.USERS, "Customers"),
    (ScreenName.KNOWLEDGE, IconName.BOOK, "Knowledge base"),
    (ScreenName.SEARCH, IconName.SEARCH, "Search"),
    (ScreenName.OUTBOX, IconName.OUTBOX, "Outbox"),
    (ScreenName.ADMINISTRATION, IconName.SHIELD, "Administration"),
)
"""The screens in the order of the rail; the last one stands at its foot, for whoever may open it."""


class RailButton(QToolButton):
    """An icon on the rail, with a number on it where something waits."""

    def __init__(
        self, themes: ThemeManager, icon: IconName, name: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._themes = themes
        self._icon = icon
        self._name = name
        self._badge = 0
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setFixedSize(_BUTTON, _BUTTON)
        self.set_badge(0)
        themes.changed.connect(self.update)

    def set_badge(self, count: int) -> None:
        """Show that this many wait there; 0 for nothing."""
        if count == self._badge and self.accessibleName():
            return
        self._badge = count
        words = f"{self._name}, {count:,} waiting" if count else self._name
        self.setAccessibleName(words)
        self.setToolTip(plain_tool_tip(words))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(_BUTTON, _BUTTON)

    def paintEvent(self, event: QPaintEvent) -> None:
        color = self._themes.color
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        on = self.isChecked()
        box = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        if on or self.underMouse():
            share = 0.16 if on else 0.09
            draw_box(painter, box, 9, mix(color(ColorRole.RAIL), color(ColorRole.ON_RAIL), share))
        if self.hasFocus():
            draw_box(painter, box, 9, None, color(ColorRole.ON_RAIL), 2)
        ink = ColorRole.ON_RAIL if on or self.underMouse() else ColorRole.RAIL_TEXT
        side = min(scaled(_ICON), _LARGEST_ICON)
        pixmap = self._themes.icons.pixmap(self._icon, ink, side, self.devicePixelRatioF())
        corner = (_BUTTON - side) // 2
        painter.drawPixmap(corner, corner, pixmap)
        if self._badge:
            self._paint_badge(painter)
        painter.end()

    def _paint_badge(self, painter: QPainter) -> None:
        text = f"{self._badge}" if self._badge <= _MOST_SHOWN else f"{_MOST_SHOWN}+"
        font = role_font(FontRole.LABEL)
        font.setPixelSize(10)
        metrics = QFontMetrics(font)
        width = max(16, metrics.horizontalAdvance(text) + 8)
        where = QRectF(_BUTTON - width, 0, width, 16)
        painter.setPen(Qt.PenStyle.NoPen)
        draw_box(painter, where.adjusted(-2, -2, 2, 2), 10, self._themes.color(ColorRole.RAIL))
        draw_box(painter, where, 8, self._themes.color(ColorRole.DANGER))
        painter.setFont(font)
        painter.setPen(self._themes.color(ColorRole.ON_ACCENT))
        painter.drawText(where, Qt.AlignmentFlag.AlignCenter, text)


class Rail(QWidget):
    """One button per screen; the outbox is there only while something waits in it, administration for who may."""

    screen_chosen = Signal(ScreenName)
    views_wanted = Signal()
    """The list of views is wanted, which had to make room."""
    settings_wanted = Signal()

    def __init__(self, themes: ThemeManager, user_name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedWidth(WIDTH)
        self.setAccessibleName("Screens")
        set_ground(self, ColorRole.RAIL)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 10, 8, 12)
        layout.setSpacing(4)
        self.views = RailButton(themes, IconName.MENU, "Views", self)
        self.views.setCheckable(False)
        self.views.clicked.connect(self.views_wanted)
        self.views.hide()
        layout.addWidget(self.views)
        self._buttons: dict[ScreenName, RailButton] = {}
        for name, icon, title in SCREENS:
            button = RailButton(themes, icon, title, self)
            button.setAutoExclusive(True)
            button.clicked.connect(lambda _=False, name=name: self.screen_chosen.emit(name))
            self._buttons[name] = button
            if name is ScreenName.ADMINISTRATION:
                layout.addStretch(1)
            layout.addWidget(button)
        settings = RailButton(themes, IconName.GEAR, "Settings", self)
        settings.setCheckable(False)
        settings.clicked.connect(self.settings_wanted)
        layout.addWidget(settings)
        layout.addSpacing(4)
        self._avatar = Avatar(themes, user_name, 32, parent=self)
        self._avatar.setToolTip(plain_tool_tip(user_name))
        layout.addWidget(self._avatar, 0, Qt.AlignmentFlag.AlignHCenter)
        self.set_badges(0, 0)
        self.show_administration(False)

    def show_screen(self, name: ScreenName) -> None:
        """Mark the screen that is shown."""
        self._buttons[name].setChecked(True)

    def set_person(self, name: str) -> None:
        """Say who is at work here."""
        self._avatar.set_person(name)
        self._avatar.setToolTip(plain_tool_tip(name))

    def show_administration(self, shown: bool) -> None:
        """Whether this person's role opens any of it."""
        self._buttons[ScreenName.ADMINISTRATION].setVisible(shown)

    def set_badges(self, inbox: int, outbox: int) -> None:
        """How many conversations wait for this person, and how much waits to be sent or for a decision."""
        self._buttons[ScreenName.INBOX].set_badge(inbox)
        self._buttons[ScreenName.OUTBOX].set_badge(outbox)
        self._buttons[ScreenName.OUTBOX].setVisible(outbox > 0)
