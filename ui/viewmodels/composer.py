"""The composer: a reply and a note of one conversation being written, and how they leave."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from agent_desktop.domain.conversation import Status
from agent_desktop.domain.ids import Id
from agent_desktop.domain.knowledge import CannedResponse
from agent_desktop.domain.message import AttachmentFile
from agent_desktop.domain.placeholders import Rendered, render
from agent_desktop.domain.workspace import ChannelKind
from agent_desktop.services.apply import Applied
from agent_desktop.services.composer import ChannelChoice
from agent_desktop.services.drafts import Draft, DraftKind
from agent_desktop.services.recipients import UNKNOWN_ANSWER, Answer, Recipients
from ui.tasks import Problem, Tasks, sentence_of
from ui.viewmodels import reach
from ui.viewmodels.attaching import attach_file, attach_pasted
from ui.viewmodels.draft_book import DraftBook, DraftKey, differs, key_of
from ui.viewmodels.reach import Reach
from ui.viewmodels.sending import Sender, SentReply, Standing, outgoing_of, signature_of
from ui.viewmodels.writing import hint_of, warning_of, with_canned

if TYPE_CHECKING:
    from agent_desktop.context import Desk


class ComposerViewModel(QObject):
    """Holds both buffers; every change of them is a draft, every problem a sentence."""

    left = Signal()
    """No conversation's: what is shown is no longer to be written on."""
    blanked = Signal()
    """Another conversation's: nothing is to be seen of what was written before, and nothing to be written yet."""
    opened = Signal()
    """The stored drafts have come, with all that belongs to them."""
    replaced = Signal(object)
    """The text of this `DraftKind` came from elsewhere: another window, a macro, a reply that was called back."""
    typed = Signal(object)
    """The person writes on in the buffer of this `DraftKind`."""
    reach_changed = Signal()
    """Channels, the chosen one, or the recipients."""
    files_changed = Signal()
    state_changed = Signal()
    """Hint, problem, counter or whether something is on its way."""
    sent = Signal(object)
    """A `SentReply`."""
    noted = Signal(object)
    """The `Applied` note."""
    withdrawn = Signal(str)
    """What was called back had begun its conversation, which went with it: the id of the draft that it is now."""
    addressing = Signal()
    """Something was begun whose recipients are still to be named."""

    def __init__(
        self,
        desk: "Desk",
        tasks: Tasks,
        book: DraftBook,
        standing: Callable[[], Standing],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._tasks = tasks
        self._book = book
        self._standing = standing
        self._sender = Sender(desk, book)
        self._conversation_id: Id | None = None
        self._drafts: dict[DraftKind, Draft] = {}
        self._kind = DraftKind.REPLY
        self._blanks: dict[DraftKind, Draft] = {}
        self._reach = Reach()
        self._knows_reach = False
        self._problems: dict[DraftKey, str] = {}
        book.edited.connect(self._follow)
        book.saved.connect(self._on_state_of)
        book.save_failed.connect(self._on_state_of)
        book.busy_changed.connect(self._on_state_of)
        book.stored.connect(self._reload)

    # What is shown

    @property
    def conversation_id(self) -> Id | None:
        """Whose buffers these are."""
        return self._conversation_id

    @property
    def is_ready(self) -> bool:
        """Whether the stored drafts have come, so that typing cannot be lost to them."""
        return bool(self._drafts)

    def is_busy(self, kind: DraftKind | None = None) -> bool:
        """Whether a buffer, the one in front unless said, is on its way, from here or from another window."""
        return self._book.is_busy(self._key(kind))

    @property
    def kind(self) -> DraftKind:
        """Which of the two buffers is in front."""
        return self._kind

    def draft(self, kind: DraftKind | None = None) -> Draft:
        """A buffer: the one in front, or a given one."""
        kind = kind or self._kind
        draft = self._drafts.get(kind) or self._blanks.get(kind)
        if draft is None:
            draft = self._blanks[kind] = self._book.blank(self._conversation_id or "", kind)
        return draft

    @property
    def knows_reach(self) -> bool:
        """Whether `channels` are those of this customer; until they were read there are none."""
        return self._knows_reach

    @property
    def written_kind(self) -> DraftKind:
        """The buffer in front, or the reply while that is a note: what a channel and recipients are chosen for."""
        return DraftKind.REPLY if self._kind is DraftKind.NOTE else self._kind

    @property
    def forwards(self) -> bool:
        """Whether something is being forwarded here."""
        return self._kind is DraftKind.FORWARD or not self.draft(DraftKind.FORWARD).is_empty

    @property
    def channels(self) -> tuple[ChannelChoice, ...]:
        """Where this customer can be reached in writing; of what is forwarded, the channels that carry mail."""
        return self._reach.channels(self._kind)

    @property
    def channel(self) -> ChannelChoice | None:
        """The channel that the reply goes by: as chosen, else the conversation's own."""
        return self._reach.channel(self.draft(self.written_kind))

    @property
    def carries_mail(self) -> bool:
        """Whether the reply goes by mail, to anybody that its author names."""
        return reach.carries_mail(self.channel)

    @property
    def answer(self) -> Answer:
        """Whom a reply by mail may go to, before anybody has chosen."""
        choice = self.channel
        return choice.answer if choice is not None and self._kind is not DraftKind.FORWARD else UNKNOWN_ANSWER

    @property
    def people(self) -> Recipients:
        """Everybody the reply goes to: as chosen, else as the conversation says."""
        return self._reach.people(self.draft(self.written_kind))

    @property
    def to(self) -> tuple[str, ...]:
        """The addresses that the reply goes to."""
        return self.people.to

    @property
    def people_problem(self) -> str:
        """What is wrong with the recipients as far as they are named; "" for nothing."""
        return reach.people_problem(self.channel, self.people) if self.carries_mail else ""

    @property
    def signature(self) -> str:
        """What will be added below the reply."""
        return signature_of(self._desk, self.channel)

    @property
    def values(self) -> Mapping[str, str]:
        """What placeholders stand for here."""
        return self._reach.values

    @property
    def waiting(self) -> frozenset[str]:
        """Placeholders whose values are still to come: none, for the customer is known."""
        return frozenset()

    @property
    def problem(self) -> str:
        """Why it was not sent, or "". Gone with the next change."""
        return self._problems.get(self._key(), "")

    @property
    def hint(self) -> str:
        """Whether what is written is safe, in a few words."""
        return hint_of(self._book, self.draft(), is_ready=self.is_ready)

    @property
    def warning(self) -> str:
        """Why what is written is not safe yet, and what is done about it; "" when it is."""
        return warning_of(self._book, self._key())

    @property
    def over_limit(self) -> bool:
        """Whether the reply is longer than its channel takes."""
        return reach.room_left(self.channel, self.draft(self.written_kind).text) < 0

    @property
    def counter(self) -> str:
        """How many characters are left, once that is worth saying."""
        if self._kind is DraftKind.NOTE:
            return ""
        return reach.counter_words(self.channel, self.draft().text)

    @property
    def window_words(self) -> str:
        """How long the customer can still be answered on this channel, where that is limited."""
        if self._kind is DraftKind.NOTE:
            return ""
        return reach.window_words(self.channel, self._desk.clock.now())

    # Opening

    def leave(self) -> None:
        """Put aside what is being written, safely. Until another conversation is taken up nothing can be written."""
        self._book.flush()
        self._tasks.cancel((id(self), "drafts"))
        self._tasks.cancel((id(self), "reach"))
        self._conversation_id, self._drafts, self._blanks = None, {}, {}
        self.left.emit()

    def open(self, conversation_id: Id | None) -> None:
        """Put aside what is being written, safely, and take up another conversation."""
        self.show_blank(conversation_id)
        self.fetch()

    def show_blank(self, conversation_id: Id | None) -> None:
        """Belong to another conversation from now on, with nothing to be seen or written before `fetch`."""
        self._book.flush()
        self._conversation_id = conversation_id
        self._drafts, self._blanks = {}, {}
        self._reach, self._knows_reach = Reach(), False
        self._kind = DraftKind.REPLY
        self.blanked.emit()

    def fetch(self) -> None:
        """Read what was written before in this conversation, and where its customer can be reached."""
        if self._conversation_id is not None:
            self._book.fetch(self._conversation_id, self._take_drafts, key=(id(self), "drafts"))
            self.refresh_reach()

    def refresh_reach(self) -> None:
        """Look again where the customer can be reached and what placeholders stand for."""
        conversation_id = self._conversation_id
        if conversation_id is None:
            return

        def read() -> Reach:
            composer = self._desk.composer
            written = [
                choice for choice in composer.channels(conversation_id) if choice.limits.maximum_length
            ]
            return Reach(tuple(written), composer.mail_channels(), composer.values(conversation_id))

        self._tasks.read(read, self._take_reach, key=(id(self), "reach"))

    def _take_drafts(self, drafts: dict[DraftKind, Draft]) -> None:
        self._drafts = drafts
        if not drafts[DraftKind.REPLY].text:
            others = (kind for kind in (DraftKind.NOTE, DraftKind.FORWARD) if drafts[kind].text)
            self._kind = next(others, self._kind)
        self.opened.emit()

    def _take_reach(self, found: Reach) -> None:
        self._reach = found
        self._knows_reach = True
        self.reach_changed.emit()
        self.state_changed.emit()

    # Writing

    def show_kind(self, kind: DraftKind) -> None:
        """Bring the other buffer to the front."""
        if kind is not self._kind:
            self._kind = kind
            self.files_changed.emit()
            self.reach_changed.emit()
            self.state_changed.emit()

    def edit(self, kind: DraftKind, text: str, caret: int) -> None:
        """Take over what was typed. A caret that only moved is kept with the next save."""
        draft = self._drafts.get(kind)
        if draft is None:
            return
        if draft.text == text:
            self._drafts[kind] = replace(draft, caret=caret)
            return
        self._change(kind, text=text, caret=caret)
        self.typed.emit(kind)

    def choose_channel(self, channel_id: Id, to: tuple[str, ...] = ()) -> None:
        """Send the reply on this channel, to this address; without one, to whom it goes by itself there."""
        kind = self.written_kind
        if kind is DraftKind.FORWARD:
            self._change(kind, channel_id=channel_id)
        else:
            people = self.people if to and self.carries_mail else Recipients()
            self._change(kind, channel_id=channel_id, to=to, cc=people.cc, bcc=people.bcc, addressed=bool(to))
        self.reach_changed.emit()

    def address(self, people: Recipients) -> None:
        """Send the reply to these."""
        if people != self.people:
            self._change(self.written_kind, to=people.to, cc=people.cc, bcc=people.bcc, addressed=True)
            self.reach_changed.emit()

    def set_subject(self, subject: str) -> None:
        """Call what is forwarded this."""
        self._change(DraftKind.FORWARD, subject=subject)

    # Forwarding and sending once more

    def forward(self, message_id: Id) -> None:
        """Begin to pass a message on to somebody else; the reply that is being written stays where it is."""
        self._begin_with(DraftKind.FORWARD, lambda: self._desk.forwarding.begin(message_id))

    def send_again_to(self, message_id: Id, to: tuple[str, ...]) -> None:
        """Write what was sent once more, to others; what is being written is kept beside it."""
        self._begin_with(DraftKind.REPLY, lambda: self._desk.composer.copy_to(message_id, to))

    def stop_forwarding(self) -> None:
        """Give up what is being forwarded."""
        if self.is_ready:
            self._book.put(self._book.blank(self._conversation_id or "", DraftKind.FORWARD), None)
            self.show_kind(DraftKind.REPLY)

    def _begin_with(self, kind: DraftKind, work: Callable[[], Draft | None]) -> None:
        conversation_id = self._conversation_id
        if conversation_id is None:
            return
        failed = partial(self._say_problem, (conversation_id, self._kind))
        self._book.during(((conversation_id, kind),), work, self._begin_again, failed)

    def fill(self, canned: CannedResponse) -> Rendered:
        """The text of a canned response with everything filled in that is known; its files come along."""
        used = with_canned(self.draft(), canned, self._desk.ids)
        self._change(self._kind, canned_ids=used.canned_ids, files=used.files)
        self.files_changed.emit()
        return render(canned.body, self._reach.values)

    def flush(self) -> None:
        """Bring everything to the disk now."""
        self._book.flush()

    def _change(self, kind: DraftKind, **changes: object) -> None:
        draft, now = self._drafts.get(kind), self._desk.clock.now()
        if draft is None:
            return
        reply_id = draft.reply_id or self._desk.ids.new()
        changed = replace(draft, updated_at=now, reply_id=reply_id, **changes)  # type: ignore[arg-type]  # fields of Draft by name
        self._drafts[kind] = changed
        self._problems.pop(key_of(changed), None)
        self._book.put(changed, self)
        self.state_changed.emit()

    def _key(self, kind: DraftKind | None = None) -> DraftKey:
        return self._conversation_id or "", kind or self._kind

    def _follow(self, draft: Draft, source: object) -> None:
        if (
            source is not self
            and draft.conversation_id == self._conversation_id
            and draft.kind in self._drafts
        ):
            self._drafts[draft.kind] = draft
            self.replaced.emit(draft.kind)
            self.reach_changed.emit()
            self.files_changed.emit()
            self.state_changed.emit()

    def _on_state_of(self, key: DraftKey) -> None:
        if key[0] == self._conversation_id:
            self.state_changed.emit()

    # Files

    def attach(self, paths: Sequence[Path]) -> None:
        """Copy local files into the store at once and attach them; each that cannot be is named with the reason."""
        kind = self._limit_kind()
        for path in paths:
            self._attach(partial(attach_file, self._desk.composer, path, kind))

    def attach_content(self, name: str, content: Callable[[], bytes]) -> None:
        """Attach what was pasted; `content` is called on a background thread."""
        self._attach(partial(attach_pasted, self._desk.composer, name, content, self._limit_kind()))

    def remove_file(self, file_id: Id) -> None:
        """Take a file off again."""
        self._change(self._kind, files=tuple(file for file in self.draft().files if file.id != file_id))
        self.files_changed.emit()

    def _limit_kind(self) -> ChannelKind | None:
        """The kind of channel whose limits files must keep; None for a note."""
        choice = self.channel
        return None if self._kind is DraftKind.NOTE or choice is None else choice.channel.kind

    def _attach(self, work: Callable[[], AttachmentFile]) -> None:
        key = key_of(self.draft())

        def then(file: AttachmentFile) -> None:
            # The person may have gone on to another conversation meanwhile; then the file waits for no draft.
            kind = key[1]
            if key[0] == self._conversation_id and kind in self._drafts:
                self._change(kind, files=(*self.draft(kind).files, file))
                self.files_changed.emit()

        self._tasks.read(work, then, partial(self._say_problem, key))

    # Sending

    def send(self, then: Status | None = None, send_at: datetime | None = None) -> None:
        """Send the reply, or add the note if that is in front. Whatever prevents it is said in `problem`."""
        if self.is_busy() or not self.is_ready:
            return
        draft = self.draft()
        self._problems.pop(self._key(), None)
        if draft.kind is DraftKind.NOTE:
            self._sender.note(draft, self._say_noted, partial(self._say_problem, key_of(draft)))
            return
        standing = self._standing()
        outgoing = outgoing_of(draft, self.channel, self.people, standing, self.signature)
        outgoing = replace(outgoing, then=then, send_at=send_at)
        failed = partial(self._say_problem, key_of(draft))
        self._sender.reply(draft, outgoing, standing.status, self._say_sent, failed)

    def refuse(self, sentence: str) -> None:
        """Say why something was not sent."""
        self._problems[self._key()] = sentence
        self.state_changed.emit()

    def _say_sent(self, sent: SentReply) -> None:
        self.sent.emit(sent)
        self.refresh_reach()

    def _say_noted(self, applied: Applied) -> None:
        self.noted.emit(applied)

    def _say_problem(self, key: DraftKey, problem: Problem) -> None:
        """Beside the draft that it is about; who has gone on to another conversation is told as well."""
        self._problems[key] = sentence_of(problem)
        if key[0] == self._conversation_id:
            self.state_changed.emit()
        else:
            self._tasks.problem.emit(problem)

    # Afterwards

    def undo(self, sent: SentReply) -> None:
        """Call back a reply before it leaves: its text is the draft again, the status is what it was."""
        status = sent.status_before if sent.then is not None else None
        self._call_back(sent.conversation_id, sent.message_id, status)

    def edit_again(self, message_id: Id, *, addressing: bool = False) -> None:
        """Take back a reply that has not arrived, to write it anew, or to address it to others."""
        self._call_back(self._conversation_id or "", message_id, None, addressing=addressing)

    def _call_back(
        self, conversation_id: Id, message_id: Id, status: Status | None, *, addressing: bool = False
    ) -> None:
        failed = partial(self._say_problem, (conversation_id, DraftKind.REPLY))
        back = self._begin_again if addressing else self._take_back
        self._sender.call_back(conversation_id, message_id, status, back, failed)

    def _begin_again(self, draft: Draft | None) -> None:
        self._take_back(draft)
        if draft is not None:
            self.addressing.emit()

    def _take_back(self, draft: Draft | None) -> None:
        if draft is not None and draft.kind is DraftKind.NEW:
            self.withdrawn.emit(draft.conversation_id)
        elif draft is not None and draft.conversation_id == self._conversation_id:
            self._kind = draft.kind
            self._take_reloaded({draft.kind: draft})
            self.files_changed.emit()
            self.reach_changed.emit()
            self.state_changed.emit()

    def _reload(self, conversation_id: Id) -> None:
        if conversation_id == self._conversation_id and self.is_ready:
            self._book.fetch(conversation_id, self._take_reloaded, key=(id(self), "reload"))

    def _take_reloaded(self, drafts: dict[DraftKind, Draft]) -> None:
        for draft in drafts.values():
            shown = self._drafts.get(draft.kind)
            if shown is not None and draft.conversation_id == shown.conversation_id and differs(draft, shown):
                self._book.edited.emit(draft, None)
                self.state_changed.emit()
