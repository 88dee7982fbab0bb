"""The line below an editor: whether something is unsaved or wrong, and Discard and Save."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from ui.icon_names import IconName
from ui.theme import ThemeManager
from ui.tokens import ColorRole
from ui.widgets.buttons import Button, ButtonKind, IconButton
from ui.widgets.safe_text import SafeLabel

UNSAVED = "Not saved yet. What you typed is kept on this device."


class EditorFoot(QWidget):
    """Emits what the person asks for; the buttons are enabled when there is something to do.

    Signals:
        save_requested, discard_requested, remove_requested.
    """

    save_requested = Signal()
    discard_requested = Signal()
    remove_requested = Signal()

    def __init__(self, themes: ThemeManager, remove: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = SafeLabel("", color=ColorRole.TEXT_3, wrap=True, parent=self)
        icon = IconName.ARCHIVE if remove.startswith("Archive") else IconName.TRASH
        self.remove = IconButton(themes, icon, remove, framed=True, parent=self)
        self.remove.clicked.connect(self.remove_requested)
        self.discard = Button(themes, "Discard changes", parent=self)
        self.discard.clicked.connect(self.discard_requested)
        self.save = Button(themes, "Save", ButtonKind.PRIMARY, parent=self)
        self.save.clicked.connect(self.save_requested)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.remove)
        row.addWidget(self._words, 1)
        row.addWidget(self.discard)
        row.addWidget(self.save)

    def show_state(self, *, unsaved: bool, problem: str, is_new: bool) -> None:
        """Say how things stand."""
        self._words.setText(problem or (UNSAVED if unsaved else ""))
        self._words.set_color(ColorRole.WARN if problem else ColorRole.TEXT_3)
        self.discard.setText("Discard" if is_new else "Discard changes")
        self.discard.setEnabled(unsaved or is_new)
        self.save.setEnabled(unsaved and not problem)
        self.remove.setEnabled(not is_new)
