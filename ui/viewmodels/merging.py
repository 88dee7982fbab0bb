"""Making one conversation of several, taking it apart again, and deciding about a suggested match; each with undo."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from agent_desktop.domain.ids import Id
from agent_desktop.domain.operations.merging import (
    DismissSuggestion,
    MergeConversations,
    UnmergeConversation,
)
from agent_desktop.domain.operations.splitting import SplitConversation
from agent_desktop.services.apply import Applied
from agent_desktop.services.conversation import ConversationCard, Related
from ui.tasks import Tasks

if TYPE_CHECKING:
    from agent_desktop.context import Desk

FOUND = 12
"""So many conversations are offered at once."""


class Merging:
    """Runs these intents through the one write path. `open_conversation` shows what came of them."""

    def __init__(
        self,
        desk: "Desk",
        tasks: Tasks,
        notify: Callable[[str, Applied | None], None],
        open_conversation: Callable[[Id], None],
    ) -> None:
        self._desk = desk
        self._tasks = tasks
        self._notify = notify
        self._open = open_conversation

    def find(self, conversation_id: Id, typed: str, then: Callable[[tuple[Related, ...]], None]) -> None:
        """What a conversation may be merged with: the newest of its customer, or what fits what was typed."""
        desk, words = self._desk, typed.strip()

        def look() -> tuple[Related, ...]:
            number = words.removeprefix("#")
            if not words or number.isdecimal():
                wanted = int(number[:12]) if words else None
                return desk.conversations.candidates(conversation_id, wanted, FOUND)
            hits = desk.search.search(words, FOUND + 1).hits
            return desk.conversations.related(conversation_id, [hit.conversation_id for hit in hits])

        self._tasks.read(look, then, key=(id(self), "find"))

    def related(self, ids: Sequence[Id], then: Callable[[tuple[Related, ...]], None]) -> None:
        """These conversations, as one chooses among them which one goes on."""
        here, service = tuple(ids), self._desk.conversations
        self._tasks.read(lambda: service.related(here[0], here, itself=True), then, key=(id(self), "related"))

    def merge(self, sources: Sequence[Id], into_id: Id) -> None:
        """Make these part of another one, which is shown then."""
        payloads = [
            MergeConversations(conversation_id=row_id, into_id=into_id)
            for row_id in sources
            if row_id != into_id
        ]

        def done(applied: Applied) -> None:
            words = (
                "Conversations merged" if len(payloads) == 1 else f"{len(payloads) + 1} conversations merged"
            )
            self._notify(words, applied)
            self._open(into_id)

        if payloads:
            self._tasks.write(lambda: self._desk.apply(*payloads), done)

    def take_apart(self, merged: Related, card: ConversationCard) -> None:
        """Take a merged one out again. What was addressed to it goes with it."""
        payload = UnmergeConversation(conversation_id=merged.id, into_id=card.conversation.id)
        self._tasks.write(
            lambda: self._desk.apply(payload),
            lambda applied: self._notify(f"{merged.name} is on its own again", applied),
        )

    def join(self, card: ConversationCard) -> None:
        """Yes: it belongs to the suggested one."""
        if card.suggested is not None:
            self.merge((card.conversation.id,), card.suggested.id)

    def keep_apart(self, card: ConversationCard) -> None:
        """No: it is a matter of its own."""
        suggested = card.conversation.suggested_id
        if suggested is not None:
            payload = DismissSuggestion(conversation_id=card.conversation.id, suggested_id=suggested)
            self._tasks.write(
                lambda: self._desk.apply(payload), lambda applied: self._notify("Kept apart", applied)
            )

    def split(self, conversation_id: Id, message_id: Id, *, following: bool) -> None:
        """Take a message, and perhaps what followed it, out into a new conversation, which is shown then."""
        payload = SplitConversation(
            conversation_id=conversation_id,
            message_id=message_id,
            new_conversation_id=self._desk.ids.new(),
            following=following,
        )

        def done(applied: Applied) -> None:
            self._notify("Taken out into a new conversation", applied)
            self._open(payload.new_conversation_id)

        self._tasks.write(lambda: self._desk.apply(payload), done)
