"""Signing in again: with the browser, or with a password typed here, as was done last unless one wants it otherwise.

Errors are said in place; what was typed stays.
"""

from collections.abc import Callable

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QDialog, QFormLayout, QHBoxLayout, QVBoxLayout, QWidget

from ui.fonts import FontRole
from ui.theme import ThemeManager
from ui.tokens import ColorRole
from ui.viewmodels.server import ServerViewModel
from ui.widgets.browser_waiting import BrowserWaiting
from ui.widgets.buttons import Button, ButtonKind
from ui.widgets.password_form import PasswordForm
from ui.widgets.safe_text import SafeLabel

_WIDTH = 460
_EXPLANATION = "What you did meanwhile is kept on this computer and is sent once you are signed in."


class SignInDialog(QDialog):
    """Closes by itself once one is signed in."""

    def __init__(
        self,
        themes: ThemeManager,
        server: ServerViewModel,
        parent: QWidget,
        open_url: Callable[[QUrl], bool] = QDesktopServices.openUrl,
        why: str = "",
        new_password: bool = False,
    ) -> None:
        super().__init__(parent)
        self._new_password = new_password
        self._server = server
        self._open_url = open_url
        server.setParent(self)
        self.setWindowTitle("Sign in")
        self.setFixedWidth(_WIDTH)
        facts = QFormLayout()
        facts.setVerticalSpacing(8)
        for title, text in (("Server", server.url), ("E-mail", server.email)):
            facts.addRow(
                SafeLabel(title, color=ColorRole.TEXT_2, parent=self),
                SafeLabel(text, selectable=True, parent=self),
            )
        self.form = PasswordForm(self, email=server.email)
        self.form.entered.connect(self.go_on)
        self.problem = SafeLabel("", color=ColorRole.DANGER, wrap=True, parent=self)
        self.problem.hide()
        self.other = Button(themes, "", ButtonKind.LINK, parent=self)
        self.other.clicked.connect(lambda: self.use_password(self.form.isHidden()))
        cancel = Button(themes, "Not now", parent=self)
        cancel.clicked.connect(self.reject)
        self.go = Button(themes, "", ButtonKind.PRIMARY, parent=self)
        self.go.setDefault(True)
        self.go.clicked.connect(self.go_on)
        self._foot = QWidget(self)
        foot = QHBoxLayout(self._foot)
        foot.setContentsMargins(0, 0, 0, 0)
        foot.addWidget(self.other)
        foot.addStretch(1)
        foot.addWidget(cancel)
        foot.addWidget(self.go)
        self.waiting = BrowserWaiting(themes, self)
        self.waiting.hide()
        self.waiting.cancelled.connect(server.cancel)
        self.waiting.open_wanted.connect(self._open)
        self.waiting.password_wanted.connect(self._password_instead)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 16, 20, 16)
        layout.setSpacing(12)
        layout.addWidget(SafeLabel("Sign in again", FontRole.TITLE, parent=self))
        layout.addWidget(
            SafeLabel(why or server.why or _EXPLANATION, color=ColorRole.TEXT_2, wrap=True, parent=self)
        )
        layout.addLayout(facts)
        layout.addWidget(self.form)
        layout.addWidget(self.problem)
        layout.addWidget(self._foot)
        layout.addWidget(self.waiting)
        server.changed.connect(self._refresh)
        server.signed_in.connect(self.accept)
        server.refused.connect(self._say)
        server.code_needed.connect(self._ask_code)
        server.page_wanted.connect(self._open)
        server.cancelled.connect(self._refresh)
        self.finished.connect(server.close)
        self.use_password(server.by_password and not new_password)
        if new_password:
            self.other.hide()
            self.waiting.password.hide()

    def use_password(self, wanted: bool) -> None:
        """Ask for the password here, or send the person to the browser."""
        self.form.setVisible(wanted)
        self.other.setText("Sign in with your browser" if wanted else "Use a password here instead")
        self.problem.hide()
        self._refresh()
        (self.form.password if wanted else self.go).setFocus()

    def go_on(self) -> None:
        """Sign in as it was chosen."""
        self.problem.hide()
        if self.form.isHidden():
            self.waiting.wait_for("")
            self._server.sign_in_with_browser(self._new_password)
        else:
            self._server.sign_in(self.form.password.text(), self.form.code.text().strip())

    def _refresh(self) -> None:
        with_password = not self.form.isHidden()
        self._foot.setVisible(not self._server.waiting)
        self.waiting.setVisible(self._server.waiting)
        self.go.setEnabled(not self._server.busy)
        words = "Sign in" if with_password else "Sign in with your browser"
        self.go.setText("Signing in…" if self._server.busy else words)
        self._fit()

    def _fit(self) -> None:
        """As high as the text needs at this width."""
        layout = self.layout()
        if layout is not None:
            layout.activate()
            self.setFixedHeight(layout.totalHeightForWidth(_WIDTH))

    def _open(self, address: str) -> None:
        self.waiting.wait_for(address, self._open_url(QUrl(address)))

    def _password_instead(self) -> None:
        self._server.cancel()
        self.use_password(True)

    def _ask_code(self, sentence: str) -> None:
        self.form.ask_code()
        self._say(sentence)

    def _say(self, sentence: str) -> None:
        self.problem.setText(sentence)
        self.problem.show()
        self._refresh()
        if not self.form.isHidden():
            self.form.look_again()
