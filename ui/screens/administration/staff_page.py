"""What the pages of people, teams, channels and roles have in common: a table, and a dialog for one of its rows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtWidgets import QWidget

from agent_desktop.domain.ids import Id
from ui.context import UiContext
from ui.icon_names import IconName
from ui.models.administration_forms import StaffForm
from ui.models.cells import Column
from ui.viewmodels.staff import StaffViewModel
from ui.widgets.buttons import Button, ButtonKind
from ui.widgets.form_dialog import FormDialog
from ui.widgets.table_page import TablePage


@dataclass(frozen=True, slots=True, kw_only=True)
class PageWords:
    """What such a page says: `edit` is the button for the chosen row as screen readers hear it, `add` for a new one."""

    title: str
    sentence: str
    find: str
    edit: str
    add: str
    add_icon: IconName = IconName.PLUS
    edit_hint: str = "⏎"


class StaffDialog(FormDialog):
    """The fields of one person, team, channel or role; sub-classes make the fields, and `form` reads them."""

    def __init__(
        self, context: UiContext, staff: StaffViewModel, row_id: Id, title: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(
            context.theme,
            title,
            lambda: staff.problem(row_id, self.form),
            lambda: staff.save(row_id, self.form),
            parent=parent,
        )

    @property
    def form(self) -> StaffForm:
        """What stands in the fields."""
        raise NotImplementedError


DialogMaker = Callable[[UiContext, StaffViewModel, Id, QWidget], FormDialog]
"""Makes the dialog for what has this id, or for something new that gets it."""


class StaffPage(TablePage):
    """A table that follows what is set up, with buttons to edit and to add. Sub-classes say in `fill` what it shows."""

    def __init__(
        self,
        context: UiContext,
        staff: StaffViewModel,
        words: PageWords,
        columns: Sequence[Column],
        dialog: DialogMaker,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(context.theme, words.title, words.sentence, columns, find=words.find, parent=parent)
        self._context, self._staff, self._dialog = context, staff, dialog
        self.edit = Button(context.theme, "Edit", icon=IconName.PENCIL, hint=words.edit_hint, parent=self)
        self.edit.setAccessibleName(words.edit)
        self.add = Button(context.theme, words.add, ButtonKind.PRIMARY, words.add_icon, parent=self)
        for button in (self.edit, self.add):
            self.head.add_button(button)
        self.edit.clicked.connect(lambda: self.open_row(self.table.current))
        self.table.opened.connect(self.open_row)
        self.add.clicked.connect(self.begin)
        self.empty.action_triggered.connect(self.begin)
        self.table.chosen.connect(lambda _: self.show_buttons())
        staff.changed.connect(self.fill)
        self.fill()

    def fill(self) -> None:
        """Show everything as it is now."""
        raise NotImplementedError

    def show_buttons(self) -> None:
        """Offer what can be done with the chosen row."""
        self.edit.setEnabled(bool(self.table.current))

    def begin(self) -> None:
        """Ask for something new."""
        self.ask(self._staff.new_id())

    def open_row(self, key: str) -> None:
        """Ask for the fields of a row."""
        if key:
            self.ask(key)

    def ask(self, row_id: Id) -> None:
        """Open the dialog for what has this id, or for something new that gets it."""
        self._dialog(self._context, self._staff, row_id, self.window()).open()
