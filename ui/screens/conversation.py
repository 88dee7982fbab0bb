"""The conversation pane: head, timeline and composer, in the workspace or in a window of its own."""

from collections.abc import Iterator, Sequence
from functools import partial

from PySide6.QtCore import QEvent, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QGuiApplication,
    QHideEvent,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QFrame, QStackedWidget, QVBoxLayout, QWidget

from agent_desktop.domain.conversation import Status
from agent_desktop.domain.ids import Id
from agent_desktop.domain.knowledge import Article, CannedResponse
from agent_desktop.domain.message import AttachmentFile
from agent_desktop.services.conversation import ConversationCard
from agent_desktop.services.drafts import DraftKind
from agent_desktop.services.knowledge import article_link
from ui.context import UiContext
from ui.icon_names import IconName
from ui.models.inbox_row_text import ChipText
from ui.models.timeline_text import due_chip
from ui.navigator import Insertable
from ui.screens.stepwise import StepsWhileIdle
from ui.styling import set_ground
from ui.tokens import ColorRole
from ui.turns import Turns
from ui.viewmodels.composer import ComposerViewModel
from ui.viewmodels.conversation import Arrival, ConversationViewModel, PaneState
from ui.viewmodels.merging import Merging
from ui.viewmodels.other_drafts import OtherDraftsViewModel
from ui.viewmodels.presence import PresenceViewModel
from ui.viewmodels.sending import SentReply
from ui.widgets.buttons import Button, ButtonKind
from ui.widgets.composer import Composer
from ui.widgets.composer_frame import RING
from ui.widgets.conversation_head import ConversationHead
from ui.widgets.empty_state import EmptyState
from ui.widgets.message_actions import MessageActions
from ui.widgets.news_strip import NewsStrip
from ui.widgets.pickers import Pickers
from ui.widgets.related_bar import RelatedBar
from ui.widgets.timeline import TimelineView
from ui.widgets.undo_bar import UndoBar

_MARGIN = 17
"""What the composer keeps from the edges; its focus ring takes the rest of the 20 pixels."""
_UNDO_AT_LEAST = 10
_PATIENCE = 100
"""Milliseconds that another conversation may take before the one before it is taken off the screen."""

_AHEAD_PAUSE, _AHEAD_SLICE = 10, 3
"""Every so many milliseconds, for about so many, conversations that may be opened next are made ready to be shown."""

_EMPTY = {
    PaneState.EMPTY: (
        IconName.INBOX,
        "No conversation is open",
        "Choose one from the list, or press J and K to go through it.",
        "",
    ),
    PaneState.LOADING: (IconName.REFRESH, "Opening…", "The conversation is read from this computer.", ""),
    PaneState.GONE: (
        IconName.ARCHIVE,
        "This conversation is not here",
        "It was removed, or you may not see it any more. What you were writing in it is kept under Drafts.",
        "",
    ),
    PaneState.FAILED: (IconName.WARNING, "The conversation could not be read", "", "Try again"),
}


