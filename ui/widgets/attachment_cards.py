"""The cards of the files of one message, side by side."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from agent_desktop.domain.message import AttachmentFile
from ui.delegates.file_card import CARD_GAP, CARDS_MARGIN
from ui.theme import ThemeManager
from ui.widgets.attachment_card import AttachmentCard
from ui.widgets.flow_layout import FlowLayout


class AttachmentCards(QWidget):
    """Hidden while there are no files. What is asked for is not done here."""

    open_requested = Signal(object)
    """The `AttachmentFile`."""
    save_requested = Signal(object)
    """The `AttachmentFile`."""

    def __init__(self, themes: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._files: tuple[AttachmentFile, ...] = ()
        self._away: frozenset[str] = frozenset()
        self._flow = FlowLayout(self)
        self._flow.setContentsMargins(0, CARDS_MARGIN, 0, CARDS_MARGIN)
        self._flow.setSpacing(CARD_GAP)
        self.hide()

    @property
    def cards(self) -> list[AttachmentCard]:
        """One card for each file."""
        return [card for card in self.findChildren(AttachmentCard) if card.parent() is self]

    def set_files(self, files: tuple[AttachmentFile, ...], away: frozenset[str] = frozenset()) -> None:
        """Show these files; `away` are the SHA-256s of those that are not on this computer."""
        if (files, away) == (self._files, self._away):
            return
        self._files, self._away = files, away
        for card in self.cards:
            self._flow.removeWidget(card)
            card.setParent(None)
            card.deleteLater()
        for file in files:
            card = AttachmentCard(self._themes, file, self, away=file.sha256 in away)
            card.open_requested.connect(self.open_requested)
            card.save_requested.connect(self.save_requested)
            self._flow.addWidget(card)
            card.show()
        self.setVisible(bool(files))
