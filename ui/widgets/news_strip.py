"""The strip above the composer: somebody has written while a reply was being written."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from ui.fonts import FontRole
from ui.icon_names import IconName
from ui.styling import set_ground
from ui.theme import ThemeManager
from ui.tokens import ColorRole
from ui.viewmodels.conversation import Arrival
from ui.widgets.buttons import Button, ButtonKind, IconButton
from ui.widgets.safe_text import SafeLabel


class NewsStrip(QFrame):
    """Counts what has come until it is looked at or put away. `show_requested(key)` names the first of it."""

    show_requested = Signal(str)

    def __init__(self, themes: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._count = 0
        self._key = ""
        self._words = SafeLabel("", FontRole.SECONDARY, ColorRole.WARN, elide=True, parent=self)
        self._show = Button(themes, "Show", ButtonKind.LINK, parent=self)
        close = IconButton(themes, IconName.CLOSE, "Dismiss", size=12, parent=self)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 4, 6, 4)
        layout.setSpacing(8)
        layout.addWidget(self._words, 1)
        layout.addWidget(self._show)
        layout.addWidget(close)
        set_ground(self, ColorRole.WARN_SOFT)
        self._show.clicked.connect(self._ask)
        close.clicked.connect(self.clear)
        self.hide()

    @property
    def words(self) -> str:
        """What the strip says."""
        return self._words.text()

    def add(self, arrival: Arrival) -> None:
        """Tell of something more that has come."""
        if not self._count:
            self._key = arrival.first_key
        self._count += arrival.count
        name = arrival.name or ("The customer" if arrival.from_customer else "A colleague")
        noun = "message" if self._count == 1 else "messages"
        self._words.setText(f"{name} wrote {self._count} new {noun} while you were writing")
        self._show.setAccessibleName(f"Show: {self._words.text()}")
        self.show()

    def clear(self) -> None:
        """Nothing is new any more."""
        self._count = 0
        self.hide()

    def _ask(self) -> None:
        self.show_requested.emit(self._key)
        self.clear()
