"""What a row of the inbox says in words: its age, its chips, and one sentence for a screen reader. Free of Qt."""

from datetime import datetime, timedelta
from typing import NamedTuple

from agent_desktop.domain.conversation import Status
from agent_desktop.domain.workspace import ChannelKind
from agent_desktop.services.inbox_rows import InboxRow
from ui.tokens import ChipTone

URGENT = timedelta(minutes=10)
"""A due time this close is red."""
SOON = timedelta(hours=1)
"""A due time this close is yellow."""
TAGS_SHOWN = 2

_MINUTE = 60
_HOUR = 60 * _MINUTE
_DAY = 24 * _HOUR
_UNITS = (
    (365 * _DAY, "y", "year"),
    (30 * _DAY, "mo", "month"),
    (_DAY, "d", "day"),
    (_HOUR, "h", "hour"),
    (_MINUTE, "m", "minute"),
)

_CHANNEL_WORDS = {
    ChannelKind.EMAIL: "email",
    ChannelKind.CHAT: "live chat",
    ChannelKind.PHONE: "phone",
    ChannelKind.SMS: "SMS",
    ChannelKind.WHATSAPP: "WhatsApp",
    ChannelKind.SOCIAL: "social",
    ChannelKind.PORTAL: "portal",
}
_STATUS_CHIPS = {
    Status.PENDING: ("Waiting on customer", ChipTone.OK),
    Status.ON_HOLD: ("On hold", ChipTone.NEUTRAL),
    Status.SOLVED: ("Solved", ChipTone.OK),
    Status.CLOSED: ("Closed", ChipTone.NEUTRAL),
}


class ChipText(NamedTuple):
    """One chip. A chip that `yields` is left out first when the row is too narrow for all."""

    text: str
    tone: ChipTone
    yields: bool = False


def age_text(then: datetime, now: datetime) -> str:
    """How long ago, in one short unit: "now", "2 min", "1 h", "3 d". The future (another clock) is "now"."""
    short = _short(now - then)
    if not short:
        return "now"
    return f"{short}in" if short.endswith(" m") else short


def chips(row: InboxRow, now: datetime) -> tuple[ChipText, ...]:
    """The chips of a row in order: what is due, what is kept back, up to two tags, draft, waiting to send."""
    shown = [_state_chip(row, now)]
    if row.held:
        shown.append(ChipText("Reply held", ChipTone.DANGER))
    shown += [ChipText(tag, ChipTone.NEUTRAL, yields=True) for tag in row.tags[:TAGS_SHOWN]]
    if row.has_draft:
        shown.append(ChipText("Draft", ChipTone.ACCENT))
    if row.waiting_to_send:
        count = "" if row.waiting_to_send == 1 else f"{row.waiting_to_send} "
        shown.append(ChipText(f"{count}waiting to send".capitalize(), ChipTone.WARN))
    return tuple(chip for chip in shown if chip is not None)


def accessible_sentence(row: InboxRow, now: datetime) -> str:
    """The row as a screen reader says it: state, who, where, what, and what it waits for."""
    parts = ["Unread"] if row.unread else []
    parts += [row.customer_name, channel_words(row.channel_kind), row.subject]
    if row.priority in {"high", "urgent"}:
        parts.append(f"{row.priority} priority")
    parts.append(_spoken_state(row, now))
    if row.held:
        parts.append("a reply was held back and needs your decision")
    parts += [f"tag {tag}" for tag in row.tags[:TAGS_SHOWN]]
    if row.has_draft:
        parts.append("has a draft")
    if row.waiting_to_send:
        noun = "message" if row.waiting_to_send == 1 else "messages"
        parts.append(f"{row.waiting_to_send} {noun} waiting to send")
    return ", ".join(part for part in parts if part)


def channel_words(kind: str) -> str:
    """A kind of channel in words that people use; an unknown kind stays as it is."""
    try:
        return _CHANNEL_WORDS[ChannelKind(kind)]
    except ValueError:
        return kind


def _state_chip(row: InboxRow, now: datetime) -> ChipText | None:
    """The first chip: snoozed, due, or the status if it says more than "open"."""
    if row.snoozed_until is not None and row.snoozed_until > now:
        return ChipText(f"Snoozed {_short(row.snoozed_until - now) or '1 m'}", ChipTone.NEUTRAL)
    if row.due_at is not None:
        remaining = row.due_at - now
        if remaining <= timedelta():
            return ChipText(f"Overdue {_short(-remaining)}".strip(), ChipTone.DANGER)
        tone = (
            ChipTone.DANGER
            if remaining <= URGENT
            else ChipTone.WARN
            if remaining <= SOON
            else ChipTone.NEUTRAL
        )
        return ChipText(f"{_reply(row)} {_short(remaining) or '1 m'}", tone)
    for status, (text, tone) in _STATUS_CHIPS.items():
        if row.status == status:
            return ChipText(text, tone)
    return None


def _spoken_state(row: InboxRow, now: datetime) -> str:
    if row.snoozed_until is not None and row.snoozed_until > now:
        return f"snoozed for {_long(row.snoozed_until - now)}"
    if row.due_at is not None:
        return due_words(row, now)
    chip = _state_chip(row, now)
    return chip.text.lower() if chip is not None else ""


def due_words(row: InboxRow, now: datetime) -> str:
    """Which answer is due, and when or since when: "next reply due in 8 minutes". Empty where none is."""
    if row.due_at is None:
        return ""
    if row.due_at <= now:
        return f"{_reply(row).lower()} overdue by {_long(now - row.due_at)}"
    return f"{_reply(row).lower()} due in {_long(row.due_at - now)}"


def _reply(row: InboxRow) -> str:
    return "First reply" if row.first_reply else "Next reply"


def _short(span: timedelta) -> str:
    """A span as its largest whole unit ("8 m"), or nothing below a minute."""
    seconds = int(span.total_seconds())
    for length, short, _ in _UNITS:
        if seconds >= length:
            return f"{seconds // length} {short}"
    return ""


def _long(span: timedelta) -> str:
    """A span in words ("8 minutes")."""
    seconds = int(span.total_seconds())
    for length, _, word in _UNITS:
        if seconds >= length:
            count = seconds // length
            return f"{count} {word}" if count == 1 else f"{count} {word}s"
    return "less than a minute"
