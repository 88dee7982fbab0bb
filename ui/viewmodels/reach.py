"""Where and to whom something that is being written can go: channels, recipients, and their limits in words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from agent_desktop.domain.channels import recipient_problems, window_left
from agent_desktop.domain.workspace import ChannelKind
from agent_desktop.services.composer import ChannelChoice
from agent_desktop.services.drafts import Draft, DraftKind
from agent_desktop.services.recipients import Recipients
from ui.models.timeline_text import span_text

_NEAR_LIMIT = 0.9


@dataclass(frozen=True, slots=True)
class Reach:
    """What is known of a conversation: `customer` reach its customer in writing, `mail` carry mail to anybody, and
    `values` is what placeholders stand for.
    """

    customer: tuple[ChannelChoice, ...] = ()
    mail: tuple[ChannelChoice, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)

    def channels(self, kind: DraftKind) -> tuple[ChannelChoice, ...]:
        """What there is to choose from: what is forwarded goes by mail."""
        return self.mail if kind is DraftKind.FORWARD else self.customer

    def channel(self, draft: Draft) -> ChannelChoice | None:
        """The channel that it goes by: as chosen, else the conversation's own."""
        choices = self.channels(draft.kind)
        found = next((choice for choice in choices if choice.channel.id == draft.channel_id), None)
        return found or next(iter(choices), None)

    def people(self, draft: Draft) -> Recipients:
        """Everybody it goes to: as chosen, else as the conversation says."""
        choice = self.channel(draft)
        if choice is None:
            return Recipients()
        if not carries_mail(choice):
            known = draft.to and set(draft.to) <= set(choice.to)
            return Recipients(draft.to if known else choice.to[:1])
        here = draft.channel_id in (None, choice.channel.id)
        if draft.kind is DraftKind.FORWARD or (here and (draft.addressed or draft.to)):
            return Recipients(draft.to, draft.cc, draft.bcc)
        usual = choice.answer.usual
        return Recipients(usual.to, draft.cc, draft.bcc) if draft.cc or draft.bcc else usual


def carries_mail(choice: ChannelChoice | None) -> bool:
    """Whether a channel takes recipients that its author names."""
    return choice is not None and choice.channel.kind is ChannelKind.EMAIL


def people_problem(choice: ChannelChoice | None, people: Recipients) -> str:
    """What is wrong with the recipients as far as they are named; "" for nothing."""
    if choice is None or not people.count:
        return ""
    return " ".join(recipient_problems(choice.channel.kind, people.to, people.cc, people.bcc))


def room_left(choice: ChannelChoice | None, text: str) -> int:
    """How many more characters the channel takes; below zero for a text that is too long."""
    return 0 if choice is None else choice.limits.maximum_length - len(text)


def counter_words(choice: ChannelChoice | None, text: str) -> str:
    """How many characters are left, once that is worth saying."""
    room = room_left(choice, text)
    if choice is None:
        return ""
    if room < 0:
        return f"{-room:,} too long"
    return f"{room:,} left" if room < choice.limits.maximum_length * (1 - _NEAR_LIMIT) else ""


def window_words(choice: ChannelChoice | None, now: datetime) -> str:
    """How long the customer can still be answered on this channel, where that is limited."""
    left = None if choice is None else window_left(choice.channel.kind, choice.last_in_at, now)
    if left is None:
        return ""
    return f"Reply window closes in {span_text(left)}" if left else "Reply window is closed"
