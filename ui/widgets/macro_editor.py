"""The fields of a macro: name, audience, and its steps in order."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from agent_desktop.domain.ids import Id
from agent_desktop.domain.knowledge import MacroAction, MacroVerb
from agent_desktop.domain.workspace import Team
from ui.fonts import FontRole
from ui.models.knowledge_forms import MacroForm
from ui.models.macro_text import CHOSEN, TYPED, VERB_WORDS, WRITTEN, Choices
from ui.styling import set_ground
from ui.theme import ThemeManager
from ui.tokens import ColorRole
from ui.widgets.audience_field import AudienceField
from ui.widgets.choice_box import ChoiceBox
from ui.widgets.form_lines import labelled
from ui.widgets.line_rows import LineRows
from ui.widgets.number_field import DecimalField
from ui.widgets.placeholder_text import PlaceholderText
from ui.widgets.safe_text import SafeLabel

_TEXT_HEIGHT = 96
_MOST_HOURS = 24 * 365
_DAY = 24


class StepFields(QWidget):
    """One step: what is done, and with what.

    Signals:
        edited: the person changed something.
    """

    edited = Signal()

    def __init__(self, themes: ThemeManager, choices: Choices, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._choices = choices
        self._showing = False
        self.verb = ChoiceBox(self)
        self.verb.setAccessibleName("Step")
        for verb, words in VERB_WORDS.items():
            self.verb.addItem(words, verb)
        self.choice = ChoiceBox(self)
        self.choice.setAccessibleName("With")
        self.word = QComboBox(self)
        self.word.setAccessibleName("Tag")
        self.word.setEditable(True)
        self.hours = DecimalField(self)
        self.hours.setAccessibleName("Hours")
        self.hours.setRange(0.1, _MOST_HOURS)
        self.hours.setDecimals(1)
        self.hours.setSuffix(" h")
        self.text = PlaceholderText(themes, "Text", self)
        self.text.setFixedHeight(_TEXT_HEIGHT)
        self._values = QStackedWidget(self)
        for field in (QWidget(self), self.choice, self.word, self.hours, self.text):
            self._values.addWidget(field)
        self.setFocusProxy(self.verb)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self.verb, 2, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._values, 3, Qt.AlignmentFlag.AlignTop)
        self.verb.activated.connect(self._on_verb_activated)
        self.choice.activated.connect(self._on_edited)
        self.word.currentTextChanged.connect(self._on_edited)
        self.hours.valueChanged.connect(self._on_edited)
        self.text.textChanged.connect(self._on_edited)
        self.show_action(MacroAction(verb=MacroVerb.SET_STATUS))

    @property
    def action(self) -> MacroAction:
        """What stands in the fields."""
        verb = MacroVerb(self.verb.currentData())
        if verb in CHOSEN:
            return MacroAction(verb=verb, value=self.choice.currentData() or "")
        if verb in TYPED:
            return MacroAction(verb=verb, value=self.word.currentText().strip())
        if verb in WRITTEN:
            return MacroAction(verb=verb, value=self.text.toPlainText())
        if verb is MacroVerb.SNOOZE_HOURS:
            return MacroAction(verb=verb, value=f"{self.hours.value():g}")
        return MacroAction(verb=verb)

    def show_action(self, action: MacroAction) -> None:
        """Fill the fields."""
        if action == self.action and self.choice.count():
            return
        self._showing = True
        self.verb.setCurrentIndex(self.verb.findData(action.verb))
        self._offer(action.verb)
        if action.verb in CHOSEN:
            self.choice.setCurrentIndex(self.choice.findData(action.value))
        elif action.verb in TYPED:
            self.word.setCurrentText(action.value)
        elif action.verb in WRITTEN:
            self.text.show_text(action.value)
        elif action.verb is MacroVerb.SNOOZE_HOURS:
            self.hours.setValue(_hours(action.value))
        self._showing = False

    def _offer(self, verb: MacroVerb) -> None:
        """Show the field that fits the step, with what there is to choose."""
        box = self.choice if verb in CHOSEN else self.word
        box.clear()
        for choice in self._choices.of(verb):
            box.addItem(choice.words, choice.value)
        fields = ((CHOSEN, self.choice), (TYPED, self.word), (WRITTEN, self.text))
        field = next((field for verbs, field in fields if verb in verbs), None)
        if verb is MacroVerb.SNOOZE_HOURS:
            self._values.setCurrentWidget(self.hours)
        elif field is not None:
            self._values.setCurrentWidget(field)
        else:
            self._values.setCurrentIndex(0)
        self._values.setFixedHeight(_TEXT_HEIGHT if field is self.text else self.verb.sizeHint().height())

    def _on_verb_activated(self) -> None:
        self._showing = True
        self._offer(MacroVerb(self.verb.currentData()))
        if self.word.isVisible():
            self.word.setCurrentText("")
        self._showing = False
        self.edited.emit()

    def _on_edited(self) -> None:
        if not self._showing:
            self.edited.emit()


def _hours(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return _DAY


class MacroEditor(QWidget):
    """Shows a form and tells of every change that a person makes to it.

    Signals:
        edited: a `MacroForm` as it stands in the fields now.
    """

    edited = Signal(object)

    def __init__(self, themes: ThemeManager, my_id: Id, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._choices = Choices()
        self._showing = False
        self.name = QLineEdit(self)
        self.audience = AudienceField(my_id, self)
        content = QWidget(self)
        set_ground(content, ColorRole.SUNKEN)
        self.steps: LineRows[StepFields] = LineRows(themes, "step", self._make_step, content, ordered=True)
        self.steps.setAccessibleName("Steps")
        words = SafeLabel(
            "The steps are done in this order, and undone as one. A reply is never sent by a macro: it waits in the"
            " draft.",
            FontRole.SECONDARY,
            ColorRole.TEXT_3,
            wrap=True,
            parent=content,
        )
        inner = QVBoxLayout(content)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(10)
        inner.addWidget(words)
        inner.addWidget(self.steps)
        inner.addStretch(1)
        area = QScrollArea(self)
        area.setWidgetResizable(True)
        area.setWidget(content)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        fields = QHBoxLayout()
        fields.setSpacing(10)
        fields.addLayout(labelled("Name", self.name), 3)
        fields.addLayout(labelled("Who may use it", self.audience), 2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addLayout(fields)
        layout.addWidget(area, 1)
        self.name.textEdited.connect(self._on_edited)
        self.audience.edited.connect(self._on_edited)
        self.steps.changed.connect(self._on_edited)

    @property
    def form(self) -> MacroForm:
        """What stands in the fields."""
        return MacroForm(
            name=self.name.text(),
            actions=tuple(line.action for line in self.steps.lines),
            audience=self.audience.audience,
            owner_id=self.audience.owner_id,
        )

    def show_form(self, form: MacroForm, teams: Sequence[Team], choices: Choices) -> None:
        """Fill the fields."""
        self._choices = choices
        self._showing = True
        if self.name.text() != form.name:
            self.name.setText(form.name)
        self.audience.show_audience(form.audience, form.owner_id, teams)
        for fields, action in zip(self.steps.resize_to(len(form.actions)), form.actions, strict=True):
            fields.show_action(action)
        self._showing = False

    def _make_step(self) -> StepFields:
        fields = StepFields(self._themes, self._choices, self)
        fields.edited.connect(self._on_edited)
        return fields

    def _on_edited(self) -> None:
        if not self._showing:
            self.edited.emit(self.form)
