"""The page of the settings about the team's server."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFormLayout, QHBoxLayout, QVBoxLayout, QWidget

from ui.fonts import FontRole
from ui.styling import set_ground
from ui.theme import ThemeManager
from ui.tokens import ColorRole
from ui.viewmodels.server import ServerViewModel
from ui.widgets.buttons import Button
from ui.widgets.safe_text import SafeLabel

_SIGN_OUT = (
    "Signing out keeps everything on this computer. What waits to be sent goes out once you sign in again."
)


class ServerSettings(QWidget):
    """Where the server is, who one is there, how things stand, and signing in and out."""

    sign_in_wanted = Signal()

    def __init__(self, themes: ThemeManager, server: ServerViewModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._server = server
        server.setParent(self)
        set_ground(self, ColorRole.SURFACE)
        form = QFormLayout()
        form.setVerticalSpacing(8)
        for title, text in server.facts:
            form.addRow(
                SafeLabel(title, color=ColorRole.TEXT_2, parent=self),
                SafeLabel(text, wrap=True, selectable=True, parent=self),
            )
        self.state = SafeLabel("", wrap=True, parent=self)
        form.addRow(SafeLabel("State", color=ColorRole.TEXT_2, parent=self), self.state)
        self.problem = SafeLabel("", color=ColorRole.DANGER, wrap=True, parent=self)
        self.problem.hide()
        self.again = Button(themes, "Sign in again…", parent=self)
        self.again.clicked.connect(self.sign_in_wanted)
        self.out = Button(themes, "Sign out", parent=self)
        self.out.clicked.connect(server.sign_out)
        buttons = QHBoxLayout()
        buttons.addWidget(self.again)
        buttons.addWidget(self.out)
        buttons.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 8, 0)
        layout.setSpacing(12)
        layout.addWidget(SafeLabel("Server", FontRole.TITLE, parent=self))
        layout.addLayout(form)
        layout.addWidget(self.problem)
        layout.addLayout(buttons)
        layout.addWidget(SafeLabel(_SIGN_OUT, FontRole.SECONDARY, ColorRole.TEXT_3, wrap=True, parent=self))
        layout.addStretch(1)
        server.changed.connect(self._refresh)
        server.refused.connect(self._say)
        self._refresh()

    def _refresh(self) -> None:
        self.state.setText(self._server.state)
        self.out.setEnabled(not self._server.busy and not self._server.needs_sign_in)

    def _say(self, sentence: str) -> None:
        self.problem.setText(sentence)
        self.problem.show()