class ConversationPane(QWidget):
    """Shows one conversation at a time; everything it needs comes from the context of its window.

    Signals:
        subject_changed: the subject, for the title of a window.
        sent: a `SentReply`.
        shown: the id of a conversation (or None) whose messages are on screen; what is beside them follows now.
    """

    subject_changed = Signal(str)
    sent = Signal(object)
    shown = Signal(object)

    def __init__(self, context: UiContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._sent: SentReply | None = None
        self._wanted: DraftKind | None = None
        themes = context.theme
        navigator = context.navigator
        self.model = ConversationViewModel(
            context.desk, context.tasks, context.changes, context.sync_changes, navigator.notify, self
        )
        self.composer_model = ComposerViewModel(
            context.desk, context.tasks, context.drafts, lambda: self.model.standing, self
        )
        self.presence = PresenceViewModel(context.desk, context.presence_changes, self._is_in_view, self)
        self.other_drafts = OtherDraftsViewModel(context, self)
        self._pickers = Pickers(context)
        self.merging = Merging(context.desk, context.tasks, navigator.notify, navigator.open_conversation)
        self._actions = MessageActions(context, self.model, self.composer_model, self.merging, self)
        self.head = ConversationHead(themes, self)
        self.related = RelatedBar(themes, self.merging, navigator.open_conversation, self)
        self.timeline = TimelineView(themes, self)
        self._pill = Button(
            themes, "New message", ButtonKind.PRIMARY, IconName.ARROW_DOWN, compact=True, parent=self.timeline
        )
        self._pill.hide()
        self.strip = NewsStrip(themes, self)
        self.undo_bar = UndoBar(themes, self)
        self.composer = Composer(context, self.composer_model, self)
        self._empty = EmptyState(themes, *_EMPTY[PaneState.EMPTY], parent=self)
        self._later = Turns(self)
        self._ahead = StepsWhileIdle(context.tasks, self, _AHEAD_PAUSE, _AHEAD_SLICE)
        self._late = QTimer(self)
        self._late.setSingleShot(True)
        self._late.setInterval(_PATIENCE)
        self._build()
        self._connect()
        self._show_state()

    def _build(self) -> None:
        self.setAccessibleName("Conversation")
        set_ground(self, ColorRole.SURFACE)
        self.setFocusProxy(self.timeline)
        foot = QWidget(self)
        below = QVBoxLayout(foot)
        below.setContentsMargins(_MARGIN, 8, _MARGIN, 10)
        below.setSpacing(6)
        bars = QVBoxLayout()
        bars.setContentsMargins(
            RING, 0, RING, 0
        )  # flush with the card of the composer, whose ring needs a little more
        bars.setSpacing(6)
        bars.addWidget(self.undo_bar)
        bars.addWidget(self.strip)
        below.addLayout(bars)
        below.addWidget(self.composer)
        shown = QWidget(self)
        column = QVBoxLayout(shown)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.head)
        column.addWidget(_line(shown))
        column.addWidget(self.related)
        column.addWidget(self.timeline, 1)
        column.addWidget(_line(shown))
        column.addWidget(foot)
        self._pages = QStackedWidget(self)
        self._pages.addWidget(self._empty)
        self._pages.addWidget(shown)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._pages)

    def _connect(self) -> None:
        model, timeline, head, pickers = self.model, self.timeline, self.head, self._pickers
        model.state_changed.connect(self._show_state)
        model.card_changed.connect(self._follow_card)
        model.started.connect(self._start)
        model.entries_changed.connect(self._update_timeline)
        model.arrived.connect(self._tell_arrival)
        model.arrived.connect(lambda _: self.composer_model.refresh_reach())
        model.ahead.read.connect(lambda conversation_id: self._ahead.add(self._steps_ahead(conversation_id)))
        timeline.displayed.connect(model.mark_displayed)
        timeline.at_end_changed.connect(self._follow_end)
        timeline.earlier_requested.connect(model.load_earlier)
        timeline.made.connect(self._actions.serve)
        timeline.picture_wanted.connect(self._read_picture)
        timeline.link_activated.connect(self._actions.links.open)
        self._pill.clicked.connect(timeline.scroll_to_end)
        self.strip.show_requested.connect(timeline.scroll_to)
        for signal, pick in (
            (head.status_pressed, pickers.status),
            (head.assignee_pressed, pickers.assign),
            (head.team_pressed, pickers.team),
            (head.tags_pressed, pickers.tags),
            (head.priority_pressed, pickers.priority),
            (head.snooze_pressed, pickers.snooze),
            (head.macro_pressed, pickers.macro),
        ):
            signal.connect(lambda anchor, pick=pick: pick(self._ids(), anchor))
        head.resolve_pressed.connect(model.resolve)
        head.reopen_pressed.connect(lambda: pickers.actions.set_status(self._ids(), Status.OPEN))
        head.unread_pressed.connect(lambda: pickers.actions.mark_unread(self._ids()))
        head.copy_link_pressed.connect(self.copy_link)
        head.window_pressed.connect(self._open_window)
        head.customer_pressed.connect(self._open_customer)
        self.composer_model.sent.connect(self.offer_undo)
        self.composer_model.noted.connect(partial(self._context.navigator.notify, "Note added"))
        self.composer_model.withdrawn.connect(self._context.navigator.write_message)
        self.undo_bar.undo_requested.connect(self._undo_send)
        self.composer.left_by_key.connect(partial(timeline.setFocus, Qt.FocusReason.ShortcutFocusReason))
        self.presence.changed.connect(self._show_presence)
        self.presence.began.connect(self._tell_reply)
        self.composer_model.typed.connect(self._tell_typing)
        self.composer.offer_drafts(self.other_drafts)
        self._empty.action_triggered.connect(model.refresh)
        self._late.timeout.connect(self._show_page)

    # What the window asks for

    @property
    def conversation_id(self) -> Id | None:
        """The conversation that is shown."""
        return self.model.conversation_id

    @property
    def is_settled(self) -> bool:
        """Whether everything that belongs to the conversation has been asked for, not only its messages."""
        return self.model.state is not PaneState.LOADING and self._later.is_done

    def show_conversation(self, conversation_id: Id | None) -> None:
        """Show another conversation, or none. What is being written is safe before that."""
        if conversation_id == self.model.conversation_id and self.model.state is PaneState.SHOWN:
            return
        self._later.take(())
        self._wanted = None
        self.composer_model.leave()
        self._context.sharer.share()
        self.presence.hide()
        self.model.open(conversation_id)

    def look_ahead(self, ids: Sequence[Id]) -> None:
        """Make these ready to be shown at once, the likeliest first, while nothing else is to be done."""
        self.model.ahead.want(ids)

    def look_ahead_at(self, conversation_id: Id) -> None:
        """This one before all others: it is pointed at."""
        if conversation_id != self.model.conversation_id:
            self.model.ahead.want_first(conversation_id)

    @property
    def has_looked_ahead(self) -> bool:
        """Whether everything that is to be ready is."""
        return self.model.ahead.is_done and self._ahead.is_done

    def _steps_ahead(self, conversation_id: Id) -> Iterator[None]:
        entries, more = self.model.prepare(conversation_id)
        yield
        card = self.model.card_ahead(conversation_id)
        if card is not None:
            self.head.look_ahead(card, self._due_of(card))
        yield
        yield from self.timeline.look_ahead(entries, more=more)

    def reply(self) -> None:
        """Write to the customer."""
        self.write(DraftKind.REPLY)

    def forward(self, message_id: Id) -> None:
        """Pass a message on to somebody else."""
        self._later.finish()
        self.composer_model.forward(message_id)

    def write_note(self) -> None:
        """Write to colleagues."""
        self.write(DraftKind.NOTE)

    def insert(self, content: Insertable) -> None:
        """Put text, a link to an article or a canned response at the caret."""
        self._later.finish()
        if isinstance(content, CannedResponse):
            self.composer.insert_canned(content)
        else:
            self.insert_text(article_link(content) if isinstance(content, Article) else content)

    def insert_text(self, text: str) -> None:
        """Put text at the caret of what is being written."""
        self._later.finish()
        self.composer.insert_text(text)

    def send(self) -> None:
        """Send the reply, or add the note if that is in front."""
        self.composer.send()

    def send_and_resolve(self) -> None:
        """Send the reply and solve the conversation."""
        self.composer.send(Status.SOLVED)

    def send_and_wait(self) -> None:
        """Send the reply and wait for the customer."""
        self.composer.send(Status.PENDING)

    def send_later(self) -> None:
        """Ask when, and send the reply then."""
        self.composer.send_later()

    def attach(self) -> None:
        """Ask for files and attach them."""
        self.composer.attach()

    def undo_send(self) -> bool:
        """Call back the reply that was sent last, while that is offered; whether it was."""
        if self.undo_bar.remaining:
            self.undo_bar.undo()
            return True
        return False

    def load_earlier(self) -> None:
        """Add earlier messages to the timeline."""
        self.model.load_earlier()

    def copy_link(self) -> None:
        """Put a link to the conversation on the clipboard."""
        card = self.model.card
        if card is not None:
            target = card.conversation.number or card.conversation.id
            QGuiApplication.clipboard().setText(f"agentdesk://conversation/{target}")
            self._context.navigator.notify("Link copied")

    def write(self, kind: DraftKind) -> None:
        """Go on with the text of this kind, also when the conversation is only on its way."""
        if self.model.conversation_id is not None:
            self._later.finish()
            # Before the conversation is there nothing can be written, but the keyboard is where it is wanted.
            self._wanted = kind if self.model.state is PaneState.LOADING else None
            self.composer.write(kind)

    def _ids(self) -> tuple[Id, ...]:
        return (self.model.conversation_id,) if self.model.conversation_id is not None else ()

    def _open_window(self) -> None:
        if self.model.conversation_id is not None:
            self._context.navigator.open_conversation(self.model.conversation_id, new_window=True)

    def _open_customer(self) -> None:
        if self.model.card is not None:
            self._context.navigator.open_customer(self.model.card.customer.id)

    # Following the view-model

    def _show_state(self) -> None:
        state = self.model.state
        if state is PaneState.LOADING and self._pages.currentIndex() == 1:
            self._late.start()
            return
        self._late.stop()
        self._show_page()
        if state in (PaneState.EMPTY, PaneState.GONE, PaneState.FAILED):
            self._blank()
            self.presence.open(self.model.conversation_id)
            self._later.take((self._settle,))

    def _show_page(self) -> None:
        state = self.model.state
        if state is PaneState.SHOWN:
            self._pages.setCurrentIndex(1)
            return
        icon, title, sentence, action = _EMPTY[state]
        self._empty.set_state(icon, title, sentence or self.model.problem, action)
        self._pages.setCurrentIndex(0)

    def _show_card(self) -> None:
        card = self.model.card
        if card is not None:
            self.head.show_card(card, self._due_of(card))
            self.related.show_card(card)
            self.composer.set_customer(card.customer.name)

    def _due_of(self, card: ConversationCard) -> ChipText | None:
        return due_chip(card.conversation, self._context.desk.clock.now())

    def _follow_card(self) -> None:
        self._show_card()
        self.head.settle()
        self._tell_subject()

    def _start(self) -> None:
        """Head and messages in this turn; what else belongs to the conversation after they have been painted."""
        self._blank()
        self._show_card()
        if (card := self.model.card) is not None and card.merged:
            self._context.drafts.take_along([part.id for part in card.merged], card.conversation.id)
        self.timeline.start(self.model.entries, more=self.model.more)
        if self._wanted is not None:
            self.composer.write(self._wanted)
        self._later.take((self.head.settle, self.composer_model.fetch, self._look_elsewhere, self._settle))

    def _blank(self) -> None:
        """Take away what belongs to the conversation before, and take keys for none."""
        self.strip.clear()
        self._pill.hide()
        self.other_drafts.open(None)
        self.composer_model.show_blank(self.model.conversation_id)

    def _settle(self) -> None:
        self.presence.open(self.model.conversation_id)
        self.shown.emit(self.model.conversation_id)
        self._tell_subject()

    def _tell_subject(self) -> None:
        if self.model.card is not None:
            self.subject_changed.emit(self.model.card.conversation.subject)

    def _update_timeline(self) -> None:
        self.timeline.update_entries(self.model.entries, more=self.model.more)

    def _read_picture(self, file: AttachmentFile) -> None:
        show = partial(self.timeline.show_picture, file.sha256)
        self._actions.files.read_picture(file, self.timeline.devicePixelRatioF(), show)

    def _tell_arrival(self, arrival: Arrival) -> None:
        if not self.timeline.is_at_end:
            self._pill.setText("New message" if arrival.count == 1 else "New messages")
            self._place_pill()
            self._pill.show()
        if self.composer_model.draft(DraftKind.REPLY).text.strip():
            self.strip.add(arrival)
        who = arrival.name or "the customer"
        event = QAccessibleAnnouncementEvent(self.timeline, f"New message from {who}")
        QAccessible.updateAccessibility(event)

    def _look_elsewhere(self) -> None:
        self.other_drafts.open(self.model.conversation_id)

    def _is_in_view(self) -> bool:
        return self.isVisible() and self.isActiveWindow()

    def _show_presence(self) -> None:
        self.head.set_presence(self.presence.words)
        self.composer.set_warning(self.presence.words.warning)

    def _tell_reply(self, sentence: str) -> None:
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self.composer, sentence))

    def _tell_typing(self, kind: DraftKind) -> None:
        if kind is DraftKind.REPLY:  # nobody needs to wait for a note
            self.presence.typed()

    def _follow_end(self, at_end: bool) -> None:
        if at_end:
            self._pill.hide()

    def offer_undo(self, sent: SentReply) -> None:
        """Say that something was sent, and let it be called back while that is possible."""
        self.strip.clear()
        self._sent = sent
        seconds = max(sent.undo_seconds, _UNDO_AT_LEAST) if sent.is_scheduled else sent.undo_seconds
        if seconds:
            self.undo_bar.show_message(sent.words, seconds)
        else:
            self._context.navigator.notify(sent.words)
        self.timeline.scroll_to_end()
        self.sent.emit(sent)

    def _undo_send(self) -> None:
        sent, self._sent = self._sent, None
        if sent is None:
            return
        if sent.conversation_id != self.model.conversation_id:
            self._context.navigator.open_conversation(sent.conversation_id)
        self.composer_model.undo(sent)
        self.composer.write(DraftKind.REPLY)

    # Overrides of Qt

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.composer_model.flush()
        self.presence.beat()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.presence.beat()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.ActivationChange:
            self.presence.beat()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.composer.set_room(self.height())
        self._place_pill()

    def _place_pill(self) -> None:
        size = self._pill.sizeHint()
        room = self.timeline.size()
        corner = QPoint((room.width() - size.width()) // 2, room.height() - size.height() - 10)
        self._pill.setGeometry(corner.x(), corner.y(), size.width(), size.height())


def _line(parent: QWidget) -> QFrame:
    """A line of one pixel."""
    line = QFrame(parent)
    line.setFixedHeight(1)
    set_ground(line, ColorRole.BORDER)
    return line
