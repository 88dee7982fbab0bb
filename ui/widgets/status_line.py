"""The line at the bottom of a window: how this device stands to the server, in words."""

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from ui.fonts import FontRole
from ui.models.tool_tip import plain_tool_tip
from ui.paint import draw_box
from ui.styling import set_ground, set_text_style
from ui.theme import ThemeManager
from ui.tokens import ColorRole
from ui.viewmodels.sync_status import SyncStatusViewModel
from ui.widgets.buttons import Button, ButtonKind
from ui.widgets.safe_text import SafeLabel
from ui.widgets.splitters import Separator

_DOT = 8
_RECOVERY = "With it the data of this computer can be read when the keychain or the passphrase is lost."
_NOT_ENCRYPTED = "Not encrypted: see Settings, Security"


class _Dot(QWidget):
    """A round of one colour; the words beside it say the same."""

    def __init__(self, themes: ThemeManager, parent: QWidget) -> None:
        super().__init__(parent)
        self._themes = themes
        self.role = ColorRole.OK
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        themes.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(_DOT, _DOT)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        draw_box(painter, QRectF(0, 0, _DOT, _DOT), _DOT / 2, self._themes.color(self.role))
        painter.end()


class StatusLine(QWidget):
    """Follows a `SyncStatusViewModel`."""

    outbox_wanted = Signal()
    sign_in_wanted = Signal()
    recovery_key_wanted = Signal()

    def __init__(
        self, themes: ThemeManager, status: SyncStatusViewModel, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._status = status
        self.setAccessibleName("Status")
        set_ground(self, ColorRole.SUNKEN)
        self._dot = _Dot(themes, self)
        self._state = SafeLabel("", FontRole.SECONDARY, ColorRole.TEXT_2, elide=True, parent=self)
        self.sign_in = Button(themes, "", ButtonKind.LINK, parent=self)
        set_text_style(self.sign_in, FontRole.SECONDARY, ColorRole.WARN)
        self.sign_in.clicked.connect(self.sign_in_wanted)
        self.attention = Button(themes, "", ButtonKind.LINK, parent=self)
        set_text_style(self.attention, FontRole.SECONDARY, ColorRole.DANGER)
        self.attention.clicked.connect(self.outbox_wanted)
        self._clock = SafeLabel("", FontRole.SECONDARY, ColorRole.WARN, elide=True, parent=self)
        self.warning = SafeLabel(
            "Not encrypted: see Settings, Security", FontRole.SECONDARY, ColorRole.DANGER, parent=self
        )
        self.save_key = Button(themes, "Save your recovery key", ButtonKind.LINK, parent=self)
        set_text_style(self.save_key, FontRole.SECONDARY, ColorRole.TEXT_2)
        self.save_key.setToolTip(plain_tool_tip(_RECOVERY))
        self.save_key.setAccessibleDescription(_RECOVERY)
        self.save_key.clicked.connect(self.recovery_key_wanted)
        self.not_now = Button(themes, "Not now", ButtonKind.LINK, parent=self)
        set_text_style(self.not_now, FontRole.SECONDARY, ColorRole.TEXT_3)
        self.not_now.setAccessibleName("Do not save the recovery key now")
        self.not_now.clicked.connect(status.put_reminder_away)
        self._waiting = Button(themes, "", ButtonKind.LINK, parent=self)
        set_text_style(self._waiting, FontRole.SECONDARY, ColorRole.TEXT_2)
        self._waiting.clicked.connect(self.outbox_wanted)
        self._last_change = SafeLabel("", FontRole.SECONDARY, ColorRole.TEXT_2, elide=True, parent=self)
        self._on_device = SafeLabel("", FontRole.SECONDARY, ColorRole.TEXT_2, parent=self)
        row = QHBoxLayout()
        row.setContentsMargins(12, 2, 12, 2)
        row.setSpacing(18)
        state = QHBoxLayout()
        state.setSpacing(6)
        state.addWidget(self._dot, 0, Qt.AlignmentFlag.AlignVCenter)
        state.addWidget(self._state)
        state.addWidget(self.sign_in)
        row.addLayout(state)
        row.addWidget(self.warning)
        reminder = QHBoxLayout()
        reminder.setSpacing(8)
        reminder.addWidget(self.save_key)
        reminder.addWidget(self.not_now)
        row.addLayout(reminder)
        row.addWidget(self.attention)
        row.addWidget(self._waiting)
        row.addWidget(self._clock)
        row.addWidget(self._last_change, 1)
        row.addWidget(self._on_device)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(Separator(parent=self))
        layout.addLayout(row)
        status.changed.connect(self.refresh)
        themes.changed.connect(self._keep_height)
        self._keep_height()
        self.refresh()

    def _keep_height(self) -> None:
        """The line is as high as a button in it, whether there is one or not: nothing above it ever moves."""
        self._state.setMinimumHeight(self.attention.sizeHint().height())
        self._last_change.setMinimumHeight(self.attention.sizeHint().height())

    def refresh(self) -> None:
        """Say how things stand now."""
        words = self._status.words
        self.warning.setVisible(self._status.is_open_to_all)
        for button in (self.save_key, self.not_now):
            button.setVisible(self._status.reminds_of_recovery_key)
        self._dot.role = words.tone
        self._dot.update()
        self._state.setText(words.state)
        self._state.setVisible(not words.sign_in)
        self.sign_in.setText(words.state)
        self.sign_in.setVisible(words.sign_in)
        plain = words.tone in (ColorRole.OK, ColorRole.ACCENT)
        self._state.set_color(ColorRole.TEXT_2 if plain else words.tone)
        verb = "needs" if words.attention == 1 else "need"
        self.attention.setText(f"{words.attention:,} {verb} attention")
        self.attention.setVisible(words.attention > 0)
        self._clock.setText(words.clock)
        self._clock.setVisible(bool(words.clock))
        self._waiting.setText(words.waiting)
        self._waiting.setVisible(bool(words.waiting))
        self._last_change.setText(words.last_change)
        self._on_device.setText(words.on_device)
