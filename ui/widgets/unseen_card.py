"""What others have written that the author of a held reply has not seen, in full."""

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtWidgets import QWidget

from agent_desktop.domain.message import Message
from ui.fonts import FontRole
from ui.models.outbox_text import news_head
from ui.models.timeline_text import shortened
from ui.theme import ThemeManager
from ui.tokens import ColorRole
from ui.widgets.card import Card
from ui.widgets.safe_text import SafeLabel


class UnseenCard(Card):
    """Hidden while there is nothing new."""

    def __init__(self, themes: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(themes, "New since you wrote", parent=parent)
        self._messages: tuple[Message, ...] = ()
        self.hide()

    def show_messages(self, messages: Sequence[Message], now: datetime) -> None:
        """Show these, the oldest first."""
        shown = tuple(messages)
        if shown != self._messages:
            self._messages = shown
            while (item := self.body.takeAt(0)) is not None:
                widget = item.widget()
                if widget is not None:
                    widget.hide()
                    widget.deleteLater()
            for message in shown:
                self.body.addWidget(
                    SafeLabel(news_head(message, now), FontRole.SECONDARY, ColorRole.WARN, parent=self)
                )
                text = shortened(message.text.strip()) or "There is no text in it."
                self.body.addWidget(SafeLabel(text, wrap=True, selectable=True, parent=self))
        self.setVisible(bool(shown))
