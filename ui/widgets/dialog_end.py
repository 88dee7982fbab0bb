"""The buttons that end a dialog."""

from PySide6.QtWidgets import QDialog

from ui.theme import ThemeManager
from ui.widgets.buttons import Button, ButtonKind


def dialog_end(
    dialog: QDialog, themes: ThemeManager, yes: str, kind: ButtonKind = ButtonKind.PRIMARY
) -> tuple[Button, Button]:
    """Cancel, and the one that accepts: Enter presses it, unless it is of another kind than what one mostly wants."""
    cancel = Button(themes, "Cancel", parent=dialog)
    cancel.clicked.connect(dialog.reject)
    accept = Button(themes, yes, kind, parent=dialog)
    accept.setDefault(kind is ButtonKind.PRIMARY)
    accept.clicked.connect(dialog.accept)
    return cancel, accept
