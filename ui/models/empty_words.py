"""What an empty list says: why it is empty, and what to do. Free of Qt."""

from typing import NamedTuple

from agent_desktop.domain.view import NOBODY
from agent_desktop.services.views import ViewItem, ViewSource
from ui.icon_names import IconName


class EmptyWords(NamedTuple):
    """An icon, a title, one sentence, and perhaps what a button does about it."""

    icon: IconName
    title: str
    sentence: str
    action: str = ""


_BY_KEY = {
    "mine": EmptyWords(
        IconName.CHECK,
        "Nothing is waiting for you",
        "Take the next conversation from Unassigned: open it and press I.",
    ),
    "mentions": EmptyWords(
        IconName.AT,
        "Nobody asked for you",
        "When a colleague writes @ and your name in a note, the conversation appears here.",
    ),
    "breaching": EmptyWords(
        IconName.CLOCK,
        "Everything is in time",
        "Conversations appear here half an hour before an answer is due.",
    ),
    "snoozed": EmptyWords(
        IconName.BELL_SNOOZE,
        "Nothing is snoozed",
        "Press Z to hide a conversation until a time. It comes back earlier if the customer writes.",
    ),
    "all": EmptyWords(
        IconName.INBOX,
        "No conversations yet",
        "They appear here as soon as a customer writes, or when you import some.",
    ),
}


def empty_words(view: ViewItem) -> EmptyWords:
    """What to say in place of this view's list."""
    if view.key in _BY_KEY:
        return _BY_KEY[view.key]
    if view.source is ViewSource.DRAFTS:
        return EmptyWords(
            IconName.PENCIL, "No drafts", "What you begin to write is kept here until you send it."
        )
    if view.source is ViewSource.OUTBOX:
        return EmptyWords(
            IconName.OUTBOX, "Everything was sent", "Replies that wait for a connection appear here."
        )
    if view.filter.assignee == NOBODY:
        return EmptyWords(
            IconName.CHECK, "Nobody is waiting for somebody", "New conversations appear here first."
        )
    return EmptyWords(
        IconName.FILTER, "Nothing fits this view", "Conversations appear here as soon as they fit it."
    )


def mailbox_words(address: str) -> EmptyWords:
    """What to say where no mailbox is connected and nobody has written."""
    named = f"Connect {address}" if address else "Connect the mailbox that customers write to"
    return EmptyWords(
        IconName.MAIL,
        "No mailbox is connected yet",
        f"{named}, and what comes in appears here. It takes the address, the password and a minute.",
        "Connect this mailbox" if address else "Connect a mailbox",
    )
