"""The dialog that begins a conversation with a customer: on which channel, about what."""

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from agent_desktop.domain.ids import Id
from agent_desktop.domain.workspace import Channel
from ui.theme import ThemeManager
from ui.tokens import ColorRole
from ui.widgets.choice_box import ChoiceBox
from ui.widgets.dialog_end import dialog_end
from ui.widgets.form_lines import labelled
from ui.widgets.safe_text import SafeLabel

_WIDTH = 420

Start = Callable[[Id, str], None]
"""Called with the channel and the subject."""


class NewConversationDialog(QDialog):
    """Asks for channel and subject. Nothing is sent: the conversation opens with an empty reply."""

    def __init__(
        self,
        themes: ThemeManager,
        name: str,
        channels: Sequence[Channel],
        start: Start,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"New conversation with {name}")
        self._start = start
        self.channel = ChoiceBox(self)
        for channel in channels:
            self.channel.addItem(channel.name, channel.id)
        self.subject = QLineEdit(self)
        self._problem = SafeLabel("", color=ColorRole.DANGER, wrap=True, parent=self)
        self._problem.setVisible(False)
        cancel, accept = dialog_end(self, themes, "Start")
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(self._problem, 1)
        foot.addStretch(0)
        foot.addWidget(cancel)
        foot.addWidget(accept)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 20, 20, 16)
        layout.setSpacing(12)
        layout.addLayout(labelled("Channel", self.channel))
        layout.addLayout(labelled("Subject", self.subject))
        layout.addSpacing(4)
        layout.addLayout(foot)
        self.setMinimumWidth(_WIDTH)
        self.subject.setFocus()

    def accept(self) -> None:
        """Start the conversation, or ask for a subject."""
        subject = self.subject.text().strip()
        if not subject:
            self._problem.setText("Say in a few words what it is about.")
            self._problem.setVisible(True)
            self.subject.setFocus()
            return
        self._start(str(self.channel.currentData()), subject)
        super().accept()
