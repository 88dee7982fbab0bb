"""The head of a conversation: what it is about, where it stands, who has it, what is due, and what can be done."""

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QSizePolicy, QVBoxLayout, QWidget

from agent_desktop.domain.conversation import Priority, Status
from agent_desktop.services.conversation import ConversationCard
from ui.fonts import FontRole
from ui.icon_names import IconName
from ui.models.inbox_row_text import ChipText
from ui.models.presence_text import PresenceWords
from ui.models.timeline_text import STATUS_WORDS
from ui.styling import set_ground
from ui.theme import ThemeManager
from ui.tokens import ChipTone, ColorRole
from ui.viewmodels.conversation_actions import PRIORITY_TITLES
from ui.widgets.buttons import Button, ButtonKind, IconButton
from ui.widgets.chip import Chip
from ui.widgets.chip_button import ChipButton
from ui.widgets.fact_button import FactButton
from ui.widgets.flow_layout import FlowLayout
from ui.widgets.presence_mark import PresenceMark
from ui.widgets.safe_text import SafeLabel

_FACT = 24
_DONE = (Status.SOLVED, Status.CLOSED)
_PRIORITY_TONES = {
    Priority.URGENT: ChipTone.DANGER,
    Priority.HIGH: ChipTone.WARN,
    Priority.LOW: ChipTone.NEUTRAL,
}


class ConversationHead(QFrame):
    """Shows a `ConversationCard` and tells what was pressed; each picker opens at the widget that it is told with."""

    status_pressed = Signal(object)
    assignee_pressed = Signal(object)
    team_pressed = Signal(object)
    tags_pressed = Signal(object)
    priority_pressed = Signal(object)
    snooze_pressed = Signal(object)
    macro_pressed = Signal(object)
    resolve_pressed = Signal()
    reopen_pressed = Signal()
    unread_pressed = Signal()
    copy_link_pressed = Signal()
    window_pressed = Signal()
    customer_pressed = Signal()

    def __init__(self, themes: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._card: ConversationCard | None = None
        self._subject = SafeLabel("", FontRole.TITLE, elide=True, parent=self)
        self._snooze = IconButton(
            themes, IconName.CLOCK, "Snooze", framed=True, color=ColorRole.TEXT, parent=self
        )
        self._macro = IconButton(
            themes, IconName.BOLT, "Run a macro", framed=True, color=ColorRole.TEXT, parent=self
        )
        self._resolve = Button(themes, "Resolve", ButtonKind.SECONDARY, IconName.CHECK, parent=self)
        self._more = IconButton(
            themes, IconName.MORE_HORIZONTAL, "More actions", framed=True, color=ColorRole.TEXT, parent=self
        )
        self._facts = QWidget(self)
        self._status = ChipButton(themes, "Status", self._facts)
        self._number = SafeLabel(
            "", FontRole.SECONDARY, ColorRole.TEXT_2, selectable=True, parent=self._facts
        )
        self._priority = ChipButton(themes, "Priority", self._facts)
        self._assignee = FactButton(themes, "Assignee", IconName.USER, self._facts)
        self._team = FactButton(themes, "Team", IconName.USERS, self._facts)
        self._tags = FactButton(themes, "Tags", IconName.TAG, self._facts)
        self._due_place = QWidget(self._facts)
        self._due = Chip(themes, parent=self._due_place)
        self._presence = PresenceMark(themes, self._facts)
        self._build()
        self._connect()

    def _build(self) -> None:
        self._subject.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(self._subject, 1)
        for button in (self._snooze, self._macro, self._resolve, self._more):
            top.addWidget(button)
        centred = QHBoxLayout(self._due_place)
        centred.setContentsMargins(0, 0, 0, 0)
        centred.addWidget(self._due)
        flow = FlowLayout(self._facts, 6)
        for fact in (
            self._status,
            self._number,
            self._assignee,
            self._team,
            self._due_place,
            self._priority,
            self._tags,
        ):
            fact.setFixedHeight(_FACT)
            flow.addWidget(fact)
        self._presence.setFixedHeight(_FACT)
        flow.set_corner(self._presence)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 12, 20, 9)
        layout.setSpacing(6)
        layout.addLayout(top)
        layout.addWidget(self._facts)
        set_ground(self, ColorRole.SURFACE)

    def _connect(self) -> None:
        for button, signal in (
            (self._status, self.status_pressed),
            (self._priority, self.priority_pressed),
            (self._assignee, self.assignee_pressed),
            (self._team, self.team_pressed),
            (self._tags, self.tags_pressed),
            (self._snooze, self.snooze_pressed),
            (self._macro, self.macro_pressed),
        ):
            button.clicked.connect(lambda _=False, button=button, signal=signal: signal.emit(button))
        self._resolve.clicked.connect(self._press_resolve)
        self._more.clicked.connect(self.open_menu)

    @property
    def due_text(self) -> str:
        """What the chip of the deadline says, "" while there is none."""
        return "" if self._due_place.isHidden() else self._due.text

    @property
    def anchor(self) -> QWidget:
        """Where pickers open that were asked for by key."""
        return self._more

    def set_card(self, card: ConversationCard, due: ChipText | None) -> None:
        """Show this conversation."""
        self._card = card
        conversation = card.conversation
        self._subject.setText(conversation.subject or "(no subject)")
        status = STATUS_WORDS[conversation.status]
        self._status.set_chip(status.text, status.tone)
        self._number.setText(f"#{conversation.number}" if conversation.number else "not yet numbered")
        usual = conversation.priority is Priority.NORMAL
        self._priority.setVisible(not usual)
        if not usual:
            title = f"{PRIORITY_TITLES[conversation.priority]} priority"
            self._priority.set_chip(title, _PRIORITY_TONES[conversation.priority])
        assignee = card.assignee.name if card.assignee is not None else "Unassigned"
        self._assignee.set_fact(assignee)
        self._team.set_fact(card.team.name if card.team is not None else "")
        self._team.setVisible(card.team is not None)
        self._tags.set_fact(", ".join(conversation.tags))
        self._tags.setVisible(bool(conversation.tags))
        self._due_place.setVisible(due is not None)
        if due is not None:
            self._due.set_chip(due.text, due.tone)
        done = conversation.status in _DONE
        self._resolve.setText("Reopen" if done else "Resolve")
        self._resolve.set_icon(IconName.UNDO if done else IconName.CHECK)

    def set_presence(self, words: PresenceWords) -> None:
        """Say who else is here."""
        self._presence.set_words(words)

    def open_menu(self) -> None:
        """Offer everything that has no button of its own."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        anchor = self._more
        menu.addAction("Status…", lambda: self.status_pressed.emit(anchor))
        menu.addAction("Priority…", lambda: self.priority_pressed.emit(anchor))
        menu.addAction("Assign…", lambda: self.assignee_pressed.emit(anchor))
        menu.addAction("Team…", lambda: self.team_pressed.emit(anchor))
        menu.addAction("Tags…", lambda: self.tags_pressed.emit(anchor))
        menu.addSeparator()
        menu.addAction("Mark as unread", self.unread_pressed.emit)
        menu.addAction("Copy link", self.copy_link_pressed.emit)
        menu.addAction("Open in a window of its own", self.window_pressed.emit)
        menu.addSeparator()
        menu.addAction("Open customer, merge with another…", self.customer_pressed.emit)
        menu.popup(anchor.mapToGlobal(QPoint(anchor.width() - menu.sizeHint().width(), anchor.height() + 4)))

    def _press_resolve(self) -> None:
        done = self._card is not None and self._card.conversation.status in _DONE
        (self.reopen_pressed if done else self.resolve_pressed).emit()
