"""A mail that begins a conversation: kept while it is written, sent as one action, with what is open already."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import QObject, Signal

from agent_desktop.domain.changes import ChangeSet
from agent_desktop.domain.conversation import Conversation, Status
from agent_desktop.domain.ids import Id
from agent_desktop.domain.knowledge import CannedResponse
from agent_desktop.domain.message import AttachmentFile
from agent_desktop.domain.placeholders import Rendered, find_placeholders, render
from agent_desktop.domain.workspace import ChannelKind
from agent_desktop.services.composer import ChannelChoice
from agent_desktop.services.drafts import Draft, DraftKind
from agent_desktop.services.new_messages import KnownCustomer, TakenUp
from agent_desktop.services.recipients import Recipients
from ui.context import UiContext
from ui.tasks import Problem, sentence_of
from ui.viewmodels import reach
from ui.viewmodels.attaching import attach_file, attach_pasted
from ui.viewmodels.draft_book import DraftKey, key_of
from ui.viewmodels.sending import Sender, signature_of
from ui.viewmodels.writing import hint_of, signed_words, warning_of, with_canned

_KIND = DraftKind.NEW
LOOK_AGAIN = "What was still open in the text is filled in now. Look at it once more, then send."
_FILES_LEFT = "Not all of its files are here: some are only on the other device. Attach them again."
FOR_WHOM = "Names are filled in once To says whom this is for"


class _Known(NamedTuple):
    """What is known of the people that it goes to."""

    customer: KnownCustomer | None
    values: Mapping[str, str]
    customer_ids: tuple[Id, ...]
    is_sent: bool


class NewMessageViewModel(QObject):
    """Every change is a draft; closing the window that shows it loses nothing. Of one message, from `begin` or `open`
    on.
    """

    opened = Signal()
    """The draft is there."""
    gone = Signal()
    """It is not here any more, so there is nothing to open."""
    changed = Signal()
    """Anything but the text."""
    replaced = Signal()
    """The text came from elsewhere: another window, or another device."""
    customer_known = Signal()
    """To says who reads it, somebody who is known: their name can be filled in."""
    sent = Signal(object)
    """A `SentReply`: the conversation is there."""

    def __init__(self, context: UiContext, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._desk = context.desk
        self._book = context.drafts
        self._sender = Sender(context.desk, context.drafts)
        self._draft: Draft | None = None
        self._known = _Known(None, {}, (), is_sent=False)
        self._asked: Draft | None = None
        self.channels: tuple[ChannelChoice, ...] = ()
        self.problem = ""
        self._book.edited.connect(self._follow)
        for changed in (self._book.saved, self._book.save_failed, self._book.busy_changed):
            changed.connect(self._on_state_of)
        self._book.stored.connect(self._reload)
        context.changes.received.connect(self._on_changes)

    # Opening

    def begin(self) -> None:
        """Begin one."""
        self._read_channels(self._desk.new_messages.blank())

    def open(self, draft_id: Id) -> None:
        """Go on with one that is written here or on another device."""
        desk, key = self._desk, (draft_id, _KIND)

        def then(taken: TakenUp) -> None:
            self.problem = _FILES_LEFT if taken.files_left else ""
            if taken.is_here or not self._book.is_saved(key):
                self._book.fetch(draft_id, self._take, (id(self), "draft"), (_KIND,))
            else:
                self.gone.emit()

        self._book.during((key,), lambda: desk.new_messages.take_up(draft_id, desk.files.is_here), then)

    def _take(self, drafts: Mapping[DraftKind, Draft]) -> None:
        self._read_channels(drafts[_KIND])

    def _read_channels(self, draft: Draft) -> None:
        def take(channels: tuple[ChannelChoice, ...]) -> None:
            self.channels = channels
            known = {choice.channel.id for choice in channels}
            first = channels[0].channel.id if channels else None
            self._draft = draft if draft.channel_id in known else replace(draft, channel_id=first)
            self.opened.emit()
            self._look()

        self._context.tasks.read(lambda: self._desk.new_messages.channels, take)

    # What is shown

    @property
    def draft(self) -> Draft:
        """What is being written. Not before `opened`."""
        assert self._draft is not None
        return self._draft

    @property
    def draft_id(self) -> Id:
        """Tells this message from others, also before it is opened: ""."""
        return self._draft.conversation_id if self._draft is not None else ""

    @property
    def conversation_id(self) -> Id | None:
        """There is none that its text could be about."""
        return None

    @property
    def is_ready(self) -> bool:
        """Whether it can be written on."""
        return self._draft is not None and not self._book.is_busy(self._key)

    @property
    def _key(self) -> DraftKey:
        return self.draft_id, _KIND

    @property
    def customer(self) -> KnownCustomer | None:
        """Whose address stands first in To; None for somebody new."""
        return self._known.customer

    @property
    def is_new_customer(self) -> bool:
        """Whether sending adds a customer."""
        return bool(self._draft and self._draft.to) and self._known.customer is None

    @property
    def is_sent(self) -> bool:
        """Whether it was sent from another device meanwhile."""
        return self._known.is_sent and self.is_ready

    @property
    def choice(self) -> ChannelChoice | None:
        """The mailbox that it goes out from."""
        return next((one for one in self.channels if one.channel.id == self.draft.channel_id), None)

    @property
    def people(self) -> Recipients:
        """Everybody it goes to."""
        return Recipients(self.draft.to, self.draft.cc, self.draft.bcc)

    @property
    def people_problem(self) -> str:
        """What is wrong with the recipients as far as they are named; "" for nothing."""
        return reach.people_problem(self.choice, self.people)

    @property
    def signature(self) -> str:
        """What is added below."""
        return signature_of(self._desk, self.choice)

    @property
    def signed(self) -> str:
        """What says so."""
        return signed_words(self.signature, self.draft.text)

    @property
    def values(self) -> Mapping[str, str]:
        """What placeholders stand for."""
        return self._known.values

    @property
    def waiting(self) -> frozenset[str]:
        """Placeholders that wait for whom it is for."""
        return self._desk.new_messages.waiting(self.draft)

    @property
    def waiting_words(self) -> str:
        """That some of the text waits for whom it is for; "" when none does."""
        waiting = self.waiting
        waits = waiting and any(found.path in waiting for found in find_placeholders(self.draft.text))
        return FOR_WHOM if waits else ""

    @property
    def hint(self) -> str:
        """Whether what is written is safe, in a few words."""
        return hint_of(self._book, self.draft, is_ready=self.is_ready)

    @property
    def warning(self) -> str:
        """Why what is written is not safe yet; "" when it is."""
        return warning_of(self._book, self._key)

    @property
    def counter(self) -> str:
        """How many characters are left, once that is worth saying."""
        return reach.counter_words(self.choice, self.draft.text)

    @property
    def over_limit(self) -> bool:
        """Whether it is longer than a mail may be."""
        return reach.room_left(self.choice, self.draft.text) < 0

    # Writing

    def address(self, people: Recipients) -> None:
        """Send it to these."""
        self._change(to=people.to, cc=people.cc, bcc=people.bcc)
        self._look()

    def set_channel(self, channel_id: Id) -> None:
        """Send it from this mailbox."""
        self._change(channel_id=channel_id)
        self._look()

    def set_subject(self, subject: str) -> None:
        """Call the conversation this."""
        self._change(subject=subject)
        self._look()

    def set_name(self, name: str) -> None:
        """Call the new customer this."""
        self._change(name=name)
        self._look()

    def edit(self, text: str, caret: int) -> None:
        """Take over what was typed."""
        if self._draft is not None and text != self._draft.text:
            self._change(text=text, caret=caret)

    def fill(self, canned: CannedResponse) -> Rendered:
        """The text of a canned response with everything filled in that is known; its files come along."""
        used = with_canned(self.draft, canned, self._desk.ids)
        self._change(canned_ids=used.canned_ids, files=used.files)
        return render(canned.body, self.values, self.waiting)

    def attach(self, paths: Sequence[Path]) -> None:
        """Copy files into the store and attach them; each that cannot be is named with the reason."""
        for path in paths:
            self._attach(partial(attach_file, self._desk.composer, path, ChannelKind.EMAIL))

    def attach_content(self, name: str, content: Callable[[], bytes]) -> None:
        """Attach what was pasted; `content` is called on a background thread."""
        self._attach(partial(attach_pasted, self._desk.composer, name, content, ChannelKind.EMAIL))

    def remove_file(self, file_id: Id) -> None:
        """Take a file off again."""
        self._change(files=tuple(file for file in self.draft.files if file.id != file_id))

    def _attach(self, work: Callable[[], AttachmentFile]) -> None:
        self._context.tasks.read(work, self._add, self._say)

    def _add(self, file: AttachmentFile) -> None:
        self._change(files=(*self.draft.files, file))

    def _change(self, **changes: object) -> None:
        if not self.is_ready:
            return
        self._draft = replace(self.draft, updated_at=self._desk.clock.now(), **changes)  # type: ignore[arg-type]  # fields of Draft by name
        self.problem = ""
        self._book.put(self._draft, self)
        self.changed.emit()

    def _look(self) -> None:
        """Who has the addresses, what of theirs is open, and what placeholders stand for then."""
        draft, service = self.draft, self._desk.new_messages
        address = next(iter(draft.to), "")

        def read() -> _Known:
            known = service.known(address) if address else None
            return _Known(known, service.values(draft), service.noted(draft), service.is_sent(draft))

        self._context.tasks.read(read, self._know, key=(id(self), "customer"))

    def _know(self, known: _Known) -> None:
        before, self._known = self._known.customer, known
        if known.customer_ids != self.draft.customer_ids:
            self._draft = replace(self.draft, customer_ids=known.customer_ids)
            if self.is_ready:
                self._book.put(self._draft, self)
        self.changed.emit()
        if known.customer is not None and (before is None or before.id != known.customer.id):
            self.customer_known.emit()

    def _follow(self, draft: Draft, source: object) -> None:
        """Somebody writes on it elsewhere in this program. What was sent leaves an empty one behind."""
        if source is not self and key_of(draft) == self._key and draft.reply_id:
            self._draft = draft
            self.replaced.emit()
            self.changed.emit()
            self._look()

    def _reload(self, conversation_id: Id) -> None:
        def take(drafts: Mapping[DraftKind, Draft]) -> None:
            self._follow(drafts[_KIND], None)

        if conversation_id == self.draft_id:
            self._book.fetch(conversation_id, take, (id(self), "reload"), (_KIND,))

    def _on_state_of(self, key: DraftKey) -> None:
        if key == self._key:
            self.changed.emit()

    def _on_changes(self, changes: ChangeSet) -> None:
        here = self.draft_id
        if here and (changes.bulk or any(change.id == here for change in changes.of(Conversation))):
            self._look()

    def keep(self) -> None:
        """Bring it to the disk now, and show it on other devices."""
        self._book.flush()
        self._context.sharer.share()

    def discard(self) -> None:
        """Give it up."""
        if self._draft is None:
            return
        draft, service = self._draft, self._desk.new_messages
        self._book.forget(key_of(draft))
        self._book.during((key_of(draft),), lambda: service.discard(draft.conversation_id))

    @property
    def is_empty(self) -> bool:
        """Whether nothing would be lost with it."""
        return self._draft is None or self._draft.is_empty

    # Sending

    def send(self, then: Status | None = None, send_at: datetime | None = None) -> None:
        """Send it; `then` is the status of its conversation. Whatever prevents it is said in `problem`."""
        if self.is_ready:
            self.problem = ""
            self._sender.new_message(self.draft, self.signature, then, send_at, self.sent.emit, self._say)

    def refuse(self, sentence: str) -> None:
        """Say why it was not sent."""
        self.problem = sentence
        self.changed.emit()

    def _say(self, problem: Problem) -> None:
        self.refuse(sentence_of(problem))
