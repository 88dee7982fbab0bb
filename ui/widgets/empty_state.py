"""What a list or pane shows while it has nothing: why, and what to do about it."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from ui.fonts import FontRole
from ui.icon_names import IconName
from ui.theme import ThemeManager
from ui.tokens import ColorRole
from ui.widgets.buttons import Button
from ui.widgets.safe_text import SafeLabel

_ICON = 32
_WIDEST = 320


class EmptyState(QWidget):
    """Icon, title, one sentence and perhaps one button, in the middle of the room there is."""

    action_triggered = Signal()

    def __init__(
        self,
        themes: ThemeManager,
        icon: IconName,
        title: str,
        sentence: str,
        action: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._themes = themes
        self._picture = SafeLabel(parent=self)
        self._title = SafeLabel("", FontRole.STRONG, parent=self)
        self._sentence = SafeLabel("", FontRole.BODY, ColorRole.TEXT_2, wrap=True, parent=self)
        self._sentence.setMaximumWidth(_WIDEST)
        self.button = Button(themes, "", parent=self)
        self.button.clicked.connect(self.action_triggered)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 24, 24, 24)
        layout.setSpacing(6)
        layout.addStretch(1)
        for widget in (self._picture, self._title, self._sentence):
            widget.setAlignment(Qt.AlignmentFlag.AlignCenter)
        layout.addWidget(self._picture)
        layout.addSpacing(6)
        layout.addWidget(self._title)
        middle = QHBoxLayout()
        middle.addStretch(1)
        middle.addWidget(self._sentence, 100)
        middle.addStretch(1)
        layout.addLayout(middle)
        layout.addSpacing(8)
        layout.addWidget(self.button, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(1)
        self.set_state(icon, title, sentence, action)
        themes.changed.connect(self._restyle)

    def set_state(self, icon: IconName, title: str, sentence: str, action: str = "") -> None:
        """Say something else: the same pane may be empty for several reasons."""
        self._icon = icon
        self._title.setText(title)
        self._sentence.setText(sentence)
        self.button.setText(action)
        self.button.setVisible(bool(action))
        self.setAccessibleName(f"{title}. {sentence}")
        self._restyle()

    def _restyle(self) -> None:
        self._picture.setPixmap(
            self._themes.icons.pixmap(self._icon, ColorRole.TEXT_3, _ICON, self.devicePixelRatioF())
        )
