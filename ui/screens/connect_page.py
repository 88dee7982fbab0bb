"""Connecting to a team's server for the first time: with the browser, or with a password typed here."""

from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from ui.icon_names import IconName
from ui.theme import ThemeManager
from ui.tokens import ColorRole
from ui.widgets.browser_waiting import BrowserWaiting
from ui.widgets.buttons import Button, ButtonKind
from ui.widgets.card import Card
from ui.widgets.password_form import PasswordForm
from ui.widgets.safe_text import SafeLabel

_WITH_BROWSER = (
    "Your browser opens a page of your server. The password is typed there, and this program never sees it."
)
_TYPED_HERE = "Your password is sent to this server alone, and is not kept."


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerLogin:
    """Where a team's server is, and who signs in there: with the browser, or with a password."""

    address: str
    email: str = ""
    password: str = ""
    code: str = ""
    browser: bool = False


class ConnectPage(Card):
    """Asks for the address and how to sign in; while the browser is waited for it shows that instead."""

    wanted = Signal(object)
    """A `ServerLogin`."""
    cancelled = Signal()
    """The browser is waited for no longer."""
    back = Signal()

    def __init__(self, themes: ThemeManager, parent: QWidget) -> None:
        super().__init__(themes, "Connect to a server", icon=IconName.GLOBE, parent=parent)
        self.form = PasswordForm(self, address=True)
        self.form.entered.connect(self.go_on)
        self.problem = SafeLabel("", color=ColorRole.DANGER, wrap=True, parent=self)
        self.how = SafeLabel("", color=ColorRole.TEXT_2, wrap=True, parent=self)
        self.other = Button(themes, "", ButtonKind.LINK, parent=self)
        self.other.clicked.connect(lambda: self.use_password(not self.form.with_password))
        back = Button(themes, "Back", parent=self)
        back.clicked.connect(self.back)
        self.go = Button(themes, "", ButtonKind.PRIMARY, parent=self)
        self.go.clicked.connect(self.go_on)
        foot = QHBoxLayout()
        foot.addWidget(self.other)
        foot.addStretch(1)
        foot.addWidget(back)
        foot.addWidget(self.go)
        self._asking = QWidget(self)
        asking = QVBoxLayout(self._asking)
        asking.setContentsMargins(0, 0, 0, 0)
        asking.setSpacing(10)
        asking.addWidget(self.form)
        asking.addWidget(self.problem)
        asking.addWidget(self.how)
        asking.addLayout(foot)
        self.waiting = BrowserWaiting(themes, self)
        self.waiting.cancelled.connect(self.cancelled)
        self.waiting.password_wanted.connect(self._password_instead)
        self.body.addWidget(self._asking)
        self.body.addWidget(self.waiting)
        self.waiting.hide()
        self.problem.hide()
        self.use_password(False)

    @property
    def is_waiting(self) -> bool:
        """Whether a browser is waited for."""
        return not self.waiting.isHidden()

    def begin(self) -> None:
        """Ask anew."""
        self.say("")
        self.form.address.setFocus()

    def use_password(self, wanted: bool) -> None:
        """Ask for a password here, or send people to the browser."""
        self.form.show_password(wanted)
        self.how.setText(_TYPED_HERE if wanted else _WITH_BROWSER)
        self.other.setText("Sign in with your browser" if wanted else "Use a password here instead")
        self.go.setText("Connect" if wanted else "Sign in with your browser")
        self._tell("")
        if wanted:
            (self.form.missing or self.form.password).setFocus()

    def show_waiting(self, address: str, opened: bool = True) -> None:
        """The page at this address is open in the browser."""
        self._asking.hide()
        self.waiting.show()
        self.waiting.wait_for(address, opened)

    def ask_code(self, sentence: str) -> None:
        """The password is right: ask for a code, too."""
        self.form.ask_code()
        self.say(sentence)

    def say(self, sentence: str) -> None:
        """Why it did not work, with everything that was typed still here."""
        self.waiting.hide()
        self._asking.show()
        self._tell(sentence)
        if sentence and self.form.with_password:
            self.form.look_again()

    def go_on(self) -> None:
        """Take what was typed; the first field that is empty is asked for."""
        field = self.form.missing
        if field is not None:
            field.setFocus()
            self._tell(f"Please fill in: {field.accessibleName()}.")
            return
        self._tell("")
        address = self.form.address.text().strip()
        if not self.form.with_password:
            self.wanted.emit(ServerLogin(address=address, browser=True))
            return
        self.wanted.emit(
            ServerLogin(
                address=address,
                email=self.form.account.text().strip(),
                password=self.form.password.text(),
                code=self.form.code.text().strip(),
            )
        )

    def _tell(self, sentence: str) -> None:
        self.problem.setText(sentence)
        self.problem.setVisible(bool(sentence))

    def _password_instead(self) -> None:
        self.cancelled.emit()
        self.use_password(True)
