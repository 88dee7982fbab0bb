"""The page of people: who works here, as what, in which teams."""

from PySide6.QtWidgets import QCheckBox, QLineEdit, QWidget

from agent_desktop.domain.ids import Id
from agent_desktop.domain.workspace import Role
from ui.context import UiContext
from ui.icon_names import IconName
from ui.models.administration_forms import PersonForm, person_form
from ui.models.administration_text import PEOPLE, ROLE_WORDS, role_title
from ui.viewmodels.staff import StaffViewModel
from ui.widgets.buttons import Button, ButtonKind
from ui.widgets.form_dialog import CheckList, FormDialog, choice
from ui.widgets.table_page import TablePage

_SENTENCE = "Whoever is disabled cannot sign in any more, on any device, at once. What they did stays under their name."


class PeoplePage(TablePage):
    """Everybody, with a dialog for one."""

    def __init__(self, context: UiContext, staff: StaffViewModel, parent: QWidget | None = None) -> None:
        super().__init__(
            context.theme, "People", _SENTENCE, PEOPLE, find="Find by name, team or role", parent=parent
        )
        self._context, self._staff = context, staff
        self.edit = Button(context.theme, "Edit", icon=IconName.PENCIL, hint="⏎", parent=self)
        self.edit.setAccessibleName("Edit person")
        self.add = Button(context.theme, "Add person", ButtonKind.PRIMARY, IconName.USER_PLUS, parent=self)
        for button in (self.edit, self.add):
            self.head.add_button(button)
        self.edit.clicked.connect(lambda: self._open(self.table.current))
        self.add.clicked.connect(self._begin)
        self.table.opened.connect(self._open)
        staff.changed.connect(self.show_all)
        self.show_all()

    def show_all(self) -> None:
        """Show everybody as they are now."""
        self.offer(self._staff.people)
        self.edit.setEnabled(bool(self.table.current))

    def _begin(self) -> None:
        self._show(self._staff.new_id(), PersonForm(), "Add person")

    def _open(self, user_id: Id) -> None:
        user = self._staff.user(user_id)
        if user is not None:
            self._show(user.id, person_form(user), user.name)

    def _show(self, user_id: Id, form: PersonForm, title: str) -> None:
        PersonDialog(self._context, self._staff, user_id, form, title, self.window()).open()


class PersonDialog(FormDialog):
    """Name, e-mail address, role, teams, and whether they work here."""

    def __init__(
        self,
        context: UiContext,
        staff: StaffViewModel,
        user_id: Id,
        form: PersonForm,
        title: str,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(
            context.theme,
            title,
            lambda: staff.problem_of_person(user_id, self.form),
            lambda: staff.save_person(user_id, self.form),
            parent=parent,
        )
        self._form = form
        self.name = QLineEdit(form.name, self)
        self.email = QLineEdit(form.email, self)
        self.email.setPlaceholderText("maya@example.com")
        roles = [*staff.roles, *(() if form.role in staff.roles else (form.role,))]
        self.role = choice(((role, role_title(role)) for role in roles), form.role, self)
        self.role.setEnabled(form.role in staff.roles)
        self.teams = CheckList(
            "Teams", ((team.id, team.name) for team in staff.open_teams), form.team_ids, self
        )
        self.active = QCheckBox("Works here and may sign in", self)
        self.active.setChecked(form.active)
        self.add("Name", self.name)
        self.add("E-mail address, to sign in with", self.email)
        self.add("Role", self.role)
        self._words = self.add_words("")
        self.add("Teams", self.teams)
        self.add("", self.active)
        self.role.currentIndexChanged.connect(self._explain)
        self._explain()

    @property
    def form(self) -> PersonForm:
        """What stands in the fields."""
        kept = tuple(team_id for team_id in self._form.team_ids if team_id not in self._offered)
        return PersonForm(
            name=self.name.text(),
            email=self.email.text(),
            role=Role(self.role.currentData()),
            team_ids=(*self.teams.chosen, *kept),
            signature=self._form.signature,
            active=self.active.isChecked(),
        )

    @property
    def _offered(self) -> set[str]:
        return set(self.teams.keys)

    def _explain(self) -> None:
        self._words.setText(ROLE_WORDS.get(Role(self.role.currentData()), ""))
