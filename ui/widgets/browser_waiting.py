"""While somebody signs in with the browser: what is going on, and every way out of it."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from ui.fonts import FontRole
from ui.theme import ThemeManager
from ui.tokens import ColorRole
from ui.widgets.buttons import Button, ButtonKind
from ui.widgets.safe_text import SafeLabel

_WORDS = "A page of your server is open in your browser. Sign in there; this window goes on by itself."
_NOT_OPENED = (
    "No browser could be opened on this computer. Copy the address and open it in one,"
    " or use your password here."
)
_HELP = "If no page has opened, open it again, or copy its address into a browser on this computer."
_COPIED = "Copied. Open the address in a browser on this computer."


class BrowserWaiting(QWidget):
    """Shown until the browser comes back."""

    open_wanted = Signal(str)
    """The page is to be opened again."""
    password_wanted = Signal()
    cancelled = Signal()

    def __init__(self, themes: ThemeManager, parent: QWidget) -> None:
        super().__init__(parent)
        self._address = ""
        self.words = SafeLabel(_WORDS, wrap=True, parent=self)
        bar = QProgressBar(self)
        bar.setRange(0, 0)
        bar.setAccessibleName("Waiting for the browser")
        self.hint = SafeLabel(_HELP, FontRole.SECONDARY, ColorRole.TEXT_2, wrap=True, parent=self)
        self.again = Button(themes, "Open again", parent=self)
        self.again.clicked.connect(lambda: self.open_wanted.emit(self._address))
        self.copy = Button(themes, "Copy address", parent=self)
        self.copy.clicked.connect(self._copy)
        self.password = Button(themes, "Use a password here instead", ButtonKind.LINK, parent=self)
        self.password.clicked.connect(self.password_wanted)
        self.cancel = Button(themes, "Cancel", parent=self)
        self.cancel.clicked.connect(self.cancelled)
        opening = QHBoxLayout()
        opening.addWidget(self.again)
        opening.addWidget(self.copy)
        opening.addStretch(1)
        foot = QHBoxLayout()
        foot.addWidget(self.password)
        foot.addStretch(1)
        foot.addWidget(self.cancel)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addWidget(self.words)
        layout.addWidget(bar)
        layout.addWidget(self.hint)
        layout.addLayout(opening)
        layout.addLayout(foot)
        self.wait_for("")

    def wait_for(self, address: str, opened: bool = True) -> None:
        """The address of the page, once it is known, and whether a browser took it."""
        self._address = address
        self.words.setText(_WORDS if opened else _NOT_OPENED)
        self.hint.setText(_HELP)
        self.again.setEnabled(bool(address))
        self.copy.setEnabled(bool(address))

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._address)
        self.hint.setText(_COPIED)
