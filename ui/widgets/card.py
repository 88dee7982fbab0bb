"""A framed group with a heading and perhaps a link at its right."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from ui.fonts import FontRole, scaled
from ui.icon_names import IconName
from ui.theme import ThemeManager
from ui.tokens import ColorRole
from ui.widgets.buttons import Button, ButtonKind
from ui.widgets.safe_text import SafeLabel

_PADDING = 12


class Card(QFrame):
    """Add content to `body`. Without title and action there is no head. `flush`: the content reaches the frame."""

    action_triggered = Signal()

    def __init__(
        self,
        themes: ThemeManager,
        title: str = "",
        action: str = "",
        icon: IconName | None = None,
        parent: QWidget | None = None,
        *,
        flush: bool = False,
    ) -> None:
        super().__init__(parent)
        self._themes = themes
        self._icon = icon
        self._picture = SafeLabel(parent=self)
        self._picture.setVisible(icon is not None)
        self._title = SafeLabel(title, FontRole.HEADING, ColorRole.TEXT_2, elide=True, parent=self)
        self._action = Button(themes, action, ButtonKind.LINK, parent=self)
        self._action.setVisible(bool(action))
        self._action.clicked.connect(self.action_triggered)
        outer = QVBoxLayout(self)
        padding = 1 if flush else _PADDING
        outer.setContentsMargins(padding, padding, padding, padding)
        outer.setSpacing(8)
        if title or action or icon is not None:
            head = QHBoxLayout()
            head.setSpacing(6)
            head.addWidget(self._picture)
            head.addWidget(self._title, 1)
            head.addWidget(self._action)
            outer.addLayout(head)
        self.body = QVBoxLayout()
        self.body.setSpacing(6)
        outer.addLayout(self.body)
        self.setAccessibleName(title)
        self._name_action()
        self._restyle()
        themes.changed.connect(self._restyle)

    def set_title(self, title: str) -> None:
        """Head the card anew."""
        self._title.setText(title)
        self.setAccessibleName(title)
        self._name_action()

    def set_action(self, action: str) -> None:
        """Offer something else at the right of the head, or nothing."""
        self._action.setText(action)
        self._action.setVisible(bool(action))
        self._name_action()

    def _name_action(self) -> None:
        """A bare "Edit" says little to somebody who hears the buttons one by one."""
        self._action.setAccessibleName(f"{self._action.text()}: {self._title.text()}".strip(": "))

    def _restyle(self) -> None:
        if self._icon is not None:
            ratio = self.devicePixelRatioF()
            self._picture.setPixmap(
                self._themes.icons.pixmap(self._icon, ColorRole.TEXT_2, scaled(16), ratio)
            )
