"""The page of teams."""

from PySide6.QtWidgets import QCheckBox, QLineEdit, QWidget

from agent_desktop.domain.ids import Id
from ui.context import UiContext
from ui.icon_names import IconName
from ui.models.administration_forms import TeamForm, team_form
from ui.models.administration_text import TEAMS
from ui.viewmodels.staff import StaffViewModel
from ui.widgets.buttons import Button, ButtonKind
from ui.widgets.form_dialog import FormDialog
from ui.widgets.table_page import TablePage

_SENTENCE = (
    "Conversations are given to teams. What a private team has is on the computers of its members alone; a closed team"
    " is offered no more, and keeps what it had."
)
_PRIVATE = "Its conversations leave everybody else's computers with their next sync."


class TeamsPage(TablePage):
    """All teams, with a dialog for one."""

    def __init__(self, context: UiContext, staff: StaffViewModel, parent: QWidget | None = None) -> None:
        super().__init__(
            context.theme, "Teams", _SENTENCE, TEAMS, find="Find by name or member", parent=parent
        )
        self._context, self._staff = context, staff
        self.edit = Button(context.theme, "Edit", icon=IconName.PENCIL, hint="⏎", parent=self)
        self.edit.setAccessibleName("Edit team")
        self.add = Button(context.theme, "New team", ButtonKind.PRIMARY, IconName.PLUS, parent=self)
        for button in (self.edit, self.add):
            self.head.add_button(button)
        self.empty.set_state(
            IconName.USERS,
            "No teams yet",
            "A team takes conversations together: whoever is free answers next.",
            "New team",
        )
        self.empty.action_triggered.connect(self._begin)
        self.edit.clicked.connect(lambda: self._open(self.table.current))
        self.add.clicked.connect(self._begin)
        self.table.opened.connect(self._open)
        staff.changed.connect(self.show_all)
        self.show_all()

    def show_all(self) -> None:
        """Show all teams as they are now."""
        self.offer(self._staff.teams)
        self.edit.setEnabled(bool(self.table.current))

    def _begin(self) -> None:
        self._show(self._staff.new_id(), TeamForm(), "New team")

    def _open(self, team_id: Id) -> None:
        team = self._staff.team(team_id)
        if team is not None:
            self._show(team.id, team_form(team), team.name)

    def _show(self, team_id: Id, form: TeamForm, title: str) -> None:
        TeamDialog(self._context, self._staff, team_id, form, title, self.window()).open()


class TeamDialog(FormDialog):
    """Name, who sees it, and whether work is given to it."""

    def __init__(
        self,
        context: UiContext,
        staff: StaffViewModel,
        team_id: Id,
        form: TeamForm,
        title: str,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(
            context.theme,
            title,
            lambda: staff.problem_of_team(team_id, self.form),
            lambda: staff.save_team(team_id, self.form),
            parent=parent,
        )
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
