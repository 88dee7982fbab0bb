"""The page of roles: what each of them may do, permission by permission."""

from PySide6.QtWidgets import QWidget

from ui.context import UiContext
from ui.models.administration_text import role_columns, role_rows
from ui.viewmodels.staff import StaffViewModel
from ui.widgets.table_page import TablePage

_SENTENCE = (
    "What somebody may see bounds what is on their computer at all. The server asks for the permission again when a"
    " change arrives, so what was done offline counts only if it is still allowed."
)


class RolesPage(TablePage):
    """The matrix of permissions and roles."""

    def __init__(self, context: UiContext, staff: StaffViewModel, parent: QWidget | None = None) -> None:
        super().__init__(
            context.theme, "Roles", _SENTENCE, role_columns(), find="Find a permission", parent=parent
        )
        self._staff = staff
        self.offer(role_rows(), role_columns())
        self.head.count.setText("")
