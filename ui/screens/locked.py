"""The window of a profile whose key is not at hand: what happened, what is kept, and the ways to go on."""

from collections.abc import Callable
from enum import StrEnum

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QFormLayout, QHBoxLayout, QLineEdit, QProgressBar, QVBoxLayout, QWidget

from agent_desktop.domain.key_trouble import SENTENCES, KeyTrouble
from ui.fonts import FontRole
from ui.icon_names import IconName
from ui.styling import set_ground
from ui.theme import ThemeManager
from ui.tokens import ColorRole
from ui.widgets.browser_waiting import BrowserWaiting
from ui.widgets.buttons import Button, ButtonKind
from ui.widgets.card import Card
from ui.widgets.centred_page import CentredPage
from ui.widgets.safe_text import SafeLabel

_WIDTH = 520


class _Way(StrEnum):
    """A way to go on."""

    PASSPHRASE = "passphrase"  # noqa: S105 - what it is called
    CHOICE = "choice"
    AGAIN = "again"
    SERVER = "server"
    RECOVERY = "recovery"
    ASIDE = "aside"


_NO_KEY = (_Way.AGAIN, _Way.SERVER, _Way.RECOVERY)
_WAYS: dict[KeyTrouble, tuple[_Way, ...]] = {
    KeyTrouble.UNDECIDED: (_Way.CHOICE,),
    KeyTrouble.NO_CIPHER: (_Way.AGAIN,),
    KeyTrouble.NO_KEYCHAIN: _NO_KEY,
    KeyTrouble.LOCKED: _NO_KEY,
    KeyTrouble.SILENT: _NO_KEY,
    KeyTrouble.REFUSED: _NO_KEY,
    KeyTrouble.LOST: (*_NO_KEY, _Way.ASIDE),
    KeyTrouble.WRONG: (*_NO_KEY, _Way.ASIDE),
    KeyTrouble.UNREADABLE: (_Way.AGAIN, _Way.ASIDE),
    KeyTrouble.PASSPHRASE: (_Way.PASSPHRASE,),
    KeyTrouble.WRONG_PASSPHRASE: (_Way.PASSPHRASE, _Way.SERVER),
    KeyTrouble.LEASE_OVER: (_Way.AGAIN, _Way.SERVER),
    KeyTrouble.CLOCK: (_Way.AGAIN, _Way.SERVER),
    KeyTrouble.WIPED: (),
}
_TITLES = {
    KeyTrouble.UNDECIDED: "How is your data to be protected?",
    KeyTrouble.PASSPHRASE: "Unlock your profile",
    KeyTrouble.WRONG_PASSPHRASE: "Unlock your profile",
    KeyTrouble.LEASE_OVER: "Sign in to go on",
    KeyTrouble.CLOCK: "Sign in to go on",
    KeyTrouble.WIPED: "Removed from this computer",
}


