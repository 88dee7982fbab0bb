"""What the head of a conversation says."""

from typing import NamedTuple

from agent_desktop.domain.conversation import Priority
from agent_desktop.services.conversation import ConversationCard
from ui.models.inbox_row_text import ChipText
from ui.models.timeline_text import STATUS_WORDS
from ui.tokens import ChipTone

PRIORITY_TITLES = {
    Priority.URGENT: "Urgent",
    Priority.HIGH: "High",
    Priority.NORMAL: "Normal",
    Priority.LOW: "Low",
}
"""Priorities as people call them, the most urgent first."""
_PRIORITY_TONES = {
    Priority.URGENT: ChipTone.DANGER,
    Priority.HIGH: ChipTone.WARN,
    Priority.LOW: ChipTone.NEUTRAL,
}


class HeadText(NamedTuple):
    """The words of a head. What is None or empty has no place there."""

    subject: str
    status: ChipText
    number: str
    assignee: str
    team: str
    due: ChipText | None
    priority: ChipText | None
    tags: str


def head_text(card: ConversationCard, due: ChipText | None) -> HeadText:
    """What is said of a conversation for which an answer is `due`."""
    conversation, priority = card.conversation, card.conversation.priority
    tone = _PRIORITY_TONES.get(priority)
    return HeadText(
        subject=conversation.subject or "(no subject)",
        status=STATUS_WORDS[conversation.status],
        number=f"#{conversation.number}" if conversation.number else "not yet numbered",
        assignee=card.assignee.name if card.assignee is not None else "Unassigned",
        team=card.team.name if card.team is not None else "",
        due=due,
        priority=ChipText(f"{PRIORITY_TITLES[priority]} priority", tone) if tone is not None else None,
        tags=", ".join(conversation.tags),
    )
