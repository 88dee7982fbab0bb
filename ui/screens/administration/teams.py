"""The page of teams."""

from PySide6.QtWidgets import QCheckBox, QLineEdit, QWidget

from agent_desktop.domain.ids import Id
from ui.context import UiContext
from ui.icon_names import IconName
from ui.models.administration_forms import TeamForm, team_form
from ui.models.administration_text import TEAMS
from ui.screens.administration.staff_page import PageWords, StaffDialog, StaffPage
from ui.viewmodels.staff import StaffViewModel

_SENTENCE = (
    "Conversations are given to teams. What a private team has is on the computers of its members alone; a closed team"
    " is offered no more, and keeps what it had."
)
_PRIVATE = "Its conversations leave everybody else's computers with their next sync."
_WORDS = PageWords(
    title="Teams", sentence=_SENTENCE, find="Find by name or member", edit="Edit team", add="New team"
)


class TeamsPage(StaffPage):
    """All teams, with a dialog for one."""

    def __init__(self, context: UiContext, staff: StaffViewModel, parent: QWidget | None = None) -> None:
        super().__init__(context, staff, _WORDS, TEAMS, TeamDialog, parent)
        self.empty.set_state(
            IconName.USERS,
            "No teams yet",
            "A team takes conversations together: whoever is free answers next.",
            "New team",
        )

    def fill(self) -> None:
        self.offer(self._staff.teams)


class TeamDialog(StaffDialog):
    """Name, who sees it, and whether work is given to it."""

    def __init__(
        self, context: UiContext, staff: StaffViewModel, row_id: Id, parent: QWidget | None = None
    ) -> None:
        team = staff.team(row_id)
        form = TeamForm() if team is None else team_form(team)
        super().__init__(context, staff, row_id, form.name or "New team", parent)
        self.name = QLineEdit(form.name, self)
        self.private = QCheckBox("Private: only members see its conversations", self)
        self.private.setChecked(form.private)
        self.active = QCheckBox("Open: conversations may be given to it", self)
        self.active.setChecked(form.active)
        self.add("Name", self.name)
        self.add("", self.private, _PRIVATE)
        self.add("", self.active)

    @property
    def form(self) -> TeamForm:
        """What stands in the fields."""
        return TeamForm(
            name=self.name.text(), private=self.private.isChecked(), active=self.active.isChecked()
        )
