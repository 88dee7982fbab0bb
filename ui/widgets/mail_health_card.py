"""How the mailbox of a channel does, with what can be done about it."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from ui.fonts import FontRole
from ui.icon_names import IconName
from ui.models.mail_account_text import UNKNOWN, Health
from ui.theme import ThemeManager
from ui.tokens import ColorRole
from ui.widgets.buttons import Button, ButtonKind
from ui.widgets.card import Card
from ui.widgets.safe_text import SafeLabel

_ICON = 18


class MailHealthCard(Card):
    """An icon, the words and the sentence; *Test again*, *Pause*, *Remove mailbox*."""

    test_wanted = Signal()
    pause_wanted = Signal(bool)
    """True: pause it."""
    removal_wanted = Signal()
    sign_in_wanted = Signal()

    def __init__(self, themes: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(themes, parent=parent)
        self._health, self._paused = UNKNOWN, False
        self._mark = SafeLabel(parent=self)
        self.words = SafeLabel("", FontRole.STRONG, parent=self)
        self.sentence = SafeLabel(
            "", FontRole.SECONDARY, ColorRole.TEXT_2, wrap=True, selectable=True, parent=self
        )
        self.test = Button(themes, "Test again", icon=IconName.REFRESH, compact=True, parent=self)
        self.pause = Button(themes, "Pause", icon=IconName.PAUSE, compact=True, parent=self)
        self.sign_in = Button(themes, "Sign in again", icon=IconName.EXTERNAL, compact=True, parent=self)
        self.removal = Button(themes, "Remove mailbox…", ButtonKind.LINK, parent=self)
        self.test.clicked.connect(self.test_wanted)
        self.pause.clicked.connect(lambda: self.pause_wanted.emit(not self._paused))
        self.sign_in.clicked.connect(self.sign_in_wanted)
        self.removal.clicked.connect(self.removal_wanted)
        first = QHBoxLayout()
        first.setSpacing(8)
        first.addWidget(self._mark)
        first.addWidget(self.words, 1)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        for button in (self.test, self.sign_in, self.pause):
            buttons.addWidget(button)
        buttons.addStretch(1)
        buttons.addWidget(self.removal)
        self.body.addLayout(first)
        self.body.addWidget(self.sentence)
        self.body.addLayout(buttons)
        themes.changed.connect(self._show_mark)
        self.show_health(UNKNOWN, paused=False, by_grant=False)

    def show_health(self, health: Health, *, paused: bool, by_grant: bool) -> None:
        """Say how it does."""
        self._health, self._paused = health, paused
        self.words.setText(health.words)
        self.sentence.setText(health.sentence)
        self.sentence.setVisible(bool(health.sentence))
        self.sign_in.setVisible(by_grant)
        self.pause.setText("Go on" if paused else "Pause")
        self.pause.set_icon(IconName.PLAY if paused else IconName.PAUSE)
        self.setAccessibleName(f"Mailbox: {health.words}. {health.sentence}")
        self._show_mark()

    def _show_mark(self) -> None:
        ratio, health = self.devicePixelRatioF(), self._health
        self._mark.setPixmap(self._themes.icons.pixmap(health.icon, health.color, _ICON, ratio))
