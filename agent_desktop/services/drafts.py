"""Drafts as the composer uses them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from agent_desktop.domain.ids import Id
from agent_desktop.store.drafts import Draft, DraftKind, Drafts

__all__ = ["Draft", "DraftKind", "DraftService", "PutIn"]


_BEFORE = {
    DraftKind.REPLY: DraftKind.REPLY_BEFORE,
    DraftKind.NOTE: DraftKind.NOTE_BEFORE,
    DraftKind.FORWARD: DraftKind.FORWARD_BEFORE,
    DraftKind.NEW: DraftKind.NEW_BEFORE,
}


@dataclass(frozen=True, slots=True)
class PutIn:
    """A text that was put into a draft by itself: what the draft says `now`, and what it said `before`."""

    conversation_id: Id
    kind: DraftKind
    before: str
    now: str


class DraftService:
    """Saves what is being written, and tells the lists about it."""

    def __init__(self, drafts: Drafts) -> None:
        self._drafts = drafts
        self._listeners: list[Callable[[Id], None]] = []

    def subscribe(self, listener: Callable[[Id], None]) -> None:
        """Call `listener` with the conversation when a draft came, changed or went, on the writing thread."""
        self._listeners.append(listener)

    def get(self, conversation_id: Id, kind: DraftKind) -> Draft | None:
        """The draft, or None."""
        return self._drafts.get(conversation_id, kind)

    def save(self, draft: Draft) -> None:
        """Store the draft durably, over the one before."""
        self._drafts.save(draft)
        self.tell(draft.conversation_id)

    def keep(self, draft: Draft) -> None:
        """Store the draft inside a transaction that is open; `tell` is called when it is done."""
        self._drafts.save(draft)

    def delete(self, conversation_id: Id, kind: DraftKind) -> None:
        """Remove the draft if there is one."""
        self._drafts.delete(conversation_id, kind)
        self.tell(conversation_id)

    def clear(self, conversation_id: Id, kind: DraftKind, *, beside: bool = False) -> None:
        """Remove the draft inside a transaction that is open, with what is kept `beside` it if that is over, too;
        `tell` is called when it is done.
        """
        self._drafts.delete(conversation_id, kind)
        if beside:
            self._drafts.delete(conversation_id, _BEFORE[kind])

    def put_in_place(self, draft: Draft) -> None:
        """Store a reply or note; what was written there before is kept beside it for `exchange` and `drop_before`,
        below what is kept there already.
        """
        before = self._drafts.get(draft.conversation_id, draft.kind)
        kept = self.before(draft.conversation_id, draft.kind)
        with self._drafts.together():
            if before is not None and before.text.strip():
                text = before.text if kept is None else f"{kept.text}\n\n{before.text}"
                self._drafts.save(replace(before, kind=_BEFORE[draft.kind], text=text))
            self._drafts.save(draft)
        self.tell(draft.conversation_id)

    def take_out(self, put: PutIn, now: datetime) -> None:
        """Let a draft say what it said before a text was put in, unless somebody has written on since."""
        present = self._drafts.get(put.conversation_id, put.kind)
        if present is None or present.text != put.now:
            return
        draft = replace(present, text=put.before, caret=len(put.before), updated_at=now)
        if draft.is_empty:
            self.delete(put.conversation_id, put.kind)
        else:
            self.save(draft)

    def take_along(self, merged_ids: Sequence[Id], conversation_id: Id) -> None:
        """Let what is written in merged conversations go on in the one they are part of.

        Where something is written there already, it is kept beside that.
        """
        written = [row_id for row_id in merged_ids if row_id in self._drafts.conversation_ids()]
        if not written:
            return
        with self._drafts.together():
            for merged_id in written:
                for kind, before in _BEFORE.items():
                    draft = self._drafts.get(merged_id, kind)
                    if draft is None:
                        continue
                    draft = replace(draft, conversation_id=conversation_id)
                    if self._drafts.get(conversation_id, kind) is None:
                        self._drafts.save(draft)
                    else:
                        kept = self._drafts.get(conversation_id, before)
                        text = draft.text if kept is None else f"{kept.text}\n\n{draft.text}"
                        self._drafts.save(replace(draft, kind=before, text=text))
                    self._drafts.delete(merged_id, kind)
        self.tell(conversation_id)

    def before(self, conversation_id: Id, kind: DraftKind) -> Draft | None:
        """What is kept beside a reply or note."""
        kept = self._drafts.get(conversation_id, _BEFORE[kind])
        return None if kept is None else replace(kept, kind=kind)

    def exchange(self, conversation_id: Id, kind: DraftKind, now: datetime) -> None:
        """Let what is kept and what is written change places."""
        kept = self.before(conversation_id, kind)
        if kept is None:
            return
        present = self._drafts.get(conversation_id, kind)
        with self._drafts.together():
            self._drafts.delete(conversation_id, _BEFORE[kind])
            if present is not None and present.text.strip():
                self._drafts.save(replace(present, kind=_BEFORE[kind]))
            self._drafts.save(replace(kept, updated_at=now))
        self.tell(conversation_id)

    def drop_before(self, conversation_id: Id, kind: DraftKind) -> None:
        """Give up what is kept beside a reply or note."""
        self.delete(conversation_id, _BEFORE[kind])

    def conversation_ids(self) -> tuple[Id, ...]:
        """Conversations in which something is being written, the newest first."""
        return self._drafts.conversation_ids()

    def articles(self) -> tuple[Draft, ...]:
        """What is being written for the knowledge base, the newest first."""
        return self._drafts.of_kind(DraftKind.ARTICLE)

    def new_messages(self) -> tuple[Draft, ...]:
        """What is being written to begin conversations, the newest first."""
        return self._drafts.of_kind(DraftKind.NEW)

    def tell(self, conversation_id: Id) -> None:
        """Say that a draft came, changed or went."""
        for listener in self._listeners:
            listener(conversation_id)
