"""A thin bar that offers a text, with one answer that takes it and one that does not."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from ui.fonts import FontRole
from ui.theme import ThemeManager
from ui.tokens import ColorRole
from ui.widgets.buttons import Button, ButtonKind
from ui.widgets.safe_text import SafeLabel
from ui.widgets.soft_bar import SoftBar


class OfferBar(SoftBar):
    """Hidden while there is nothing to offer."""

    accepted = Signal()
    refused = Signal()

    def __init__(self, themes: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(themes, ColorRole.ACCENT_SOFT, parent)
        self._words = SafeLabel("", FontRole.SECONDARY, ColorRole.TEXT_2, elide=True, parent=self)
        self.accept = Button(themes, "", ButtonKind.LINK, parent=self)
        self.refuse = Button(themes, "", ButtonKind.LINK, parent=self)
        self.accept.clicked.connect(self.accepted)
        self.refuse.clicked.connect(self.refused)
        self.row.addWidget(self._words, 1)
        self.row.addWidget(self.accept)
        self.row.addWidget(self.refuse)
        self.hide()

    def show_offer(self, words: str, accept: str, refuse: str) -> None:
        """Offer something; no words for nothing."""
        self._words.setText(words)
        for button, title in ((self.accept, accept), (self.refuse, refuse)):
            button.setText(title)
            button.setAccessibleName(f"{title}: {words}")
        self.setVisible(bool(words))
