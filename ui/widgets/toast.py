"""A short message over the bottom of a window: what was just done with a button to undo it, or what is due."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from ui.icon_names import IconName
from ui.theme import ThemeManager
from ui.tokens import ColorRole
from ui.widgets.buttons import Button, ButtonKind, IconButton
from ui.widgets.safe_text import SafeLabel

SHOWN_FOR = 6_000
"""Milliseconds, longer while the mouse is over it."""
_ABOVE_BOTTOM = 38
_NARROWEST, _WIDEST = 300, 560
_SIDE = 12


class Toast(QFrame):
    """Floats over its window and never takes the focus. One message at a time: a new one replaces the old."""

    def __init__(self, themes: ThemeManager, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._over = window
        self._action: Callable[[], None] | None = None
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._icon = SafeLabel(parent=self)
        self._themes = themes
        self._message = SafeLabel("", parent=self, wrap=True)
        self._button = Button(themes, "Undo", ButtonKind.LINK, parent=self)
        self._button.clicked.connect(self._on_pressed)
        close = IconButton(themes, IconName.CLOSE, "Dismiss", size=14, parent=self)
        close.clicked.connect(self.hide)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(14, 7, 8, 7)
        layout.setSpacing(10)
        layout.addWidget(self._icon)
        layout.addWidget(self._message, 1)
        layout.addWidget(self._button)
        layout.addWidget(close)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SHOWN_FOR)
        self._timer.timeout.connect(self._time_is_over)
        window.installEventFilter(self)
        self.hide()

    @property
    def message(self) -> str:
        """What is or was said last."""
        return self._message.text()

    def stand_over(self, widget: QWidget) -> None:
        """Appear over the lower end of this part of the window while it is shown, where it hides no text field."""
        self._over = widget

    def say(self, message: str, undo: Callable[[], None] | None = None, *, problem: bool = False) -> None:
        """Show a message; with `undo`, a button that calls it. A problem stays until it is put away."""
        icon, role = (IconName.WARNING, ColorRole.DANGER) if problem else (IconName.CHECK, ColorRole.OK)
        self._present(message, icon, role, "Undo", undo)
        if problem:
            self._timer.stop()

    def warn(self, message: str, show: Callable[[], None] | None = None) -> None:
        """Show what is due; with `show`, a button that leads there."""
        self._present(message, IconName.CLOCK, ColorRole.WARN, "Show", show)

    def _present(
        self, message: str, icon: IconName, role: ColorRole, words: str, action: Callable[[], None] | None
    ) -> None:
        self._action = action
        self._message.setText(message)
        self._button.setText(words)
        self._button.setVisible(action is not None)
        self._button.setAccessibleName(f"{words}: {message}")
        self._icon.setPixmap(self._themes.icons.pixmap(icon, role, 16, self.devicePixelRatioF()))
        self.setAccessibleName(message)
        self._timer.start()
        self.show()
        self._place()
        self.raise_()
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, message))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Resize and self.isVisible():
            self._place()
        return super().eventFilter(watched, event)

    def _place(self) -> None:
        over = self._over if self._over.isVisible() else self._window
        corner = over.mapTo(self._window, QPoint(0, 0)) if over is not self._window else QPoint(0, 0)
        wanted = self._message.fontMetrics().horizontalAdvance(self._message.text())
        chrome = self.sizeHint().width() - self._message.sizeHint().width()
        # Over a part of the window it hides nothing of those beside it.
        room = max(over.width(), _NARROWEST) if over is not self._window else self._window.width()
        width = min(wanted + chrome + 4, _WIDEST, room - 2 * _SIDE)
        left = corner.x() + _SIDE if over is not self._window else (self._window.width() - width) // 2
        layout = self.layout()
        height = layout.totalHeightForWidth(width) if layout is not None else self.sizeHint().height()
        self.setGeometry(left, self._window.height() - height - _ABOVE_BOTTOM, width, height)

    def _on_pressed(self) -> None:
        action, self._action = self._action, None
        self.hide()
        if action is not None:
            action()

    def _time_is_over(self) -> None:
        if self.underMouse():
            self._timer.start()
        else:
            self.hide()
