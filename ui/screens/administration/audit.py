"""The page of the audit log: filters, whether it is whole, and a copy in a file."""

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from agent_desktop.domain.audit import TITLES
from agent_desktop.services.administration import AuditVerdict
from ui.context import UiContext
from ui.fonts import FontRole
from ui.icon_names import IconName
from ui.models.audit_text import AUDIT, PERIODS
from ui.prompts import Notice
from ui.tokens import ColorRole
from ui.viewmodels.audit import AuditViewModel
from ui.viewmodels.staff import StaffViewModel
from ui.widgets.buttons import Button
from ui.widgets.form_dialog import choice
from ui.widgets.safe_text import SafeLabel
from ui.widgets.table_page import TablePage

_SENTENCE = (
    "Who did what that not everybody may do. Each entry carries the hash of the one before it, so that a change, a gap"
    " or another order is found. The server writes the end of the log to its own log once a day."
)
_WHOLE = (
    "All {count:,} entries are as they were written.\n\nThe end of the log is {head}. Keep it somewhere else: it shows"
    " later whether entries were cut off."
)


class AuditPage(TablePage):
    """The log, newest first; asked for anew each time the page is shown."""

    def __init__(self, context: UiContext, staff: StaffViewModel, parent: QWidget | None = None) -> None:
        super().__init__(context.theme, "Audit log", _SENTENCE, AUDIT, two_lines=False, parent=parent)
        self._context = context
        self.log = AuditViewModel(context, self)
        self.check = Button(context.theme, "Check the log", icon=IconName.SHIELD, parent=self)
        self.export = Button(context.theme, "Export…", icon=IconName.UPLOAD, parent=self)
        self.export.setAccessibleName("Export the audit log")
        for button in (self.check, self.export):
            self.head.add_button(button)
        self.action = choice(
            [(None, "Everything"), *((action, title) for action, title in TITLES.items())], None, self
        )
        self.action.setAccessibleName("What was done")
        self.person = choice(
            [(None, "Everybody"), *((user.id, user.name) for user in context.desk.directory.everybody())],
            None,
            self,
        )
        self.person.setAccessibleName("Who did it")
        self.period = choice(PERIODS, 0, self)
        self.period.setAccessibleName("When it was done")
        for place, box in enumerate((self.action, self.person, self.period)):
            self.tools.insertWidget(place, box)
            box.currentIndexChanged.connect(self._want)
        self._end = SafeLabel("", FontRole.SECONDARY, ColorRole.TEXT_3, selectable=True, parent=self)
        self._end.setAccessibleName("End of the log")
        self.foot.addWidget(self._end, 1)
        self.check.clicked.connect(self.log.check)
        self.export.clicked.connect(self._ask_place)
        self.empty.action_triggered.connect(self.log.read)
        self.table.end_reached.connect(self.log.read_on)
        # What was changed here stands in the log once the server has it.
        staff.changed.connect(lambda: self.log.read() if self.isVisible() else None)
        self.log.changed.connect(self._show)
        self.log.checked.connect(self._tell)
        self._show()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.log.read()

    def _want(self) -> None:
        self.log.want(self.action.currentData(), self.person.currentData(), self.period.currentData())

    def _show(self) -> None:
        if self.log.problem:
            self.empty.set_state(IconName.CLOUD_OFF, "The log cannot be shown", self.log.problem, "Try again")
        elif self.log.loading:
            self.empty.set_state(IconName.SHIELD, "Reading the log…", "")
        else:
            self.empty.set_state(
                IconName.SHIELD,
                "No entries",
                "Nothing of this kind was done in this time. Choose another time, person or action.",
            )
        self.offer(self.log.rows)
        head = self.log.head
        self.head.count.setText(f"{head.count:,} entries" if head.count else "")
        self._end.setText(f"End of the log: {head}" if head.count else "")

    def _tell(self, verdict: AuditVerdict) -> None:
        if verdict.wrong:
            sentences = "\n".join(verdict.wrong)
            notice = Notice(
                title="The log was changed",
                text=f"{sentences}\n\nCompare it with a backup, and find out who may write to the database.",
            )
        else:
            notice = Notice(
                title="The log is whole",
                text=_WHOLE.format(count=verdict.head.count, head=verdict.head),
            )
        self._context.prompts.tell(notice)

    def _ask_place(self) -> None:
        day = self._context.desk.clock.now().date()
        self._context.prompts.ask_place(
            "Export the audit log",
            f"audit-{day}.jsonl",
            lambda path: self.log.export(path) if path is not None else None,
        )
