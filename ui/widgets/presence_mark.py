"""Who else is in a conversation: their initials and a few words."""

from PySide6.QtWidgets import QHBoxLayout, QWidget

from ui.fonts import FontRole
from ui.models.presence_text import PresenceWords
from ui.models.tool_tip import plain_tool_tip
from ui.theme import ThemeManager
from ui.tokens import ColorRole
from ui.widgets.avatar import Avatar
from ui.widgets.safe_text import SafeLabel

_SIZE = 20
_MOST_SHOWN = 3
_OVERLAP = -5


class PresenceMark(QWidget):
    """Takes no room while there is nobody to speak of."""

    def __init__(self, themes: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._avatars = [Avatar(themes, "", _SIZE, parent=self) for _ in range(_MOST_SHOWN)]
        self._words = SafeLabel("", FontRole.SECONDARY, ColorRole.WARN, elide=True, parent=self)
        people = QHBoxLayout()
        people.setSpacing(_OVERLAP)
        for avatar in self._avatars:
            people.addWidget(avatar)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addLayout(people)
        layout.addWidget(self._words)
        self.set_words(PresenceWords())

    @property
    def text(self) -> str:
        """What is said."""
        return self._words.text()

    def set_words(self, words: PresenceWords) -> None:
        """Say who is here."""
        for place, avatar in enumerate(self._avatars):
            avatar.setVisible(place < len(words.people))
            if place < len(words.people):
                avatar.set_person(words.people[place])
        self._words.setText(words.head)
        self._words.set_color(ColorRole.WARN if words.people else ColorRole.TEXT_3)
        names = ", ".join(words.people)
        self.setAccessibleName(f"{words.head}: {names}" if names else words.head)
        self.setToolTip(plain_tool_tip(names))
        self.setVisible(bool(words.head))
