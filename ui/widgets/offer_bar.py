"""A thin bar that offers a text, with one answer that takes it and one that does not."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from ui.fonts import FontRole
from ui.styling import set_ground
from ui.theme import ThemeManager
from ui.tokens import ColorRole
from ui.widgets.buttons import Button, ButtonKind
from ui.widgets.safe_text import SafeLabel


class OfferBar(QFrame):
    """Hidden while there is nothing to offer."""

    accepted = Signal()
    refused = Signal()

    def __init__(self, themes: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = SafeLabel("", FontRole.SECONDARY, ColorRole.TEXT_2, elide=True, parent=self)
        self.accept = Button(themes, "", ButtonKind.LINK, parent=self)
        self.refuse = Button(themes, "", ButtonKind.LINK, parent=self)
        self.accept.clicked.connect(self.accepted)
        self.refuse.clicked.connect(self.refused)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(8, 3, 8, 3)
        layout.setSpacing(12)
        layout.addWidget(self._words, 1)
        layout.addWidget(self.accept)
        layout.addWidget(self.refuse)
        set_ground(self, ColorRole.ACCENT_SOFT)
        self.hide()

    def show_offer(self, words: str, accept: str, refuse: str) -> None:
        """Offer something; no words for nothing."""
        self._words.setText(words)
        for button, title in ((self.accept, accept), (self.refuse, refuse)):
            button.setText(title)
            button.setAccessibleName(f"{title}: {words}")
        self.setVisible(bool(words))
