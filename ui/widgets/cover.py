"""Hides what is below it: what is there belongs to something that is not shown any more."""

from PySide6.QtCore import QRect
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QWidget

from ui.theme import ThemeManager
from ui.tokens import ColorRole

_NOTHING = QRect(0, 0, 0, 0)


class Cover(QWidget):
    """A plain ground over siblings, which must have been made before it.

    Nothing below is painted or moved meanwhile, so covering costs next to nothing. The cover itself is never hidden,
    only empty: layouts around it would look again at everything that is in them. Qt fills it without asking Python.
    """

    def __init__(self, themes: ThemeManager, role: ColorRole, parent: QWidget) -> None:
        super().__init__(parent)
        self._themes = themes
        self._role = role
        self.setAutoFillBackground(True)
        self.setGeometry(_NOTHING)
        self._restyle()
        themes.changed.connect(self._restyle)

    @property
    def is_covering(self) -> bool:
        """Whether anything is hidden."""
        return not self.geometry().isEmpty()

    def cover(self, area: QRect) -> None:
        """Hide what siblings show in this area of the parent, until `lift`."""
        self.setGeometry(area)

    def lift(self) -> None:
        """Let everything be seen again."""
        self.setGeometry(_NOTHING)

    def _restyle(self) -> None:
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.Window, self._themes.color(self._role))
        self.setPalette(palette)
