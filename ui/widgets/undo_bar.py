"""The bar that says what was just done and offers to take it back while seconds count down."""

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from ui.fonts import FontRole
from ui.icon_names import IconName
from ui.theme import ThemeManager
from ui.tokens import ColorRole
from ui.widgets.buttons import Button, ButtonKind, IconButton
from ui.widgets.safe_text import SafeLabel

_SECOND = 1_000


class UndoBar(QFrame):
    """Shown by `show_message`; hides by itself when the time is over, and says which of the two happened."""

    undo_requested = Signal()
    expired = Signal()

    def __init__(self, themes: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._remaining = 0
        self._message = SafeLabel("", FontRole.BODY, elide=True, parent=self)
        self._seconds = SafeLabel("", FontRole.SECONDARY, ColorRole.TEXT_3, parent=self)
        self._undo = Button(themes, "Undo", ButtonKind.LINK, parent=self)
        self._close = IconButton(themes, IconName.CLOSE, "Dismiss", size=14, parent=self)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(14, 8, 8, 8)
        layout.setSpacing(10)
        layout.addWidget(self._message, 1)
        layout.addWidget(self._seconds)
        layout.addWidget(self._undo)
        layout.addWidget(self._close)
        self._timer = QTimer(self)
        self._timer.setInterval(_SECOND)
        self._timer.timeout.connect(self.count_down)
        self._undo.clicked.connect(self.undo)
        self._close.clicked.connect(self.expire)
        self.hide()

    @property
    def remaining(self) -> int:
        """Seconds left to undo; 0 while nothing is offered."""
        return self._remaining

    def show_message(self, message: str, seconds: int) -> None:
        """Say what was done and offer to undo it for `seconds`. An offer still open is thereby over."""
        if self._remaining:
            self.expire()
        self._remaining = seconds
        self._message.setText(message)
        self._undo.setAccessibleName(f"Undo: {message}")
        self._show_remaining()
        self._timer.start()
        self.show()

    def count_down(self) -> None:
        """Let one second pass."""
        self._remaining -= 1
        if self._remaining <= 0:
            self.expire()
        else:
            self._show_remaining()

    def undo(self) -> None:
        """Take the offer: for the button, and for the key that its owner listens to."""
        if self._end():
            self.undo_requested.emit()

    def expire(self) -> None:
        """End the offer without undoing anything."""
        if self._end():
            self.expired.emit()

    def _end(self) -> bool:
        """Hide; whether there was an offer to end."""
        open_before = self._timer.isActive()
        self._timer.stop()
        self._remaining = 0
        self.hide()
        return open_before

    def _show_remaining(self) -> None:
        self._seconds.setText(f"{self._remaining} s")
