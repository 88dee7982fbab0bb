"""Asks which of two customers survives a merge, with everything known about both side by side."""

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QRadioButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from agent_desktop.domain.ids import Id
from agent_desktop.services.customers import CustomerProfile
from ui.fonts import FontRole
from ui.models.customer_text import Difference, differences
from ui.models.row_look import one_line
from ui.styling import set_ground
from ui.theme import ThemeManager
from ui.tokens import ColorRole
from ui.widgets.dialog_end import dialog_end
from ui.widgets.dialog_size import begin_at
from ui.widgets.safe_text import SafeLabel

_WIDTH, _HEIGHT = 600, 480
_EXPLANATION = (
    "Addresses and conversations of both are shown together from now on. What is known of the other customer"
    " is kept and comes back when you separate them."
)

Merge = Callable[[Id, Id], None]
"""Called with the survivor and the customer that is merged into it."""


class MergeDialog(QDialog):
    """Two columns; the chosen one is kept. The one with more conversations is proposed."""

    def __init__(
        self,
        themes: ThemeManager,
        left: CustomerProfile,
        right: CustomerProfile,
        merge: Merge,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Merge customers")
        self._ids = (left.customer.id, right.customer.id)
        self._merge = merge
        self.keep_left = QRadioButton(_keep(left), self)
        self.keep_right = QRadioButton(_keep(right), self)
        chosen = self.keep_right if right.conversation_count > left.conversation_count else self.keep_left
        chosen.setChecked(True)
        content = QWidget(self)
        set_ground(content, ColorRole.SURFACE)
        grid = QGridLayout(content)
        grid.setContentsMargins(20, 16, 20, 12)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(2, 1)
        grid.addWidget(self.keep_left, 0, 1)
        grid.addWidget(self.keep_right, 0, 2)
        for row, difference in enumerate(differences(left, right), start=1):
            _add_line(grid, row, difference)
        grid.setRowStretch(grid.rowCount(), 1)
        area = QScrollArea(self)
        area.setWidgetResizable(True)
        area.setWidget(content)
        area.setAccessibleName("What is known of both")
        explanation = SafeLabel(_EXPLANATION, FontRole.SECONDARY, ColorRole.TEXT_2, wrap=True, parent=self)
        cancel, accept = dialog_end(self, themes, "Merge")
        foot = QHBoxLayout()
        foot.setContentsMargins(20, 8, 20, 16)
        foot.setSpacing(8)
        foot.addWidget(explanation, 1)
        foot.addWidget(cancel)
        foot.addWidget(accept)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(area, 1)
        layout.addLayout(foot)
        begin_at(self, QSize(_WIDTH, _HEIGHT))
        chosen.setFocus()

    def accept(self) -> None:
        """Merge, keeping the chosen one."""
        left, right = self._ids
        if self.keep_left.isChecked():
            self._merge(left, right)
        else:
            self._merge(right, left)
        super().accept()


def _keep(profile: CustomerProfile) -> str:
    # A lone ampersand in the text of a button would be taken for a mnemonic.
    return f"Keep {one_line(profile.customer.name)[:40]}".replace("&", "&&")


def _add_line(grid: QGridLayout, row: int, difference: Difference) -> None:
    top = Qt.AlignmentFlag.AlignTop
    font = FontRole.STRONG if difference.differs else FontRole.BODY
    grid.addWidget(SafeLabel(difference.label, color=ColorRole.TEXT_3), row, 0, top)
    grid.addWidget(SafeLabel(difference.left or "–", font, wrap=True), row, 1, top)
    grid.addWidget(SafeLabel(difference.right or "–", font, wrap=True), row, 2, top)
