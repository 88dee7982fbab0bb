"""The page of roles: what each of them may do, permission by permission, and roles of the workspace's own."""

from PySide6.QtWidgets import QCheckBox, QLineEdit, QMenu, QWidget

from agent_desktop.domain.ids import Id
from agent_desktop.domain.permissions import WORDS, Permission
from ui.context import UiContext
from ui.models.administration_forms import RoleForm, role_form
from ui.models.administration_text import role_columns, role_rows
from ui.screens.administration.staff_page import PageWords, StaffDialog, StaffPage
from ui.viewmodels.staff import StaffViewModel
from ui.widgets.form_dialog import CheckList

_SENTENCE = (
    "What somebody may see bounds what is on their computer at all. The server asks for the permission again when a"
    " change arrives, so what was done offline counts only if it is still allowed."
)
_GIVEN = "You can put into a role what you may do yourself."
_ROWS = 12
_WORDS = PageWords(
    title="Roles",
    sentence=_SENTENCE,
    find="Find a permission",
    edit="Edit role",
    add="New role",
    edit_hint="",
)


class RolesPage(StaffPage):
    """The matrix of permissions and roles."""

    def __init__(self, context: UiContext, staff: StaffViewModel, parent: QWidget | None = None) -> None:
        self._menu = QMenu()
        super().__init__(context, staff, _WORDS, role_columns(), RoleDialog, parent)
        self.edit.setMenu(self._menu)

    def fill(self) -> None:
        own = self._staff.matrix
        self.offer(role_rows(own), role_columns([name for name, _ in own]))
        self.head.count.setText("")
        self.show_buttons()
        self._menu.clear()
        for role in self._staff.own_roles:
            words = role.name if role.active else f"{role.name} (out of use)"
            action = self._menu.addAction(words)
            action.triggered.connect(lambda _=False, role_id=role.id: self.ask(role_id))

    def show_buttons(self) -> None:
        may = self._staff.may(Permission.ROLES_MANAGE)
        self.edit.setVisible(may and bool(self._staff.own_roles))
        self.add.setVisible(may)

    def open_row(self, key: str) -> None:
        """A row is a permission: roles are chosen in the menu of the button."""


class RoleDialog(StaffDialog):
    """Name, what it allows, and whether it is in use."""

    def __init__(
        self, context: UiContext, staff: StaffViewModel, row_id: Id, parent: QWidget | None = None
    ) -> None:
        role = staff.role(row_id)
        form = RoleForm() if role is None else role_form(role)
        super().__init__(context, staff, row_id, form.name or "New role", parent)
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