class LockedWindow(QWidget):
    """Shows one trouble at a time. What is typed here leaves it only by its signals."""

    passphrase_typed = Signal(str)
    passphrase_chosen = Signal(str)
    plain_chosen = Signal()
    retry_wanted = Signal()
    sign_in_wanted = Signal(str, str, str)
    """E-mail, password, and the code of a second factor where somebody has one."""
    browser_wanted = Signal(str)
    """The e-mail, if one was typed: the rest is asked for by the browser."""
    browser_cancelled = Signal()
    """The browser is waited for no longer."""
    recovery_typed = Signal(str)
    aside_wanted = Signal()

    def __init__(self, themes: ThemeManager, server: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._server = server
        self.setWindowTitle("Agent Desktop")
        set_ground(self, ColorRole.CANVAS)
        self.title = SafeLabel("", FontRole.FIGURE, parent=self)
        self.sentence = SafeLabel("", color=ColorRole.TEXT_2, wrap=True, parent=self)
        self.problem = SafeLabel("", color=ColorRole.DANGER, wrap=True, parent=self)
        self._busy = QProgressBar(self)
        self._busy.setRange(0, 0)
        self._busy.setAccessibleName("Working")
        self._working = SafeLabel("", FontRole.STRONG, parent=self)
        self.passphrase, self.new, self.again = self._secret(), self._secret(), self._secret()
        self.email, self.password, self.recovery = QLineEdit(self), self._secret(), QLineEdit(self)
        self.code = QLineEdit(self)
        self.code.setPlaceholderText("Only if you use an app for codes")
        self.retry = Button(themes, "Try again", ButtonKind.PRIMARY, parent=self)
        self.retry.clicked.connect(self.retry_wanted)
        self.aside = Button(themes, "Put it aside and begin anew", parent=self)
        self.aside.clicked.connect(self.aside_wanted)
        self._ways = {
            _Way.PASSPHRASE: self._passphrase_card(),
            _Way.CHOICE: self._choice_card(),
            _Way.AGAIN: self.retry,
            _Way.SERVER: self._server_card(),
            _Way.RECOVERY: self._recovery_card(),
            _Way.ASIDE: self._aside_card(),
        }
        self._offered: list[_Way] = []
        self.waiting = BrowserWaiting(themes, self)
        self.waiting.cancelled.connect(self.browser_cancelled)
        self.waiting.password_wanted.connect(self.browser_cancelled)
        page = CentredPage(themes, _WIDTH, self)
        page.column.setSpacing(14)
        for widget in (self.title, self.sentence, self._working, self._busy, self.waiting, self.problem):
            page.column.addWidget(widget)
        for way, offer in self._ways.items():
            page.column.addWidget(
                offer, 0, Qt.AlignmentFlag.AlignLeft if way is _Way.AGAIN else Qt.AlignmentFlag(0)
            )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(page)
        self.resize(960, 640)
        self.show_trouble(KeyTrouble.LOCKED)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Whoever closes the window waits for no browser."""
        self.browser_cancelled.emit()
        super().closeEvent(event)

    def show_trouble(self, trouble: KeyTrouble) -> None:
        """Say what is the matter, and offer what helps."""
        self.title.setText(_TITLES.get(trouble, "Your data is locked"))
        is_wrong = trouble is KeyTrouble.WRONG_PASSPHRASE
        self.sentence.setText(SENTENCES[KeyTrouble.PASSPHRASE if is_wrong else trouble])
        self.show_problem(SENTENCES[trouble] if is_wrong else "")
        self._offered = [way for way in _WAYS[trouble] if way is not _Way.SERVER or self._server]
        self._set_busy("")
        for way, field in ((_Way.PASSPHRASE, self.passphrase), (_Way.CHOICE, self.new)):
            if way in self._offered:
                field.selectAll()
                field.setFocus()

    def show_problem(self, sentence: str) -> None:
        """Say why what was tried did not help; what was typed is still there."""
        self._set_busy("")
        self.problem.setText(sentence)
        self.problem.setVisible(bool(sentence))

    def show_progress(self, words: str) -> None:
        """Say what is being done; nothing else can be asked for meanwhile."""
        self.problem.hide()
        self._set_busy(words)

    def show_browser(self, address: str, opened: bool) -> None:
        """A page is open in the browser, and is waited for."""
        self.problem.hide()
        self._set_busy("")
        self.waiting.wait_for(address, opened)
        self._set_waiting(True)

    def _set_busy(self, words: str) -> None:
        self._working.setText(words)
        for widget in (self._working, self._busy):
            widget.setVisible(bool(words))
        self._set_waiting(False)
        for offer in self._ways.values():
            offer.setEnabled(not words)

    def _set_waiting(self, waiting: bool) -> None:
        self.waiting.setVisible(waiting)
        for way, offer in self._ways.items():
            offer.setVisible(way in self._offered and not waiting)

    def _secret(self) -> QLineEdit:
        field = QLineEdit(self)
        field.setEchoMode(QLineEdit.EchoMode.Password)
        return field

    def _passphrase_card(self) -> Card:
        card = Card(self._themes, "Passphrase", icon=IconName.LOCK, parent=self)
        form = self._form(card, (("Passphrase", self.passphrase),), self._take_passphrase)
        note = SafeLabel("A recovery key will do, too.", FontRole.SECONDARY, ColorRole.TEXT_3, parent=card)
        form.addRow("", note)
        self._foot(card, "Open", self._take_passphrase, ButtonKind.PRIMARY)
        return card

    def _choice_card(self) -> Card:
        card = Card(self._themes, "A passphrase at each start", icon=IconName.LOCK, parent=self)
        self._form(card, (("New passphrase", self.new), ("Once more", self.again)), self._choose)
        card.body.addWidget(
            SafeLabel(
                "Ten characters or more. Who forgets it needs the recovery key, or a team's server, to read the data"
                " again.",
                FontRole.SECONDARY,
                ColorRole.TEXT_3,
                wrap=True,
                parent=card,
            )
        )
        plain = Button(self._themes, "Leave it readable", parent=card)
        plain.clicked.connect(self.plain_chosen)
        self._foot(card, "Encrypt", self._choose, ButtonKind.PRIMARY, plain)
        return card

    def _server_card(self) -> Card:
        card = Card(self._themes, f"Get the key from {self._server}", icon=IconName.GLOBE, parent=self)
        self._form(
            card, (("E-mail", self.email), ("Password", self.password), ("Code", self.code)), self._sign_in
        )
        self.browser = Button(self._themes, "Sign in with your browser", parent=card)
        self.browser.clicked.connect(lambda: self.browser_wanted.emit(self.email.text().strip()))
        self._foot(card, "Sign in", self._sign_in, other=self.browser)
        return card

    def _recovery_card(self) -> Card:
        card = Card(self._themes, "Use the recovery key", icon=IconName.LOCK, parent=self)
        self._form(card, (("Recovery key", self.recovery),), self._recover)
        self._foot(card, "Use it", self._recover)
        return card

    def _aside_card(self) -> Card:
        card = Card(self._themes, "Go on without it", icon=IconName.FOLDER, parent=self)
        card.body.addWidget(
            SafeLabel(
                "The folder of this profile gets another name and stays as it is. What waits in it to be sent can be"
                " taken over once its key is there again.",
                color=ColorRole.TEXT_2,
                wrap=True,
                parent=card,
            )
        )
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.aside)
        card.body.addLayout(row)
        return card

    def _form(
        self, card: Card, fields: tuple[tuple[str, QLineEdit], ...], then: Callable[[], None]
    ) -> QFormLayout:
        form = QFormLayout()
        form.setVerticalSpacing(10)
        for label, field in fields:
            words = SafeLabel(label, parent=card)
            words.setBuddy(field)
            words.setMinimumHeight(field.sizeHint().height())
            field.setAccessibleName(label)
            field.returnPressed.connect(then)
            form.addRow(words, field)
        card.body.addLayout(form)
        return form

    def _foot(
        self,
        card: Card,
        words: str,
        then: Callable[[], None],
        kind: ButtonKind = ButtonKind.SECONDARY,
        other: Button | None = None,
    ) -> None:
        button = Button(self._themes, words, kind, parent=card)
        button.clicked.connect(then)
        row = QHBoxLayout()
        row.addStretch(1)
        if other is not None:
            row.addWidget(other)
        row.addWidget(button)
        card.body.addLayout(row)

    def _take_passphrase(self) -> None:
        if self.passphrase.text():
            self.passphrase_typed.emit(self.passphrase.text())

    def _choose(self) -> None:
        if len(self.new.text()) < 10:
            self.show_problem("Please take ten characters or more.")
        elif self.new.text() != self.again.text():
            self.show_problem("The two are not the same. Type them once more.")
        else:
            self.passphrase_chosen.emit(self.new.text())

    def _sign_in(self) -> None:
        if self.email.text().strip() and self.password.text():
            self.sign_in_wanted.emit(
                self.email.text().strip(), self.password.text(), self.code.text().strip()
            )

    def _recover(self) -> None:
        if self.recovery.text().strip():
            self.recovery_typed.emit(self.recovery.text().strip())
