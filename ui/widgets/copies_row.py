"""Cc and Bcc of a reply by e-mail."""

import re

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from ui.fonts import FontRole
from ui.theme import ThemeManager
from ui.tokens import ColorRole
from ui.widgets.safe_text import SafeLabel


class CopiesRow(QWidget):
    """Two fields of addresses, separated by commas. `changed(cc, bcc)` tells both as tuples."""

    changed = Signal(object, object)

    def __init__(self, themes: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cc, self._bcc = QLineEdit(self), QLineEdit(self)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        for name, field in (("Cc", self._cc), ("Bcc", self._bcc)):
            label = SafeLabel(name, FontRole.SECONDARY, ColorRole.TEXT_3, parent=self)
            label.setBuddy(field)
            field.setAccessibleName(f"{name}, e-mail addresses separated by commas")
            field.textEdited.connect(self._tell)
            layout.addWidget(label)
            layout.addWidget(field, 1)
        self.hide()

    @property
    def is_filled(self) -> bool:
        """Whether there is anything in either field."""
        return bool(self._cc.text().strip() or self._bcc.text().strip())

    @property
    def has_focus(self) -> bool:
        """Whether one of the fields has the keyboard."""
        return self._cc.hasFocus() or self._bcc.hasFocus()

    def begin(self) -> None:
        """Give the first field the keyboard."""
        self._cc.setFocus(Qt.FocusReason.OtherFocusReason)

    def set_copies(self, cc: tuple[str, ...], bcc: tuple[str, ...]) -> None:
        """Show these addresses, unless that is what is being typed."""
        for field, addresses in ((self._cc, cc), (self._bcc, bcc)):
            if addresses_in(field.text()) != addresses:
                field.setText(", ".join(addresses))

    def _tell(self) -> None:
        self.changed.emit(addresses_in(self._cc.text()), addresses_in(self._bcc.text()))


def addresses_in(text: str) -> tuple[str, ...]:
    """The addresses in a field, each once: of `Name <address>` the address alone."""
    found = []
    for part in re.split(r"[,;\n]", text):
        inner = re.search(r"<([^<>]*)>", part)
        address = (inner[1] if inner else part).strip()
        if address:
            found.append(address)
    return tuple(dict.fromkeys(found))
