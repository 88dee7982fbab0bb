"""Going from one place of the program to another, as a port that each window answers for its screens and panes."""

from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, TypeAlias

from agent_desktop.domain.ids import Id

if TYPE_CHECKING:
    from agent_desktop.domain.knowledge import Article, CannedResponse
    from agent_desktop.services.apply import Applied
    from agent_desktop.services.drafts import DraftKind

Insertable: TypeAlias = "str | Article | CannedResponse"
"""What can be put into the composer: plain text, a link to an article, or a canned response."""


class ScreenName(StrEnum):
    """The screens that a window can show."""

    INBOX = "inbox"
    SEARCH = "search"
    CUSTOMERS = "customers"
    KNOWLEDGE = "knowledge"
    OUTBOX = "outbox"
    ADMINISTRATION = "administration"


class Navigator(Protocol):
    """What a pane may ask of the window it stands in."""

    def open_conversation(self, conversation_id: Id, new_window: bool = False) -> None:
        """Show a conversation in the inbox of this window, or in a window of its own."""
        ...

    def open_customer(self, customer_id: Id) -> None:
        """Show a customer on the customers screen."""
        ...

    def open_article(self, article_id: Id) -> None:
        """Show an article on the knowledge screen."""
        ...

    def insert_in_composer(self, content: Insertable) -> None:
        """Put something at the caret of the composer that is shown; where none is, say so."""
        ...

    def write_in(self, conversation_id: Id, kind: "DraftKind") -> None:
        """Show a conversation, and go on there with the text of this kind."""
        ...

    def write_message(self, draft_id: Id) -> None:
        """Go on with a message that begins a conversation, in a window of its own."""
        ...

    def show_screen(self, name: ScreenName) -> None:
        """Go to a screen and give it the focus."""
        ...

    def search_for(self, query: str) -> None:
        """Go to the search screen with this query."""
        ...

    def notify(self, message: str, applied: "Applied | None" = None) -> None:
        """Say what happened for a few seconds; with `applied`, offer to undo it here and by Ctrl+Z."""
        ...
