"""Whom a mail goes to, above its text: To, Cc and Bcc, and what has to be decided or corrected about them."""

from functools import partial
from typing import NamedTuple

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from agent_desktop.services.recipients import Recipients
from ui.fonts import FontRole
from ui.models.people_text import PeopleChoice, PeopleWords
from ui.models.tool_tip import plain_tool_tip
from ui.theme import ThemeManager
from ui.tokens import ColorRole
from ui.viewmodels.address_book import AddressBook
from ui.widgets.buttons import Button, ButtonKind
from ui.widgets.recipient_field import RecipientField
from ui.widgets.safe_text import SafeLabel

_NAMES = ("To", "Cc", "Bcc")
_ABOVE, _FIRST, _BELOW, _SUBJECT = 0, 1, 4, 5
"""Rows of the grid: something of others, the people, something of others again, the subject."""


class Labelled(NamedTuple):
    """A field with the label beside it."""

    label: SafeLabel
    field: QWidget

    def set_visible(self, shown: bool) -> None:
        """Show or hide both."""
        self.label.setVisible(shown)
        self.field.setVisible(shown)


class PeopleRows(QWidget):
    """Knows nothing about sending: it shows recipients and tells what was made of them."""

    changed = Signal(object)
    """`Recipients` as they are now."""
    chosen = Signal(object)
    """A `PeopleChoice` that was offered."""
    subject_changed = Signal(str)
    given_up = Signal()
    """What is forwarded is not to be forwarded after all."""

    def __init__(self, themes: ThemeManager, book: AddressBook, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self.fields = {name: RecipientField(themes, name, book.find, self) for name in _NAMES}
        self.subject = QLineEdit(self)
        self.subject.setAccessibleName("Subject")
        self._give_up = Button(themes, "Do not forward", ButtonKind.LINK, parent=self)
        self._give_up.setToolTip("Give up what is being forwarded")
        self._give_up.clicked.connect(self.given_up)
        self._labels = {
            name: SafeLabel(name, FontRole.SECONDARY, ColorRole.TEXT_3, parent=self) for name in _NAMES
        }
        self._labels["Subject"] = SafeLabel("Subject", FontRole.SECONDARY, ColorRole.TEXT_3, parent=self)
        self._more = {
            name: Button(themes, name, ButtonKind.LINK, parent=self) for name in _NAMES if name != "To"
        }
        self._problem = SafeLabel("", FontRole.SECONDARY, ColorRole.DANGER, wrap=True, parent=self)
        self._words = SafeLabel("", FontRole.SECONDARY, ColorRole.TEXT_2, wrap=True, parent=self)
        self._choices, self._beside_to = QHBoxLayout(), QHBoxLayout()
        self._buttons: list[Button] = []
        self._said = PeopleWords()
        self._opened: set[str] = set()
        self._build()

    def _build(self) -> None:
        grid = self._grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(5)
        grid.setColumnStretch(1, 1)
        top = Qt.AlignmentFlag.AlignTop
        for row, name in enumerate(_NAMES, _FIRST):
            label, field = self._labels[name], self.fields[name]
            label.setContentsMargins(0, 6, 0, 0)
            label.setBuddy(field)
            grid.addWidget(label, row, 0, top)
            grid.addWidget(field, row, 1)
            field.changed.connect(self._tell)
        more = self._beside_to
        more.setSpacing(6)
        more.setContentsMargins(0, 3, 0, 0)
        for name, button in self._more.items():
            button.setAccessibleName(f"Add recipients to {name}")
            button.clicked.connect(partial(self.open, name))
            more.addWidget(button)
        grid.addLayout(more, _FIRST, 2, top)
        self._labels["Subject"].setBuddy(self.subject)
        grid.addWidget(self._labels["Subject"], _SUBJECT, 0)
        grid.addWidget(self.subject, _SUBJECT, 1)
        grid.addWidget(self._give_up, _SUBJECT, 2)
        self.subject.textEdited.connect(self.subject_changed)
        self._choices.setSpacing(12)
        self._choices.addWidget(self._words, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(5)
        layout.addLayout(grid)
        layout.addWidget(self._problem)
        layout.addLayout(self._choices)
        self.show_people(Recipients())
        self.show_subject(None)
        self.say(PeopleWords())

    # What is shown

    @property
    def has_focus(self) -> bool:
        """Whether one of the fields has the keyboard."""
        return self.subject.hasFocus() or any(field.has_focus for field in self.fields.values())

    @property
    def people(self) -> Recipients:
        """What stands in the fields."""
        to, cc, bcc = (self.fields[name].addresses for name in _NAMES)
        return Recipients(to, cc, bcc)

    def show_people(self, people: Recipients) -> None:
        """Show these recipients; fields with nobody in them take no room unless somebody opened them."""
        for name, addresses in zip(_NAMES, (people.to, people.cc, people.bcc), strict=True):
            field = self.fields[name]
            field.set_addresses(addresses)
            shown = name == "To" or bool(addresses) or name in self._opened or field.has_focus
            field.setVisible(shown)
            self._labels[name].setVisible(shown)
            if name in self._more:
                self._more[name].setVisible(not shown)

    def add_row(self, label: str, field: QWidget, *, above: bool) -> Labelled:
        """Put one more field above the people, or between them and the subject."""
        words = SafeLabel(label, FontRole.SECONDARY, ColorRole.TEXT_3, parent=self)
        words.setBuddy(field)
        row = _ABOVE if above else _BELOW
        self._grid.addWidget(words, row, 0)
        self._grid.addWidget(field, row, 1)
        return Labelled(words, field)

    def show_subject(self, subject: str | None, *, forward: bool = True) -> None:
        """Let the subject be written; None where it is that of the conversation. A `forward` can be given up here."""
        for widget in (self.subject, self._labels["Subject"]):
            widget.setVisible(subject is not None)
        self._give_up.setVisible(subject is not None and forward)
        if subject is not None and subject != self.subject.text():
            self.subject.setText(subject)

    def say(self, words: PeopleWords) -> None:
        """Say what is wrong with the recipients, and offer what else may be chosen."""
        self._problem.setText(words.problem)
        self._problem.setVisible(bool(words.problem))
        self._words.setText(words.sentence)
        self._words.setVisible(bool(words.sentence))
        if (words.choices, words.sentence) != (self._said.choices, self._said.sentence):
            for button in self._buttons:
                button.hide()
                button.deleteLater()
            # Beside the sentence that they answer, or else beside To: they take no line of their own.
            row = self._choices if words.sentence else self._beside_to
            self._buttons = [self._offer(choice, row) for choice in words.choices]
        self._said = words

    def _offer(self, choice: PeopleChoice, row: QHBoxLayout) -> Button:
        button = Button(self._themes, choice.title, ButtonKind.LINK, parent=self)
        button.setAccessibleName(choice.spoken)
        button.setToolTip(plain_tool_tip(choice.spoken))
        button.clicked.connect(lambda: self.chosen.emit(choice))
        row.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        return button

    # What others may ask

    def open(self, name: str = "To") -> None:
        """Give a field the keyboard."""
        self._opened.add(name)
        self.show_people(self.people)
        self.fields[name].setFocus(Qt.FocusReason.OtherFocusReason)

    def forget(self) -> None:
        """Another mail: nothing was opened for it."""
        self._opened = set()

    def end(self) -> None:
        """Take what is being typed for what was meant."""
        for field in self.fields.values():
            field.end()

    def _tell(self, _: object) -> None:
        self.changed.emit(self.people)
