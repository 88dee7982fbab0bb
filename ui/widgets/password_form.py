"""Signing in with a password typed here: the fields, and the one for a code once a code is asked for."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFormLayout, QLineEdit, QWidget

from ui.widgets.safe_text import SafeLabel

_SPACING = 10


class PasswordForm(QWidget):
    """Address of the server and e-mail address (where these are not known), password, and a code."""

    entered = Signal()

    def __init__(self, parent: QWidget, *, email: str = "", address: bool = False) -> None:
        super().__init__(parent)
        self._form = QFormLayout(self)
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setVerticalSpacing(_SPACING)
        self.address, self.account = QLineEdit(self), QLineEdit(self)
        self.password, self.code = QLineEdit(self), QLineEdit(self)
        self.address.setPlaceholderText("desk.example.com")
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.code.setPlaceholderText("Of your app, or a recovery code")
        self.account.setText(email)
        rows = (
            ("Address of the server", self.address, address),
            ("E-mail", self.account, not email),
            ("Password", self.password, True),
            ("Code", self.code, True),
        )
        for title, field, asked in rows:
            if asked:
                self._add(title, field)
            else:
                field.hide()
        self.with_password = True
        """Whether a password is asked for."""
        self._with_code = False
        self.show_password(True)

    @property
    def missing(self) -> QLineEdit | None:
        """The first field that has to be filled in."""
        for field in (self.address, self.account, self.password, self.code):
            if not field.isHidden() and not field.text().strip():
                return field
        return None

    def show_password(self, wanted: bool) -> None:
        """Ask for e-mail address and password, or for neither."""
        self.with_password = wanted
        for field in (self.account, self.password):
            if self._form.indexOf(field) >= 0:
                self._form.setRowVisible(field, wanted)
        self._form.setRowVisible(self.code, wanted and self._with_code)

    def ask_code(self) -> None:
        """A code is asked for, too."""
        self._with_code = True
        self.show_password(True)

    def look_again(self) -> None:
        """Something was not right: begin with what it probably was."""
        field = self.code if self._with_code else self.password
        field.selectAll()
        field.setFocus()

    def _add(self, title: str, field: QLineEdit) -> None:
        label = SafeLabel(title, parent=self)
        label.setBuddy(field)
        label.setMinimumHeight(field.sizeHint().height())
        field.setAccessibleName(title)
        field.returnPressed.connect(self.entered)
        self._form.addRow(label, field)
