"""A mail that begins a conversation: kept while it is written, sent as one action, with what is open already."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from agent_desktop.domain.channels import LIMITS
from agent_desktop.domain.ids import Id
from agent_desktop.domain.message import AttachmentFile
from agent_desktop.domain.workspace import Channel, ChannelKind
from agent_desktop.services.composer import ChannelChoice
from agent_desktop.services.drafts import Draft, DraftKind
from agent_desktop.services.new_messages import KnownCustomer
from agent_desktop.services.recipients import Recipients
from ui.context import UiContext
from ui.tasks import Problem, sentence_of
from ui.viewmodels.attaching import attach_file
from ui.viewmodels.draft_book import is_empty, key_of
from ui.viewmodels.sending import SentReply, signature_of, signed


class NewMessageViewModel(QObject):
    """Every change is a draft; closing the window that shows it loses nothing."""

    opened = Signal()
    """The draft is there."""
    changed = Signal()
    """Recipients, files, the customer, the problem, or whether it is saved."""
    sent = Signal(object)
    """A `SentReply`: the conversation is there."""

    def __init__(self, context: UiContext, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._desk = context.desk
        self._draft: Draft | None = None
        self._customer: KnownCustomer | None = None
        self._asked = ""
        self.channels: tuple[Channel, ...] = ()
        self.problem = ""
        self.name = ""
        """What a customer who is not known yet is called."""
        context.drafts.saved.connect(lambda _: self.changed.emit())
        context.drafts.busy_changed.connect(lambda _: self.changed.emit())

    def open(self) -> None:
        """Go on with what was begun before, or begin anew."""
        service = self._desk.new_messages
        self._context.tasks.read(
            lambda: (self._last(), tuple(one.channel for one in service.channels)), self._take
        )

    def _last(self) -> Draft:
        begun = self._desk.drafts.new_messages()
        return begun[0] if begun else self._desk.new_messages.blank()

    def _take(self, found: tuple[Draft, tuple[Channel, ...]]) -> None:
        draft, self.channels = found
        held = next((one for one in self._context.drafts.unsaved if one.kind is DraftKind.NEW), None)
        draft = held or draft
        if draft.channel_id is None and self.channels:
            draft = replace(draft, channel_id=self.channels[0].id)
        self._draft = draft
        self.opened.emit()
        self._look()

    # What is shown

    @property
    def draft(self) -> Draft:
        """What is being written. Not before `opened`."""
        assert self._draft is not None
        return self._draft

    @property
    def is_ready(self) -> bool:
        """Whether it can be written on."""
        return self._draft is not None and not self._context.drafts.is_busy(key_of(self._draft))

    @property
    def is_kept(self) -> bool:
        """Whether there is something in it, and it is on the disk."""
        draft = self._draft
        return draft is not None and not is_empty(draft) and self._context.drafts.is_saved(key_of(draft))

    @property
    def customer(self) -> KnownCustomer | None:
        """Whose address stands first in To; None for somebody new."""
        return self._customer

    @property
    def is_new_customer(self) -> bool:
        """Whether sending adds a customer."""
        return bool(self._draft and self._draft.to) and self._customer is None

    @property
    def signature(self) -> str:
        """What is added below."""
        channel = next((one for one in self.channels if one.id == self.draft.channel_id), None)
        limits = LIMITS[ChannelKind.EMAIL]
        return signature_of(self._desk, ChannelChoice(channel, (), limits, None) if channel else None)

    # Writing

    def address(self, people: Recipients) -> None:
        """Send it to these."""
        self._change(to=people.to, cc=people.cc, bcc=people.bcc)
        self._look()

    def set_channel(self, channel_id: Id) -> None:
        """Send it from this mailbox."""
        self._change(channel_id=channel_id)

    def set_subject(self, subject: str) -> None:
        """Call the conversation this."""
        self._change(subject=subject)

    def set_text(self, text: str) -> None:
        """Take over what was typed."""
        if self._draft is not None and text != self._draft.text:
            self._change(text=text)

    def attach(self, paths: Sequence[Path]) -> None:
        """Copy files into the store and attach them."""
        for path in paths:
            work = partial(attach_file, self._desk.composer, path, ChannelKind.EMAIL)
            self._context.tasks.read(work, self._add, self._say)

    def remove_file(self, file_id: Id) -> None:
        """Take a file off again."""
        self._change(files=tuple(file for file in self.draft.files if file.id != file_id))

    def _add(self, file: AttachmentFile) -> None:
        self._change(files=(*self.draft.files, file))

    def _change(self, **changes: object) -> None:
        if not self.is_ready:
            return
        self._draft = replace(self.draft, updated_at=self._desk.clock.now(), **changes)  # type: ignore[arg-type]  # fields of Draft by name
        self.problem = ""
        self._context.drafts.put(self._draft, self)
        self.changed.emit()

    def _look(self) -> None:
        """Who has the first address, and what of theirs is open."""
        address = next(iter(self.draft.to), "")
        if address == self._asked:
            return
        self._asked = address
        service = self._desk.new_messages
        self._context.tasks.read(
            lambda: service.known(address) if address else None, self._know, key=(id(self), "customer")
        )

    def _know(self, customer: KnownCustomer | None) -> None:
        self._customer = customer
        self.changed.emit()

    def keep(self) -> None:
        """Bring it to the disk now."""
        self._context.drafts.flush()

    def discard(self) -> None:
        """Give it up."""
        if self._draft is not None:
            self._context.drafts.put(
                replace(self._draft, text="", to=(), cc=(), bcc=(), subject="", files=()), self
            )
            self.keep()

    # Sending

    def send(self) -> None:
        """Send it. Whatever prevents it is said in `problem`."""
        if not self.is_ready:
            return
        draft, desk, name = self.draft, self._desk, self.name
        text = signed(draft.text, self.signature)

        def work() -> SentReply:
            desk.new_messages.send(replace(draft, name=name), text)
            return SentReply(
                conversation_id=draft.conversation_id,
                message_id=draft.reply_id,
                words="Message sent",
                undo_seconds=desk.composer.undo_seconds,
                then=None,
                status_before=None,
            )

        self._context.drafts.send(draft, work, self.sent.emit, self._say)

    def _say(self, problem: Problem) -> None:
        self.problem = sentence_of(problem)
        self.changed.emit()
