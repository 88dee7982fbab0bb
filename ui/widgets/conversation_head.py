"""The head of a conversation: what it is about, where it stands, who has it, what is due, and what can be done."""

from PySide6.QtCore import QEvent, QPoint, QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QMenu, QWidget

from agent_desktop.domain.conversation import Status
from agent_desktop.services.conversation import ConversationCard
from ui.delegates.head_picture import SIDE, TOP, HeadPart
from ui.icon_names import IconName
from ui.models.head_text import HeadText, head_text
from ui.models.inbox_row_text import ChipText
from ui.models.presence_text import PresenceWords
from ui.theme import ThemeManager
from ui.tokens import ColorRole
from ui.widgets.buttons import Button, ButtonKind, IconButton
from ui.widgets.head_facts import HeadFacts

_GAP = 8
_DONE = (Status.SOLVED, Status.CLOSED)


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
        self._done: bool | None = None
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
        self._facts = HeadFacts(themes, self)
        self._facts.lower()
        self._tools = QHBoxLayout()
        self._build()
        self._connect()

    def _build(self) -> None:
        self._tools.setContentsMargins(_GAP, TOP, SIDE, 0)
        self._tools.setSpacing(_GAP)
        for button in (self._snooze, self._macro, self._resolve, self._more):
            self._tools.addWidget(button)
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._facts, 0, 0)
        layout.addLayout(self._tools, 0, 0, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignRight)

    def _connect(self) -> None:
        for button, signal in ((self._snooze, self.snooze_pressed), (self._macro, self.macro_pressed)):
            button.clicked.connect(lambda _=False, button=button, signal=signal: signal.emit(button))
        self._facts.pressed.connect(self._press_fact)
        self._resolve.clicked.connect(self._press_resolve)
        self._more.clicked.connect(self.open_menu)

    @property
    def said(self) -> HeadText | None:
        """What can be read here; None before anything was shown."""
        return self._facts.text

    @property
    def anchor(self) -> QWidget:
        """Where pickers open that were asked for by key."""
        return self._more

    def show_card(self, card: ConversationCard, due: ChipText | None) -> None:
        """Show this conversation; `settle` is to be called soon."""
        self._facts.set_text(head_text(card, due))
        done = card.conversation.status in _DONE
        if done is not self._done:
            self._done = done
            self._resolve.setText("Reopen" if done else "Resolve")
            self._resolve.set_icon(IconName.UNDO if done else IconName.CHECK)

    def settle(self) -> None:
        """Let everything that can be pressed, selected or read out follow what is shown."""
        self._facts.settle()

    def look_ahead(self, card: ConversationCard, due: ChipText | None) -> None:
        """Paint what `show_card` will show of another conversation."""
        self._facts.look_ahead(head_text(card, due))

    def set_presence(self, words: PresenceWords) -> None:
        """Say who else is here."""
        self._facts.set_presence(words)

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

    def _press_fact(self, part: HeadPart, anchor: QWidget) -> None:
        signals = {
            HeadPart.STATUS: self.status_pressed,
            HeadPart.PRIORITY: self.priority_pressed,
            HeadPart.ASSIGNEE: self.assignee_pressed,
            HeadPart.TEAM: self.team_pressed,
            HeadPart.TAGS: self.tags_pressed,
        }
        signals[part].emit(anchor)

    def _press_resolve(self) -> None:
        (self.reopen_pressed if self._done else self.resolve_pressed).emit()

    # Overrides of Qt

    def event(self, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.LayoutRequest, QEvent.Type.Show):
            size = self._tools.sizeHint()
            self._facts.set_beside(QSize(size.width() - SIDE, size.height() - TOP))
        return super().event(event)
