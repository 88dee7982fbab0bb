"""Changing one's own password: the one of now, and the new one twice. What is wrong is said in place."""

from PySide6.QtWidgets import QCheckBox, QDialog, QLineEdit, QWidget

from ui.theme import ThemeManager
from ui.viewmodels.own_account import OwnAccountViewModel
from ui.widgets.buttons import Button, ButtonKind
from ui.widgets.form_dialog import FormDialog

_HINT = "At least ten characters. A few words in a row are easy to remember and hard to guess."
_OTHERS = "This computer stays signed in. What waits on the others is sent once you sign in there again."


class PasswordDialog(FormDialog):
    """Stays open until the server has taken the new password."""

    def __init__(
        self, themes: ThemeManager, account: OwnAccountViewModel, parent: QWidget | None = None
    ) -> None:
        super().__init__(
            themes,
            "Change password",
            lambda: account.password_problem(self.current.text(), self.new.text(), self.again.text()),
            lambda: account.change_password(self.current.text(), self.new.text(), self.others.isChecked()),
            "Change password",
            parent,
        )
        self._account = account
        self.current, self.new, self.again = QLineEdit(self), QLineEdit(self), QLineEdit(self)
        for field in (self.current, self.new, self.again):
            field.setEchoMode(QLineEdit.EchoMode.Password)
        self.others = QCheckBox("Sign out my other devices", self)
        self.others.setChecked(True)
        self.add("Current password", self.current)
        self.add("New password", self.new, _HINT)
        self.add("New password once more", self.again)
        self.add("", self.others, _OTHERS)
        self.browser = Button(themes, "Change it in the browser", ButtonKind.LINK, parent=self)
        self.browser.clicked.connect(self._go_to_browser)
        self.add_button(self.browser)
        account.password_changed.connect(lambda: QDialog.accept(self))
        account.refused.connect(self._say)

    def accept(self) -> None:
        """Ask the server, or say what is wrong."""
        if self.yes.isEnabled() and self.check():
            self._wait(True)
            self.save()

    def _go_to_browser(self) -> None:
        self.reject()
        self._account.browser_wanted.emit()

    def _say(self, sentence: str) -> None:
        self._wait(False)
        self.say(sentence)
        self.current.selectAll()
        self.current.setFocus()

    def _wait(self, waiting: bool) -> None:
        self.yes.setEnabled(not waiting)
        self.yes.setText("Changing…" if waiting else "Change password")
