"""The page of roles: what each of them may do, permission by permission, and roles of the workspace's own."""

from PySide6.QtWidgets import QCheckBox, QLineEdit, QMenu, QWidget

from agent_desktop.domain.ids import Id
from agent_desktop.domain.permissions import WORDS, Permission
from ui.context import UiContext
from ui.icon_names import IconName
from ui.models.administration_forms import RoleForm, role_form
from ui.models.administration_text import role_columns, role_rows
from ui.viewmodels.staff import StaffViewModel
from ui.widgets.buttons import Button, ButtonKind
from ui.widgets.form_dialog import CheckList, FormDialog
from ui.widgets.table_page import TablePage

_SENTENCE = (
    "What somebody may see bounds what is on their computer at all. The server asks for the permission again when a"
    " change arrives, so what was done offline counts only if it is still allowed."
)
_GIVEN = "You can put into a role what you may do yourself."
_ROWS = 12


class RolesPage(TablePage):
    """The matrix of permissions and roles."""

    def __init__(self, context: UiContext, staff: StaffViewModel, parent: QWidget | None = None) -> None:
        super().__init__(
            context.theme, "Roles", _SENTENCE, role_columns(), find="Find a permission", parent=parent
        )
        self._context, self._staff = context, staff
        self.edit = Button(context.theme, "Edit role", icon=IconName.PENCIL, parent=self)
        self._menu = QMenu(self.edit)
        self.edit.setMenu(self._menu)
        self.add = Button(context.theme, "New role", ButtonKind.PRIMARY, IconName.PLUS, parent=self)
        self.add.clicked.connect(self._begin)
        for button in (self.edit, self.add):
            self.head.add_button(button)
        staff.changed.connect(self.show_all)
        self.show_all()

    def show_all(self) -> None:
        """Show all roles as they are now."""
        own, may = self._staff.matrix, self._staff.may(Permission.ROLES_MANAGE)
        self.offer(role_rows(own), role_columns([name for name, _ in own]))
        self.head.count.setText("")
        self._menu.clear()
        for role in self._staff.own_roles:
            words = role.name if role.active else f"{role.name} (out of use)"
            action = self._menu.addAction(words)
            action.triggered.connect(lambda _=False, role_id=role.id: self._open(role_id))
        self.edit.setVisible(may and bool(self._staff.own_roles))
        self.add.setVisible(may)

    def _begin(self) -> None:
        self._show(self._staff.new_id(), RoleForm(), "New role")

    def _open(self, role_id: Id) -> None:
        role = next((role for role in self._staff.own_roles if role.id == role_id), None)
        if role is not None:
            self._show(role.id, role_form(role), role.name)

    def _show(self, role_id: Id, form: RoleForm, title: str) -> None:
        RoleDialog(self._context, self._staff, role_id, form, title, self.window()).open()


class RoleDialog(FormDialog):
    """Name, what it allows, and whether it is in use."""

    def __init__(
        self,
        context: UiContext,
        staff: StaffViewModel,
        role_id: Id,
        form: RoleForm,
        title: str,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(
            context.theme,
            title,
            lambda: staff.problem_of_role(role_id, self.form),
            lambda: staff.save_role(role_id, self.form),
            parent=parent,
        )
        self.name = QLineEdit(form.name, self)
        held = [
            (permission.value, WORDS[permission].title) for permission in WORDS if permission in staff.held
        ]
        self.permissions = CheckList("What it allows", held, form.permissions, self, rows=_ROWS)
        self.active = QCheckBox("In use: people may be given it", self)
        self.active.setChecked(form.active)
        self.add("Name", self.name)
        self.add("What it allows", self.permissions, _GIVEN)
        self.add("", self.active)

    @property
    def form(self) -> RoleForm:
        """What stands in the fields."""
        return RoleForm(
            name=self.name.text(), permissions=self.permissions.chosen, active=self.active.isChecked()
        )
