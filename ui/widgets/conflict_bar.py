"""Says that somebody else saved another version while this one was edited, and asks which to go on with."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from ui.styling import set_ground
from ui.theme import ThemeManager
from ui.tokens import ColorRole
from ui.widgets.buttons import Button
from ui.widgets.safe_text import SafeLabel

_WORDS = "Somebody else saved another version meanwhile. Your version is kept here."


class ConflictBar(QWidget):
    """Nothing is lost by either answer: the other version stays among the versions.

    Signals:
        mine_kept: go on with what was typed, upon the other version.
        theirs_taken: throw away what was typed.
    """

    mine_kept = Signal()
    theirs_taken = Signal()

    def __init__(self, themes: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_ground(self, ColorRole.WARN_SOFT)
        mine = Button(themes, "Keep mine", compact=True, parent=self)
        mine.clicked.connect(self.mine_kept)
        theirs = Button(themes, "Show theirs", compact=True, parent=self)
        theirs.clicked.connect(self.theirs_taken)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 12, 8)
        row.setSpacing(8)
        row.addWidget(SafeLabel(_WORDS, color=ColorRole.WARN, wrap=True, parent=self), 1)
        row.addWidget(mine)
        row.addWidget(theirs)
