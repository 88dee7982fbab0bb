"""One open conversation: its head, its timeline, and what of it its reader has had on screen."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import Enum, auto
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from agent_desktop.domain.changes import ChangeSet
from agent_desktop.domain.clock import EPOCH
from agent_desktop.domain.conversation import Conversation, ReadMarker, Status, is_unread
from agent_desktop.domain.customer import Customer
from agent_desktop.domain.ids import Id
from agent_desktop.domain.message import Attachment, Delivery, Direction, Message, MessageKind
from agent_desktop.domain.operations.conversation import MarkRead, SetStatus
from agent_desktop.domain.workspace import Channel, ChannelKind, Team, User
from agent_desktop.services.apply import Applied
from agent_desktop.services.conversation import (
    ConversationCard,
    ConversationService,
    TimelineItem,
    TimelinePage,
)
from agent_desktop.services.sync_status import SyncStatus
from ui.models.timeline import TimelineContext, TimelineEntry, timeline_entries
from ui.relay import Relay
from ui.tasks import Problem, Tasks, sentence_of
from ui.viewmodels.read_ahead import Found, ReadAhead
from ui.viewmodels.sending import Standing

if TYPE_CHECKING:
    from agent_desktop.context import Desk

PAGE = 50
_TICK = 15_000
READ_DELAY = 1_000
"""Milliseconds that a message of the customer is on screen before it counts as read."""
_SHOWN_WITH = (User, Team, Channel)


class PaneState(Enum):
    """What there is to show."""

    EMPTY = auto()
    LOADING = auto()
    SHOWN = auto()
    GONE = auto()
    FAILED = auto()


@dataclass(frozen=True, slots=True)
class Arrival:
    """What others have added to the open conversation: how much, and who was the last."""

    count: int
    name: str
    first_key: str
    from_customer: bool


class ConversationViewModel(QObject):
    """Reads the conversation, follows every change of it, and knows what was seen."""

    state_changed = Signal()
    card_changed = Signal()
    """The head of the same conversation as it is now."""
    started = Signal()
    """Head and entries of another conversation."""
    entries_changed = Signal()
    """The same conversation as it is now."""
    arrived = Signal(object)
    """An `Arrival` while the conversation was open."""

    def __init__(
        self,
        desk: "Desk",
        tasks: Tasks,
        changes: Relay,
        sync_changes: Relay,
        notify: Callable[[str, Applied | None], None],
        parent: QObject | None = None,
        *,
        zone: tzinfo | None = None,
        read_delay: int = READ_DELAY,
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._tasks = tasks
        self._notify = notify
        self._zone = zone
        self._online = not desk.is_connected or desk.sync.status.hands_over
        self.ahead = ReadAhead(partial(_find, desk.conversations, PAGE), tasks, changes, self)
        self._prepared: dict[Id, tuple[Found, tuple[TimelineEntry, ...]]] = {}
        self._forget()
        self._reader = QTimer(self)
        self._reader.setSingleShot(True)
        self._reader.setInterval(read_delay)
        self._reader.timeout.connect(self._mark_read)
        self._ticker = QTimer(self)
        self._ticker.setInterval(_TICK)
        self._ticker.timeout.connect(self.tick)
        changes.received.connect(self._on_changes)
        sync_changes.received.connect(self._on_sync)

    def _forget(self) -> None:
        self.state = PaneState.EMPTY
        self.problem = ""
        self._conversation_id: Id | None = None
        self._card: ConversationCard | None = None
        self._items: tuple[TimelineItem, ...] = ()
        self._more = False
        self._entries: tuple[TimelineEntry, ...] = ()
        self._displayed: set[Id] = set()
        self._seen_in: Id | None = None
        self._seen_out: Id | None = None
        self._keep_unread = False

    # What is shown

    @property
    def conversation_id(self) -> Id | None:
        """The open conversation."""
        return self._conversation_id

    @property
    def card(self) -> ConversationCard | None:
        """The head; None while nothing is open."""
        return self._card

    @property
    def entries(self) -> tuple[TimelineEntry, ...]:
        """The timeline as it is shown."""
        return self._entries

    @property
    def more(self) -> bool:
        """Whether there are earlier messages."""
        return self._more

    def message(self, message_id: Id) -> Message | None:
        """A loaded message in full."""
        return next((item.message for item in self._items if item.message.id == message_id), None)

    @property
    def message_to_forward(self) -> Id | None:
        """The newest that the customer wrote, or else that we did."""
        said = [item.message for item in self._items if item.message.kind is MessageKind.REPLY]
        theirs = [message for message in said if message.direction is Direction.IN]
        return (theirs or said)[-1].id if said else None

    def attachments(self, message_id: Id) -> tuple[Attachment, ...]:
        """The files of a loaded message, also those that are shown in its text."""
        return next((item.attachments for item in self._items if item.message.id == message_id), ())

    @property
    def standing(self) -> Standing:
        """What a reply that is written now was written in knowledge of."""
        if self._card is None:
            return Standing()
        return Standing(
            seen_in=self._seen_in,
            seen_out=self._seen_out,
            subject=self._reply_subject(),
            status=self._card.conversation.status,
        )

    def _reply_subject(self) -> str:
        """The subject of the customer's last mail, as an answer to it."""
        incoming = (
            item.message.subject for item in reversed(self._items) if item.message.direction is Direction.IN
        )
        assert self._card is not None
        subject = " ".join((next((s for s in incoming if s), "") or self._card.conversation.subject).split())
        return subject if subject[:3].lower() == "re:" else f"Re: {subject}"

    # Opening and following

    def open(self, conversation_id: Id | None) -> None:
        """Show another conversation, or none."""
        if conversation_id == self._conversation_id and self.state is PaneState.SHOWN:
            return
        self._reader.stop()
        self._forget()
        self._conversation_id = conversation_id
        if conversation_id is None:
            self._ticker.stop()
            self._tasks.cancel(self._key)
            self._set_state(PaneState.EMPTY)
            return
        self._ticker.start()
        self.state = PaneState.LOADING
        found = self.ahead.take(conversation_id)
        if found is not None:
            self._tasks.cancel(self._key)
            self._start(found)
            return
        self._read(PAGE, self._start)
        if self.state is PaneState.LOADING:
            self.state_changed.emit()

    @property
    def _key(self) -> object:
        return (id(self), "conversation")

    def card_ahead(self, conversation_id: Id) -> ConversationCard | None:
        """What `card` will be of a conversation that was read ahead; None when it is not known."""
        found = self.ahead.look(conversation_id)
        return found[0] if found is not None else None

    def prepare(self, conversation_id: Id) -> tuple[tuple[TimelineEntry, ...], bool]:
        """What `entries` and `more` will be of a conversation that was read ahead; nothing when it is not known."""
        found = self.ahead.look(conversation_id)
        if found is None or found[0] is None:
            return (), False
        entries = self._make_entries(found[0], found[1].items)
        self._prepared = {key: self._prepared[key] for key in self.ahead.known if key in self._prepared}
        self._prepared[conversation_id] = found, entries
        return entries, found[1].more

    def _prepare_again(self) -> None:
        """Time has passed, or something else that shows in entries has changed."""
        self._prepared.clear()
        for conversation_id in self.ahead.known:
            self.ahead.read.emit(conversation_id)

    def _read(self, limit: int, then: Callable[[Found], None]) -> None:
        assert self._conversation_id is not None
        work = partial(_find, self._desk.conversations, limit, self._conversation_id)
        self._tasks.read(work, then, self._fail, key=self._key)

    def _start(self, found: Found) -> None:
        card, page = found
        if card is None:
            self._set_state(PaneState.GONE)
            return
        self._conversation_id = card.conversation.id  # of what was asked for, or what that is part of
        self._card, self._items, self._more = card, page.items, page.more
        prepared = self._prepared.pop(card.conversation.id, None)
        known = prepared is not None and prepared[0] is found
        self._entries = prepared[1] if prepared and known else self._make_entries(card, page.items)
        self._update_seen()
        self._set_state(PaneState.SHOWN)
        self.started.emit()

    def _fail(self, problem: Problem) -> None:
        self.problem = sentence_of(problem)
        self._set_state(PaneState.FAILED)

    def _set_state(self, state: PaneState) -> None:
        self.state = state
        self.state_changed.emit()

    def refresh(self) -> None:
        """Read again what is shown, and show what has changed in place."""
        if self._conversation_id is None:
            return
        if self.state is PaneState.SHOWN:
            self._read(len(self._items) + PAGE, self._follow)
        else:
            self._read(PAGE, self._start)

    def _follow(self, found: Found) -> None:
        card, page = found
        if card is None:
            self._set_state(PaneState.GONE)
            return
        assert self._card is not None
        if card.conversation.id != self._conversation_id:
            self._become(found)
            return
        if self._card.read_at is not None and (card.read_at is None or card.read_at < self._card.read_at):
            self._keep_unread = True  # somebody asked for it; it does not become read by staying open
        elif card.conversation.last_in_id != self._card.conversation.last_in_id:
            self._keep_unread = False
        before = {item.message.id for item in self._items}
        items, more = page.items, page.more
        if self._more and self._items:
            first = _place(self._items[0])
            items = tuple(item for item in items if _place(item) >= first)
            more = more or len(items) < len(page.items)
        self._card, self._items, self._more = card, items, more
        self._update_seen()
        self.card_changed.emit()
        self._show_entries()
        self._tell_arrivals(card, [item.message for item in items if item.message.id not in before])

    def _become(self, found: Found) -> None:
        """What is open was merged into another one, which is shown instead."""
        self._reader.stop()
        self._forget()
        self._start(found)

    def _tell_arrivals(self, card: ConversationCard, messages: list[Message]) -> None:
        others = [
            message
            for message in messages
            if message.kind is not MessageKind.EVENT and message.author_id != self._desk.user_id
        ]
        if others:
            last = others[-1]
            self.arrived.emit(
                Arrival(
                    count=len(others),
                    name=last.author_name or self._name_of(card.customer, last.author_id or ""),
                    first_key=others[0].id,
                    from_customer=last.direction is Direction.IN,
                )
            )

    def load_earlier(self) -> None:
        """Add the page before what is shown."""
        conversation_id = self._conversation_id
        if conversation_id is None or not self._items or not self._more:
            return
        before = _place(self._items[0])
        self._tasks.read(
            lambda: self._desk.conversations.timeline(conversation_id, before, PAGE),
            self._take_earlier,
            key=(id(self), "earlier"),
        )

    def _take_earlier(self, page: TimelinePage) -> None:
        known = {item.message.id for item in self._items}
        older = tuple(item for item in page.items if item.message.id not in known)
        if page.items and page.items[0].message.conversation_id not in self._parts:
            return
        self._items, self._more = older + self._items, page.more
        self._show_entries()

    def _show_entries(self) -> None:
        assert self._card is not None
        entries = self._make_entries(self._card, self._items)
        if entries != self._entries:
            self._entries = entries
            self.entries_changed.emit()

    def _make_entries(
        self, card: ConversationCard, items: Sequence[TimelineItem]
    ) -> tuple[TimelineEntry, ...]:
        context = TimelineContext(
            me=self._desk.user_id,
            now=self._desk.clock.now(),
            online=self._online,
            name_of=partial(self._name_of, card.customer),
            kind_of=self._kind_of,
            zone=self._zone,
        )
        return timeline_entries(items, context)

    def _name_of(self, customer: Customer, row_id: Id) -> str:
        user = self._desk.directory.user(row_id)
        if user is not None:
            return user.name
        return customer.name if customer.id == row_id else ""

    def _kind_of(self, channel_id: Id) -> ChannelKind | None:
        channel = self._desk.directory.channel(channel_id)
        return channel.kind if channel is not None else None

    def tick(self) -> None:
        """Let time show: deadlines, days, replies that are to leave later."""
        if self.state is PaneState.SHOWN:
            self.card_changed.emit()
            self._show_entries()
            self._prepare_again()

    def _on_changes(self, changes: ChangeSet) -> None:
        if self._conversation_id is not None and (changes.bulk or any(map(self._concerns, changes.changes))):
            self.refresh()

    def _concerns(self, change: object) -> bool:
        entity, row = change.entity, change.new or change.old  # type: ignore[attr-defined]  # a Change of any entity
        if entity in (Message, Attachment, ReadMarker):
            return row.conversation_id in self._parts
        if entity is Customer:
            return self._card is not None and row.id in (
                self._card.customer.id,
                self._card.conversation.customer_id,
            )
        if entity is Conversation:
            return row.id in self._parts or row.merged_into in self._parts
        return entity in _SHOWN_WITH

    @property
    def _parts(self) -> frozenset[Id | None]:
        """What is open, and what was merged into it."""
        merged = self._card.merged if self._card is not None else ()
        return frozenset((self._conversation_id, *(part.id for part in merged)))

    def _on_sync(self, status: SyncStatus) -> None:
        online = status.hands_over
        if online != self._online:
            self._online = online
            if self._card is not None:
                self._show_entries()
            self._prepare_again()

    # What was seen

    def mark_displayed(self, keys: Iterable[str]) -> None:
        """These entries have been on screen."""
        if self.state is PaneState.SHOWN:
            self._displayed.update(keys)
            self._update_seen()

    def _update_seen(self) -> None:
        assert self._card is not None
        conversation = self._card.conversation
        loaded = {item.message.id: item.message for item in self._items}
        self._seen_in = self._seen(conversation.last_in_id, self._seen_in, loaded)
        self._seen_out = self._seen(conversation.last_out_id, self._seen_out, loaded)
        seen = conversation.last_in_id == self._seen_in
        if seen and not self._keep_unread and is_unread(conversation, self._card.read_at):
            if not self._reader.isActive():
                self._reader.start()
        else:
            self._reader.stop()

    def _seen(self, last: Id | None, before: Id | None, loaded: dict[Id, Message]) -> Id | None:
        """The last message of one side, if it or anything later was on screen, is our own, or is not loaded."""
        message = loaded.get(last) if last is not None else None
        if message is None or message.author_id == self._desk.user_id:
            return last
        on_screen = (loaded[key].created_at for key in self._displayed if key in loaded)
        return last if max(on_screen, default=EPOCH) >= message.created_at else before

    def _mark_read(self) -> None:
        card = self._card
        if card is not None and card.conversation.last_in_at is not None:
            payload = MarkRead(conversation_id=card.conversation.id, read_at=card.conversation.last_in_at)
            self._tasks.write(lambda: self._desk.apply(payload))

    # What can be done

    def resolve(self) -> None:
        """Solve the conversation, unless the customer wrote something that was not on screen yet."""
        if self._card is not None:
            payload = SetStatus(
                conversation_id=self._card.conversation.id,
                status=Status.SOLVED,
                check_seen=True,
                seen_in=self._seen_in,
            )
            self._run(lambda: self._desk.apply(payload), "Resolved")

    def release(self, message_id: Id) -> None:
        """Send a reply that did not leave. For a held one, what is new was shown beside the question."""
        if self._card is not None:
            seen_in, seen_out = self._seen_in, self._seen_out
            if message_id in (
                item.message.id for item in self._items if item.message.delivery is Delivery.HELD
            ):
                last = self._card.conversation
                seen_in, seen_out = last.last_in_id, last.last_out_id
            self._run(
                lambda: self._desk.composer.send_again(message_id, seen_in, seen_out), "Reply on its way"
            )

    def discard(self, message_id: Id) -> None:
        """Give up a reply that did not leave."""
        self._run(lambda: self._desk.composer.discard(message_id), "Reply discarded")

    def check(self, message_id: Id) -> None:
        """Have the channel asked what became of a reply of which nobody knows."""
        self._run(lambda: self._desk.composer.ask_about(message_id), "The channel is asked")

    def _run(self, work: Callable[[], Applied], words: str) -> None:
        self._tasks.write(work, lambda applied: self._notify(words, applied))


def _find(service: ConversationService, limit: int, conversation_id: Id) -> Found:
    """Head and newest messages. The head first: the timeline then holds at least what the head knows of."""
    card = service.card(conversation_id)
    return card, service.timeline(conversation_id, limit=limit)


def _place(item: TimelineItem) -> tuple[datetime, Id]:
    return item.message.created_at, item.message.id
