"""What the server demands of signing in and wiping: each rule a box that counts at once."""

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QCheckBox, QWidget

from ui.context import UiContext
from ui.fonts import FontRole
from ui.icon_names import IconName
from ui.tokens import ColorRole
from ui.viewmodels.server_rules import TITLES, WORDS, ServerRulesViewModel
from ui.widgets.card import Card
from ui.widgets.safe_text import SafeLabel

_INDENT = 26


class RulesCard(Card):
    """Asks the server whenever it is shown to somebody who may change the rules, and is not there for others."""

    def __init__(self, context: UiContext, may_change: bool, parent: QWidget | None = None) -> None:
        super().__init__(context.theme, "Signing in and devices", icon=IconName.SHIELD, parent=parent)
        self.model = ServerRulesViewModel(context, self)
        self._may_change = may_change
        self._can_try_again = context.desk.account is not None
        self.problem = SafeLabel("", FontRole.SECONDARY, ColorRole.TEXT_2, wrap=True, parent=self)
        self.body.addWidget(self.problem)
        self.boxes: dict[str, QCheckBox] = {}
        self._words: list[QWidget] = []
        for name, title in TITLES.items():
            box = self.boxes[name] = QCheckBox(title, self)
            box.setAccessibleDescription(WORDS[name])
            box.clicked.connect(lambda on, name=name: self.model.turn(name, on))
            words = SafeLabel(WORDS[name], FontRole.SECONDARY, ColorRole.TEXT_3, wrap=True, parent=self)
            words.setIndent(_INDENT)
            self._words.append(words)
            self.body.addWidget(box)
            self.body.addWidget(words)
        self.action_triggered.connect(self.model.look)
        self.model.changed.connect(self._show)
        self.setVisible(may_change)
        self._show()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._may_change:
            self.model.look()

    def _show(self) -> None:
        rules, problem = self.model.rules, self.model.problem
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))
        self.set_action("Try again" if problem and self._can_try_again else "")
        for widget in (*self.boxes.values(), *self._words):
            widget.setVisible(not problem)
        for name, box in self.boxes.items():
            box.setEnabled(rules is not None)
            box.setChecked(rules is not None and getattr(rules, name))
