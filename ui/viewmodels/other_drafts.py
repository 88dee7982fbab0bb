"""What the user was writing elsewhere in the open conversation, and what stood here before it was taken."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QObject, Signal

from agent_desktop.domain.changes import ChangeSet
from agent_desktop.domain.draft import DraftCopy
from agent_desktop.domain.ids import Id
from agent_desktop.domain.message import preview_of
from agent_desktop.services.drafts import Draft, DraftKind
from ui.models.local_time import local_zone, time_words
from ui.viewmodels.draft_book import COMPOSED

if TYPE_CHECKING:
    from ui.context import UiContext

_QUOTED = 60


_WHAT = {DraftKind.NOTE: ", a note", DraftKind.FORWARD: ", to be forwarded"}
_WRITING = {DraftKind.NOTE: "a note ", DraftKind.FORWARD: "something to be forwarded "}


class _Taken(NamedTuple):
    """Whether what was offered is here now, and how many of its files are not."""

    is_here: bool
    files_left: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A text that may become the draft of this kind: from another device (`device`), or from before that was taken."""

    draft: Draft
    device: str = ""

    @property
    def kind(self) -> DraftKind:
        """Into which buffer it would go."""
        return self.draft.kind

    @property
    def accept(self) -> str:
        """What the button says that takes it."""
        return "Use it" if self.device else "Put it back"

    @property
    def refuse(self) -> str:
        """What the button says that does not."""
        return "Not now" if self.device else "Discard it"

    def words(self, now: datetime, zone: tzinfo) -> str:
        """What is offered, in a sentence."""
        subject = self.draft.subject
        begins = "" if self.kind is DraftKind.FORWARD and subject else preview_of(self.draft.text)
        begin = begins or subject
        quoted = f"“{begin[:_QUOTED]}{' …' if len(begin) > _QUOTED else ''}”"
        if not self.device:
            return f"Kept from before{_WHAT.get(self.kind, '')}: {quoted}"
        when = time_words(self.draft.updated_at, now, zone)
        return f"You were writing {_WRITING.get(self.kind, '')}on {self.device}, {when}: {quoted}"


def device_title(name: str) -> str:
    """A device as a person knows it: without the letters that tell two of the same name apart."""
    title, _, mark = name.rpartition(" ")
    return title if title and len(mark) == 4 else name


class OtherDraftsViewModel(QObject):
    """Offers one text at a time, where it belongs. Nothing becomes a draft unless somebody asks for it."""

    changed = Signal()
    """`offer` is another one, or none, or others wait elsewhere."""
    taken = Signal(object)
    """What was offered is in the buffer of this `DraftKind`."""

    def __init__(
        self,
        context: "UiContext",
        parent: QObject | None = None,
        kinds: Sequence[DraftKind] = COMPOSED,
    ) -> None:
        super().__init__(parent)
        self._context = context
        self._kinds = kinds
        self._front = kinds[0]
        self._reachable: Collection[DraftKind] = kinds
        self._conversation_id: Id | None = None
        self._offers: tuple[Offer, ...] = ()
        self._zone = local_zone()
        context.changes.received.connect(self._on_changes)
        context.draft_changes.received.connect(self._on_draft)

    @property
    def offer(self) -> Offer | None:
        """What may be taken where somebody writes; a text from another device before one that was here."""
        return next((offer for offer in self._offers if self._place(offer) is self._front), None)

    @property
    def waiting(self) -> frozenset[DraftKind]:
        """Where else something may be taken."""
        return frozenset(map(self._place, self._offers)) - {self._front}

    def show(self, front: DraftKind, reachable: Collection[DraftKind]) -> None:
        """Somebody writes in this buffer and can go to those. What belongs to none of them is offered here."""
        if (front, reachable) != (self._front, self._reachable):
            self._front, self._reachable = front, reachable
            if self._offers:
                self.changed.emit()

    def _place(self, offer: Offer) -> DraftKind:
        return offer.kind if offer.kind in self._reachable else self._front

    @property
    def words(self) -> str:
        """What is offered, in a sentence."""
        offer = self.offer
        return "" if offer is None else offer.words(self._context.desk.clock.now(), self._zone)

    def open(self, conversation_id: Id | None) -> None:
        """Look what there is for another conversation."""
        self._conversation_id = conversation_id
        self._take(())
        self.look()

    def look(self) -> None:
        """Look again what there is."""
        conversation_id, desk, kinds = self._conversation_id, self._context.desk, self._kinds
        if conversation_id is None:
            return

        def read() -> tuple[Offer, ...]:
            sharing, offers = desk.draft_sharing, []
            for kind in kinds:
                found = None if sharing is None else sharing.offered(conversation_id, kind)
                if found is not None:
                    offers.append(Offer(draft=found[0], device=device_title(found[1])))
            kept = (desk.drafts.before(conversation_id, kind) for kind in kinds)
            return (*offers, *(Offer(draft=draft) for draft in kept if draft is not None))

        self._context.tasks.read(read, self._take, key=(id(self), "offers"))

    def accept(self) -> None:
        """Let what is offered be the draft; what stands there is kept and can be put back."""
        offer = self.offer
        if offer is None:
            return
        desk, key = self._context.desk, (offer.draft.conversation_id, offer.kind)

        def work() -> _Taken:
            sharing = desk.draft_sharing
            if not offer.device:
                desk.drafts.exchange(*key, desk.clock.now())
                return _Taken(True)
            taken = sharing is not None and sharing.take(*key, desk.files.is_here)
            here = desk.drafts.get(*key)
            return _Taken(taken, len(offer.draft.files) - len(here.files if here is not None else ()))

        self._context.drafts.during([key], work, lambda taken: self._on_taken(offer, taken))

    def refuse(self) -> None:
        """Leave it where it is, until it is written on there; or throw away what was kept."""
        offer = self.offer
        if offer is None:
            return
        desk, draft = self._context.desk, offer.draft

        def work() -> None:
            if not offer.device:
                desk.drafts.drop_before(draft.conversation_id, draft.kind)
            elif desk.draft_sharing is not None:
                desk.draft_sharing.dismiss(draft)

        self._context.tasks.write(work, lambda _: self.look())

    def _on_taken(self, offer: Offer, taken: _Taken) -> None:
        files = taken.files_left
        if taken.is_here and files:
            words = "1 file is" if files == 1 else f"{files} files are"
            self._context.navigator.notify(f"Check the attachments: {words} on {offer.device} only.")
        if taken.is_here and offer.draft.conversation_id == self._conversation_id:
            self.taken.emit(offer.kind)
        self.look()

    def _take(self, offers: tuple[Offer, ...]) -> None:
        if offers != self._offers:
            self._offers = offers
            self.changed.emit()

    def _on_changes(self, changes: ChangeSet) -> None:
        here = self._conversation_id
        copies = (change.new or change.old for change in changes.of(DraftCopy))
        if changes.bulk or any(copy is not None and copy.conversation_id == here for copy in copies):
            self.look()

    def _on_draft(self, conversation_id: Id) -> None:
        # What is written here may be the same now as what is written there.
        if conversation_id == self._conversation_id and self._offers:
            self.look()
