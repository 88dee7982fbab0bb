"""Chooses who may use something: oneself, a team, or everybody."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from agent_desktop.domain.ids import Id
from agent_desktop.domain.knowledge import Audience
from agent_desktop.domain.workspace import Team
from ui.models.canned_text import AUDIENCE_WORDS
from ui.widgets.choice_box import ChoiceBox


class AudienceField(QWidget):
    """The audience, and beside it the team when it is one.

    Signals:
        edited: a person chose something else.
    """

    edited = Signal()

    def __init__(self, my_id: Id, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._my_id = my_id
        self._personal_owner = my_id
        self._kind = ChoiceBox(self)
        self._kind.setAccessibleName("Who may use it")
        for audience, words in AUDIENCE_WORDS.items():
            self._kind.addItem(words, audience)
        self._team = ChoiceBox(self)
        self._team.setAccessibleName("Team")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self._kind, 1)
        row.addWidget(self._team, 1)
        self.setFocusProxy(self._kind)
        self._kind.activated.connect(self._on_activated)
        self._team.activated.connect(self.edited)
        self._show_team()

    @property
    def audience(self) -> Audience:
        """Who may use it."""
        return Audience(self._kind.currentData())

    @property
    def owner_id(self) -> Id | None:
        """The user or team that it belongs to."""
        if self.audience is Audience.PERSONAL:
            return self._personal_owner
        return self._team.currentData() if self.audience is Audience.TEAM else None

    def show_audience(self, audience: Audience, owner_id: Id | None, teams: Sequence[Team]) -> None:
        """Show a choice. What belongs to a colleague stays theirs."""
        self._personal_owner = (owner_id if audience is Audience.PERSONAL else None) or self._my_id
        self._kind.setCurrentIndex(self._kind.findData(audience))
        self._team.clear()
        for team in teams:
            self._team.addItem(team.name, team.id)
        if audience is Audience.TEAM:
            self._team.setCurrentIndex(self._team.findData(owner_id))
        self._show_team()

    def _on_activated(self) -> None:
        self._show_team()
        self.edited.emit()

    def _show_team(self) -> None:
        self._team.setVisible(self.audience is Audience.TEAM)
