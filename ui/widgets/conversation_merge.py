"""Choosing what a conversation is merged with, and which of them goes on."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QRadioButton, QWidget

from agent_desktop.domain.ids import Id
from agent_desktop.services.conversation import Related
from ui.context import UiContext
from ui.icon_names import IconName
from ui.models.results import Result, ResultSection
from ui.models.row_look import one_line
from ui.theme import ThemeManager
from ui.tokens import ColorRole
from ui.viewmodels.merging import Merging
from ui.widgets.form_dialog import FormDialog
from ui.widgets.picker import Picker

_LONGEST = 60
_WIDTH = 420
_EXPLANATION = (
    "All of it is shown in one timeline, and what is done happens to the one that goes on. It can be taken apart at"
    " any time."
)
_DIFFERENT = "They are of different customers. An answer goes to the customer of the one that goes on."

Merge = Callable[[Sequence[Id], Id], None]
"""Called with those that are merged, and the one that goes on."""


class ConversationPicker(Picker):
    """Finds conversations in the background: by number, subject, customer or words; at first those of its customer."""

    def __init__(
        self,
        context: UiContext,
        merging: Merging,
        conversation_id: Id,
        choose: Callable[[Related], None],
        parent: QWidget,
    ) -> None:
        self._merging = merging
        self._conversation_id = conversation_id
        self._give = choose
        super().__init__(context.theme, "Merge with: number, subject or customer", lambda typed: (), parent)

    def offer(self, typed: str) -> None:
        """Show what fits what was typed, as soon as it is found."""
        self._merging.find(self._conversation_id, typed, partial(self._take, typed))

    def _take(self, typed: str, found: tuple[Related, ...]) -> None:
        results = tuple(
            Result(
                one_line(one.title),
                one_line(one.customer_name),
                IconName.INBOX,
                value=partial(self._give, one),
            )
            for one in found
        )
        heading = "" if typed.strip() else "Of the same customer"
        self.results.set_sections([ResultSection(heading, results)], typed)
        self.setMinimumWidth(_WIDTH)
        self.adjustSize()


class KeepOneDialog(FormDialog):
    """Several conversations; the chosen one goes on, and is proposed to be the oldest."""

    def __init__(
        self,
        themes: ThemeManager,
        conversations: Sequence[Related],
        merge: Merge,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(themes, "Merge conversations", lambda: "", self._do, "Merge", parent)
        self._merge = merge
        self._options: list[tuple[Id, QRadioButton]] = []
        self.add_words("Which one goes on?")
        for one in sorted(conversations, key=lambda one: one.number or 1 << 62):
            # A lone ampersand in the text of a button would be taken for a mnemonic.
            words = f"{one_line(one.title)[:_LONGEST]} – {one_line(one.customer_name)}".replace("&", "&&")
            button = QRadioButton(words, self)
            self._options.append((one.id, button))
            self.add_field(button)
        self._options[0][1].setChecked(True)
        self._options[0][1].setFocus(Qt.FocusReason.OtherFocusReason)
        if not all(one.same_customer for one in conversations):
            self.add_words(_DIFFERENT).set_color(ColorRole.WARN)
        self.add_words(_EXPLANATION)

    @property
    def options(self) -> list[QRadioButton]:
        """One for each conversation."""
        return [button for _, button in self._options]

    def _do(self) -> None:
        kept = next(row_id for row_id, button in self._options if button.isChecked())
        self._merge([row_id for row_id, _ in self._options if row_id != kept], kept)
