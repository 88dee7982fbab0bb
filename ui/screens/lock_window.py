"""What stands in the place of the windows while the program is locked: nothing of anybody."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from ui.icon_names import IconName
from ui.styling import set_ground
from ui.theme import ThemeManager
from ui.tokens import ColorRole
from ui.widgets.buttons import Button, ButtonKind
from ui.widgets.card import Card
from ui.widgets.centred_page import CentredPage
from ui.widgets.safe_text import SafeLabel

_WIDTH = 380


class LockWindow(QWidget):
    """Asks for what opens the program again. Closing it only puts it out of sight."""

    unlock_wanted = Signal(str)

    def __init__(self, themes: ThemeManager, asks_for: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Agent Desktop")
        set_ground(self, ColorRole.CANVAS)
        card = Card(themes, "Locked", icon=IconName.LOCK, parent=self)
        words = SafeLabel(
            "What you were writing is kept, and what comes in meanwhile is here when you are back.",
            color=ColorRole.TEXT_2,
            wrap=True,
            parent=card,
        )
        self.typed = QLineEdit(card)
        self.typed.setEchoMode(QLineEdit.EchoMode.Password)
        self.typed.setPlaceholderText(asks_for)
        self.typed.setAccessibleName(asks_for or "Nothing to type")
        self.typed.setVisible(bool(asks_for))
        self.typed.returnPressed.connect(self._unlock)
        self.problem = SafeLabel("", color=ColorRole.DANGER, wrap=True, parent=card)
        self.problem.hide()
        self.unlock = Button(themes, "Unlock", ButtonKind.PRIMARY, parent=card)
        self.unlock.clicked.connect(self._unlock)
        for widget in (words, self.typed, self.problem, self.unlock):
            card.body.addWidget(widget)
        page = CentredPage(themes, _WIDTH, self)
        page.column.addWidget(card)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(page)
        self.resize(960, 640)

    def say(self, sentence: str) -> None:
        """Say why it did not open."""
        self.problem.setText(sentence)
        self.problem.setVisible(bool(sentence))
        self.setEnabled(True)
        self.typed.selectAll()
        self.typed.setFocus()

    def closeEvent(self, event: QCloseEvent) -> None:
        event.ignore()
        self.showMinimized()

    def _unlock(self) -> None:
        self.setEnabled(False)
        self.unlock_wanted.emit(self.typed.text())
