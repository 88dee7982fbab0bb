"""The plain table of every screen: whole rows, no grid, quiet headings."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QAbstractItemView, QTableView, QWidget

from ui.fonts import FontRole, role_font
from ui.theme import ThemeManager

_ROW_PADDING = 16


class TableView(QTableView):
    """A table whose rows have one height, which follows the text size. Enter and double click `activated` a row."""

    def __init__(self, themes: ThemeManager, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        header = self.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setHighlightSections(False)
        header.setStretchLastSection(True)
        self._restyle()
        themes.changed.connect(self._restyle)

    def set_row_height(self, height: int) -> None:
        """Make all rows this high; whoever sets a height of its own sets it again after a change of theme."""
        self.verticalHeader().setMinimumSectionSize(height)
        self.verticalHeader().setDefaultSectionSize(height)

    def _restyle(self) -> None:
        self.set_row_height(QFontMetrics(role_font(FontRole.BODY)).height() + _ROW_PADDING)
