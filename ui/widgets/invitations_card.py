"""The open invitations below the people: for whom, until when; a new link, or none any more."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from ui.fonts import FontRole
from ui.icon_names import IconName
from ui.models.administration_text import INVITATIONS
from ui.theme import ThemeManager
from ui.tokens import ColorRole
from ui.viewmodels.invitations import InvitationsViewModel
from ui.widgets.buttons import Button
from ui.widgets.card import Card
from ui.widgets.cell_table import CellTable
from ui.widgets.safe_text import SafeLabel

_MOST_ROWS = 3


class InvitationsCard(Card):
    """Takes no room while there is nothing to show. `renew_wanted`: a new link instead of this invitation's."""

    renew_wanted = Signal(str)

    def __init__(
        self, themes: ThemeManager, invitations: InvitationsViewModel, parent: QWidget | None = None
    ) -> None:
        super().__init__(themes, "Open invitations", icon=IconName.LINK, parent=parent)
        self._invitations = invitations
        self.table = CellTable(themes, "Open invitations", INVITATIONS, parent=self)
        self.problem = SafeLabel("", FontRole.SECONDARY, ColorRole.TEXT_2, wrap=True, parent=self)
        self.renew = Button(themes, "New link…", icon=IconName.REFRESH, parent=self)
        self.withdraw = Button(themes, "Withdraw…", icon=IconName.TRASH, parent=self)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addStretch(1)
        for button in (self.renew, self.withdraw):
            buttons.addWidget(button)
        self.body.addWidget(self.table)
        self.body.addWidget(self.problem)
        self.body.addLayout(buttons)
        self.renew.clicked.connect(lambda: self.renew_wanted.emit(self.table.current))
        self.table.opened.connect(self.renew_wanted)
        self.withdraw.clicked.connect(lambda: invitations.ask_withdraw(self.table.current))
        self.action_triggered.connect(invitations.look)
        invitations.changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        rows, problem = self._invitations.rows, self._invitations.problem
        self.table.show_rows(rows)
        self.table.setFixedHeight(self.table.height_of(min(len(rows), _MOST_ROWS)))
        self.problem.setText(problem)
        self.set_action("Try again" if problem else "")
        for widget in (self.table, self.renew, self.withdraw):
            widget.setVisible(bool(rows))
        self.problem.setVisible(bool(problem))
        self.setVisible(bool(rows or problem))
