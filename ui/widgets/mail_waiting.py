"""What is shown while a mailbox is being connected, and once it is: until the first mail is here."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from ui.fonts import FontRole
from ui.icon_names import IconName
from ui.models.mail_account_text import Health
from ui.theme import ThemeManager
from ui.tokens import ColorRole
from ui.widgets.buttons import Button, ButtonKind
from ui.widgets.safe_text import SafeLabel

_ICON = 40
_BROWSER = "A page of {title} is open in your browser. Allow access there; this window goes on by itself."
_NOT_OPENED = "No browser could be opened on this computer. Copy the address and open it in one."
_WAITING = (
    "Waiting for the first mail. Send one to {address} to see it arrive; you can close this window meanwhile."
)
_CONNECTING = (
    "Everything is saved. The server signs in to the mailbox now; mail that comes from then on is taken. You can close"
    " this window meanwhile."
)
_ARRIVED = "The first mail is here: Enter opens it."


class MailWaiting(QWidget):
    """Says what is waited for. Its buttons: close, the inbox, and the address of the provider's page."""

    close_wanted = Signal()
    inbox_wanted = Signal()
    cancelled = Signal()

    def __init__(self, themes: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._page = ""
        self._icon = IconName.MAIL
        self._mark = SafeLabel(parent=self)
        self.title = SafeLabel("", FontRole.TITLE, parent=self)
        self.words = SafeLabel("", color=ColorRole.TEXT_2, wrap=True, parent=self)
        self.health = SafeLabel("", FontRole.SECONDARY, ColorRole.TEXT_2, wrap=True, parent=self)
        self.bar = QProgressBar(self)
        self.bar.setRange(0, 0)
        self.copy = Button(themes, "Copy address of the page", parent=self)
        self.copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self._page))
        self.cancel = Button(themes, "Cancel", parent=self)
        self.cancel.clicked.connect(self.cancelled)
        self.close_it = Button(themes, "Close", parent=self)
        self.close_it.clicked.connect(self.close_wanted)
        self.inbox = Button(themes, "Open the inbox", ButtonKind.PRIMARY, IconName.INBOX, parent=self)
        self.inbox.clicked.connect(self.inbox_wanted)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(self.copy)
        foot.addStretch(1)
        for button in (self.cancel, self.close_it, self.inbox):
            foot.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 18, 20, 16)
        layout.setSpacing(10)
        layout.addStretch(1)
        for widget in (self._mark, self.title, self.words, self.bar, self.health):
            layout.addWidget(widget)
        layout.addStretch(2)
        layout.addLayout(foot)
        themes.changed.connect(self._show_mark)

    def show_page(self, address: str, opened: bool, title: str) -> None:
        """The provider's page is to be opened."""
        self._page = address
        self.words.setText(_BROWSER.format(title=title) if opened else _NOT_OPENED)
        self.copy.setVisible(bool(address))

    def show_saving(self, title: str, words: str, *, browser: bool) -> None:
        """It is being connected."""
        self._show(IconName.MAIL, title, words, connected=False)
        self.bar.setAccessibleName("Waiting for the browser" if browser else "Connecting the mailbox")
        self.bar.show()
        self.copy.setVisible(browser and bool(self._page))

    def show_connected(self, address: str, health: Health, *, arrived: bool) -> None:
        """It is connected; `arrived`: somebody has written since."""
        self._page = ""
        waiting = _WAITING.format(address=address) if health.is_good else _CONNECTING
        words = _ARRIVED if arrived else waiting
        self._show(
            IconName.CHECK if arrived else IconName.MAIL,
            f"{address} is connected" if health.is_good or arrived else f"Connecting {address}",
            words,
            connected=True,
        )
        self.health.setText(f"{health.words}. {health.sentence}".strip())
        self.health.show()
        self.bar.setAccessibleName("Waiting for the first mail")
        self.bar.setVisible(not arrived)
        self.inbox.setText("Open the mail" if arrived else "Open the inbox")
        self.copy.hide()

    def _show(self, icon: IconName, title: str, words: str, *, connected: bool) -> None:
        self._icon = icon
        self.title.setText(title)
        self.words.setText(words)
        self.health.hide()
        self.cancel.setVisible(not connected)
        self.close_it.setVisible(connected)
        self.inbox.setVisible(connected)
        self.inbox.setDefault(connected)
        self.setAccessibleName(f"{title}. {words}")
        self._show_mark()

    def _show_mark(self) -> None:
        color = ColorRole.OK if self._icon is IconName.CHECK else ColorRole.ACCENT
        self._mark.setPixmap(self._themes.icons.pixmap(self._icon, color, _ICON, self.devicePixelRatioF()))
