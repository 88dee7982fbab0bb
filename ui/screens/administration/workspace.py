"""The page of the workspace: its name, what it demands of everybody, and how long what is kept."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from agent_desktop.domain.delivery import MAXIMUM_UNDO_SECONDS
from agent_desktop.domain.permissions import Permission
from agent_desktop.domain.policy import LEGAL_HOLD, LONGEST_DAYS, LONGEST_LEASE, SHORTEST_KEPT
from ui.context import UiContext
from ui.fonts import FontRole
from ui.icon_names import IconName
from ui.prompts import Question
from ui.styling import set_ground
from ui.tokens import ColorRole
from ui.viewmodels.workspace_policy import WorkspacePolicyViewModel
from ui.widgets.buttons import Button, ButtonKind
from ui.widgets.card import Card
from ui.widgets.form_lines import labelled
from ui.widgets.number_field import NumberField
from ui.widgets.rules_card import RulesCard
from ui.widgets.safe_text import SafeLabel
from ui.widgets.table_page import PageHead

_SENTENCE = "What holds for everybody who works here."
_LEASE = (
    "A computer that was not in touch with the server for so long locks itself until it is. 0: never. What was written"
    " on it stays, locked."
)
_UNDO = "A reply waits so long before it leaves. Everybody may choose another time in their own settings."
_KEEP = (
    f"Closed conversations go this long after their last message, with everything in them. Numbers are 0, for ever, or"
    f" {SHORTEST_KEPT} days and more. Replicas and search indexes lose it with their next sync; backups keep it until"
    " you delete them."
)
_HOLD = (
    "“Hold for the law”, in the menu Conversation, keeps a conversation whatever you choose, and its customer cannot be"
    f" erased. It has the tag {LEGAL_HOLD} then, which only who may decide here can set or take away."
)
_WIDEST = 760


def _days(value: int, parent: QWidget) -> NumberField:
    box = NumberField(parent)
    box.setRange(0, LONGEST_DAYS)
    box.setSuffix(" days")
    box.setSpecialValueText("For ever")
    box.setValue(value)
    return box


class WorkspacePage(QWidget):
    """Cards of fields, each saved by its button."""

    def __init__(self, context: UiContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.policy = WorkspacePolicyViewModel(context, self)
        set_ground(self, ColorRole.CANVAS)
        content = QWidget(self)
        set_ground(content, ColorRole.CANVAS)
        cards = QVBoxLayout(content)
        cards.setContentsMargins(24, 18, 24, 20)
        cards.setSpacing(14)
        self.found = SafeLabel("", color=ColorRole.WARN, wrap=True, parent=content)
        self.found.setAccessibleName("What would go")
        cards.addWidget(PageHead("Workspace & retention", _SENTENCE, content))
        self.rules = RulesCard(context, self.policy.may(Permission.WORKSPACE_MANAGE), content)
        for card in (
            self._make_workspace(content),
            self.rules,
            self._make_retention(content),
            self._make_hold(content),
        ):
            card.setMaximumWidth(_WIDEST)
            cards.addWidget(card)
        cards.addStretch(1)
        area = QScrollArea(self)
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(content)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(area)
        self.policy.changed.connect(self._fill)
        self.policy.counted.connect(self.found.setText)
        self._fill()

    def activate(self) -> None:
        """Take the keyboard."""
        self.name.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _make_workspace(self, parent: QWidget) -> Card:
        themes = self._context.theme
        card = Card(themes, "Workspace", icon=IconName.INBOX, parent=parent)
        self.name = QLineEdit(card)
        self.lease = _days(0, card)
        self.lease.setMaximum(LONGEST_LEASE)
        self.lease.setSpecialValueText("Never locks itself")
        self.undo = NumberField(card)
        self.undo.setRange(0, MAXIMUM_UNDO_SECONDS)
        self.undo.setSuffix(" seconds")
        self.undo.setSpecialValueText("They leave at once")
        fields = QGridLayout()
        fields.setHorizontalSpacing(14)
        top = Qt.AlignmentFlag.AlignTop
        fields.addLayout(labelled("Name", self.name), 0, 0, top)
        fields.addLayout(labelled("Time without the server", self.lease), 0, 1, top)
        fields.addLayout(labelled("Replies can be undone for", self.undo), 0, 2, top)
        for column, share in enumerate((3, 2, 2)):
            fields.setColumnStretch(column, share)
        self.save = Button(themes, "Save workspace", ButtonKind.PRIMARY, parent=card)
        self.save.clicked.connect(self._save_workspace)
        card.body.addLayout(fields)
        for words in (_LEASE, _UNDO):
            card.body.addWidget(
                SafeLabel(words, FontRole.SECONDARY, ColorRole.TEXT_3, wrap=True, parent=card)
            )
        card.body.addLayout(_foot(self.save))
        card.setEnabled(self.policy.may(Permission.WORKSPACE_MANAGE))
        return card

    def _make_retention(self, parent: QWidget) -> Card:
        themes = self._context.theme
        card = Card(themes, "How long what is kept", icon=IconName.ARCHIVE, parent=parent)
        self.conversations, self.files, self.raw = (_days(0, card) for _ in range(3))
        fields = QGridLayout()
        fields.setHorizontalSpacing(14)
        for column, (words, box) in enumerate(
            (
                ("Closed conversations", self.conversations),
                ("Files of closed ones", self.files),
                ("Mails as they arrived", self.raw),
            )
        ):
            fields.addLayout(labelled(words, box), 0, column)
            fields.setColumnStretch(column, 1)
            box.valueChanged.connect(lambda _: self.found.setText(""))
        self.look = Button(themes, "Show what would go", icon=IconName.EYE, parent=card)
        self.look.clicked.connect(lambda: self.policy.count(*self._chosen))
        self.keep = Button(themes, "Save retention…", ButtonKind.PRIMARY, parent=card)
        self.keep.clicked.connect(self._ask_retention)
        card.body.addLayout(fields)
        card.body.addWidget(SafeLabel(_KEEP, FontRole.SECONDARY, ColorRole.TEXT_3, wrap=True, parent=card))
        card.body.addWidget(self.found)
        card.body.addLayout(_foot(self.look, self.keep))
        card.setEnabled(self.policy.may(Permission.RETENTION_MANAGE))
        return card

    def _make_hold(self, parent: QWidget) -> Card:
        card = Card(self._context.theme, "Legal hold", icon=IconName.LOCK, parent=parent)
        card.body.addWidget(SafeLabel(_HOLD, FontRole.SECONDARY, ColorRole.TEXT_2, wrap=True, parent=card))
        return card

    @property
    def _chosen(self) -> tuple[int, int, int]:
        return self.conversations.value(), self.files.value(), self.raw.value()

    def _fill(self) -> None:
        policy = self.policy.policy
        if not self.name.hasFocus():
            self.name.setText(self.policy.name)
        for box, days in (
            (self.lease, policy.lease_days),
            (self.undo, policy.undo_seconds),
            (self.conversations, policy.conversations_days),
            (self.files, policy.files_days),
            (self.raw, policy.raw_days),
        ):
            if not box.hasFocus():
                box.setValue(days)

    def _save_workspace(self) -> None:
        if self.name.text().strip():
            self.policy.save_workspace(self.name.text(), self.lease.value(), self.undo.value())

    def _ask_retention(self) -> None:
        problem = self.policy.problem_of(*self._chosen)
        if problem:
            self.found.setText(problem)
            return
        self.policy.count(*self._chosen)
        question = Question(
            title="Keep things for these times?",
            text="What is older goes within a day, on every computer, and does not come back. "
            + (self.found.text() or "“Show what would go” counts it first."),
            yes="Save retention",
            no="Change nothing",
            dangerous=True,
        )
        if not any(self._chosen):
            self.policy.save_retention(*self._chosen)
            return
        self._context.prompts.ask(
            question, lambda yes: self.policy.save_retention(*self._chosen) if yes else None
        )


def _foot(*buttons: Button) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(8)
    row.addStretch(1)
    for button in buttons:
        row.addWidget(button)
    return row
