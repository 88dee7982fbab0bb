"""The mails that were held back: who wrote them and why they are held, letting them through, discarding them."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from ui.context import UiContext
from ui.icon_names import IconName
from ui.models.held_mail_text import HELD_MAILS
from ui.prompts import Question
from ui.viewmodels.held_mails import HeldMailsViewModel
from ui.widgets.buttons import Button
from ui.widgets.dialog_size import begin_at
from ui.widgets.table_page import TablePage

_SIZE = (1000, 520)
_SENTENCE = (
    "Nobody sees these mails and nobody is told of them. Those that are let through become messages as if they had just"
    " come; those that are discarded never do, and their raw mail goes after its time."
)
_DISCARD = Question(
    "Discard this mail?",
    "It never becomes a message, and its sender is told nothing. This cannot be undone.",
    "Discard",
    "Keep it",
    dangerous=True,
)


class HeldMailsDialog(QDialog):
    """Enter lets the chosen mail through: it only becomes a message. Discarding asks first."""

    def __init__(self, context: UiContext, held: HeldMailsViewModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Held mails")
        begin_at(self, QSize(*_SIZE))
        self._context, self.held = context, held
        themes = context.theme
        self.page = TablePage(
            themes,
            "Held mails",
            _SENTENCE,
            HELD_MAILS,
            find="Find by sender, subject or channel",
            parent=self,
        )
        self.through = Button(themes, "Let through", icon=IconName.CHECK, hint="⏎", parent=self)
        self.through.setAccessibleName("Let the mail through")
        self.discard = Button(themes, "Discard…", icon=IconName.TRASH, parent=self)
        self.discard.setAccessibleName("Discard the mail")
        for button in (self.through, self.discard):
            self.page.head.add_button(button)
        close = Button(themes, "Close", parent=self)
        foot = QHBoxLayout()
        foot.setContentsMargins(24, 0, 24, 16)
        foot.addStretch(1)
        foot.addWidget(close)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.page, 1)
        layout.addLayout(foot)
        self.through.clicked.connect(lambda: self._let_through(self.page.table.current))
        self.page.table.opened.connect(self._let_through)
        self.discard.clicked.connect(self._ask)
        close.clicked.connect(self.reject)
        self.page.empty.action_triggered.connect(held.look)
        self.page.table.chosen.connect(lambda _: self._show_buttons())
        held.changed.connect(self._show)
        self._show()
        self.page.activate()

    def _show(self) -> None:
        if self.held.problem:
            self.page.empty.set_state(
                IconName.CLOUD_OFF, "Held mails cannot be shown", self.held.problem, "Try again"
            )
        else:
            self.page.empty.set_state(IconName.CHECK, "Nothing is held back", "Every mail became a message.")
        self.page.offer(self.held.rows)
        self._show_buttons()

    def _show_buttons(self) -> None:
        for button in (self.through, self.discard):
            button.setEnabled(bool(self.page.table.current))

    def _let_through(self, mail_id: str) -> None:
        if mail_id:
            self.held.release(mail_id)

    def _ask(self) -> None:
        mail_id = self.page.table.current
        if mail_id:
            self._context.prompts.ask(_DISCARD, lambda yes: self.held.discard(mail_id) if yes else None)
