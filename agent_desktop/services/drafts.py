"""Drafts as the composer uses them."""

from collections.abc import Callable

from agent_desktop.domain.ids import Id
from agent_desktop.store.drafts import Draft, DraftKind, Drafts

__all__ = ["Draft", "DraftKind", "DraftService"]


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

    def delete(self, conversation_id: Id, kind: DraftKind) -> None:
        """Remove the draft if there is one."""
        self._drafts.delete(conversation_id, kind)
        self.tell(conversation_id)

    def clear(self, conversation_id: Id, kind: DraftKind) -> None:
        """Remove the draft inside a transaction that is open; `tell` is called when it is done."""
        self._drafts.delete(conversation_id, kind)

    def conversation_ids(self) -> tuple[Id, ...]:
        """Conversations in which something is being written, the newest first."""
        return self._drafts.conversation_ids()

    def articles(self) -> tuple[Draft, ...]:
        """What is being written for the knowledge base, the newest first."""
        return self._drafts.of_kind(DraftKind.ARTICLE)

    def tell(self, conversation_id: Id) -> None:
        """Say that a draft came, changed or went."""
        for listener in self._listeners:
            listener(conversation_id)
