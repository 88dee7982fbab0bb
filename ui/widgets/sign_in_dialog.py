"""Asks for the password of the one to whom the profile belongs; errors are said in place, and what was typed stays."""

from PySide6.QtWidgets import QDialog, QFormLayout, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from ui.fonts import FontRole
from ui.theme import ThemeManager
from ui.tokens import ColorRole
from ui.viewmodels.server import ServerViewModel
from ui.widgets.buttons import Button, ButtonKind
from ui.widgets.safe_text import SafeLabel

_WIDTH = 420
_EXPLANATION = "What you did meanwhile is kept on this computer and is sent once you are signed in."


class SignInDialog(QDialog):
    """Closes by itself once one is signed in."""

    def __init__(self, themes: ThemeManager, server: ServerViewModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._server = server
        server.setParent(self)
        self.setWindowTitle("Sign in")
        self.setFixedWidth(_WIDTH)
        self.password = QLineEdit(self)
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.password.setAccessibleName("Password")
        label = SafeLabel("Password", parent=self)
        label.setBuddy(self.password)
        form = QFormLayout()
        form.setVerticalSpacing(8)
        for title, text in (("Server", server.url), ("E-mail", server.email)):
            form.addRow(
                SafeLabel(title, color=ColorRole.TEXT_2, parent=self),
                SafeLabel(text, selectable=True, parent=self),
            )
        form.addRow(label, self.password)
        label.setMinimumHeight(self.password.sizeHint().height())
        self.problem = SafeLabel("", color=ColorRole.DANGER, wrap=True, parent=self)
        self.problem.hide()
        cancel = Button(themes, "Not now", parent=self)
        cancel.clicked.connect(self.reject)
        self.go = Button(themes, "Sign in", ButtonKind.PRIMARY, parent=self)
        self.go.setDefault(True)
        self.go.clicked.connect(self.sign_in)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(cancel)
        foot.addWidget(self.go)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 16, 20, 16)
        layout.setSpacing(12)
        layout.addWidget(SafeLabel("Sign in again", FontRole.TITLE, parent=self))
        layout.addWidget(
            SafeLabel(server.why or _EXPLANATION, color=ColorRole.TEXT_2, wrap=True, parent=self)
        )
        layout.addLayout(form)
        layout.addWidget(self.problem)
        layout.addLayout(foot)
        server.changed.connect(self._refresh)
        server.signed_in.connect(self.accept)
        server.refused.connect(self._say)
        self.password.setFocus()

    def sign_in(self) -> None:
        """Ask the server."""
        self._server.sign_in(self.password.text())

    def _refresh(self) -> None:
        self.go.setEnabled(not self._server.busy)
        self.go.setText("Signing in…" if self._server.busy else "Sign in")

    def _say(self, sentence: str) -> None:
        self.problem.setText(sentence)
        self.problem.show()
        self.password.selectAll()
        self.password.setFocus()
