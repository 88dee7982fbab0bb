"""What a timeline says in words: days, times, sizes, what became of a reply, and when an answer is due."""

from datetime import datetime, timedelta, tzinfo

from agent_desktop.domain.conversation import Conversation, Status
from agent_desktop.domain.message import Delivery, Message
from agent_desktop.domain.operations.message import ASKING
from agent_desktop.domain.workspace import ChannelKind
from ui.models.inbox_row_text import SOON, URGENT, ChipText, channel_words
from ui.models.local_time import local_zone, time_words
from ui.models.mail_text import recipient_reports
from ui.tokens import ChipTone

SHOWN_CHARACTERS = 8_000
"""How much of one text a bubble lays out (10 ms for a single word of this length); the rest has a viewer."""
LONGEST_LINE = 2_000
"""How long a line of that viewer may be: an unbroken paragraph takes time by the square of its length."""

STATUS_WORDS = {
    Status.OPEN: ChipText("Open", ChipTone.ACCENT),
    Status.PENDING: ChipText("Waiting on customer", ChipTone.OK),
    Status.ON_HOLD: ChipText("On hold", ChipTone.NEUTRAL),
    Status.SOLVED: ChipText("Solved", ChipTone.OK),
    Status.CLOSED: ChipText("Closed", ChipTone.NEUTRAL),
}

_SENDS_LATER = timedelta(seconds=150)
"""A reply that leaves this much later was meant to: it does not only wait to be called back."""
_STEP = 1_000


def day_text(moment: datetime, now: datetime, zone: tzinfo | None = None) -> str:
    """The head of a day: "Today", "Yesterday", "Tuesday, 3 March", with the year if it is another one."""
    day, today = moment.astimezone(zone).date(), now.astimezone(zone).date()
    if day == today:
        return "Today"
    if day == today - timedelta(days=1):
        return "Yesterday"
    words = f"{moment.astimezone(zone):%A}, {day.day} {moment.astimezone(zone):%B}"
    return words if day.year == today.year else f"{words} {day.year}"


def time_text(moment: datetime, zone: tzinfo | None = None) -> str:
    """The time of day: "09:41"."""
    return f"{moment.astimezone(zone):%H:%M}"


def span_text(span: timedelta) -> str:
    """A span in its two largest units: "3 d 4 h", "2 h 5 min", "8 min", "under a minute"."""
    minutes = max(0, int(span.total_seconds())) // 60
    days, hours, rest = minutes // 1_440, minutes % 1_440 // 60, minutes % 60
    units = [f"{count} {unit}" for count, unit in ((days, "d"), (hours, "h"), (rest, "min")) if count]
    return " ".join(units[:2]) or "under a minute"


def size_text(size: int) -> str:
    """A size in bytes as people write it: "812 bytes", "184 KB", "2.4 MB"."""
    if size < _STEP:
        return "1 byte" if size == 1 else f"{size} bytes"
    if size < _STEP**2:
        return f"{round(size / _STEP)} KB"
    unit, name = (_STEP**2, "MB") if size < _STEP**3 else (_STEP**3, "GB")
    return f"{size / unit:.1f}".removesuffix(".0") + f" {name}"


def channel_title(kind: ChannelKind) -> str:
    """A kind of channel at the beginning of a line: "Email", "Live chat"."""
    words = channel_words(kind)
    return words[:1].upper() + words[1:]


def delivery_words(
    message: Message, *, pending: bool, online: bool, now: datetime, zone: tzinfo | None = None
) -> tuple[str, ChipTone]:
    """What became of one of our replies, and how urgent that is. `pending`: the server has not confirmed it yet."""
    reason = f": {message.delivery_detail}" if message.delivery_detail else ""
    match message.delivery:
        case Delivery.QUEUED:
            return _queued_words(message, pending=pending, online=online, now=now, zone=zone)
        case Delivery.SENDING:
            asked = message.delivery_detail == ASKING
            return "Asking whether it was sent" if asked else "Sending", ChipTone.NEUTRAL
        case Delivery.SENT:
            return "Sent", ChipTone.NEUTRAL
        case Delivery.DELIVERED:
            return "Delivered", ChipTone.NEUTRAL
        case Delivery.READ:
            return "Read", ChipTone.OK
        case Delivery.FAILED:
            reports = recipient_reports(message.delivery_detail)
            if any(report.lost for report in reports):
                said = "\n".join(report.sentence for report in reports if report.sentence)
                return said, ChipTone.DANGER
            return f"Failed{reason}", ChipTone.DANGER
        case Delivery.HELD:
            return "Held, not sent", ChipTone.WARN
        case Delivery.UNKNOWN:
            return f"It is not known whether this was sent{reason}", ChipTone.WARN
        case _:
            return "", ChipTone.NEUTRAL


def _queued_words(
    message: Message, *, pending: bool, online: bool, now: datetime, zone: tzinfo | None
) -> tuple[str, ChipTone]:
    later = sends_later(message)
    moment = f"Will be sent {time_words(later, now, zone or local_zone())}" if later and later > now else ""
    if pending and not online:
        waiting = "waiting for connection"
        return f"{moment} · {waiting}" if moment else waiting.capitalize(), ChipTone.WARN
    return moment or "Sending", ChipTone.NEUTRAL


def sends_later(message: Message) -> datetime | None:
    """When a reply leaves that its author scheduled; None for one that leaves as soon as it can."""
    moment = message.not_before
    return moment if moment is not None and moment - message.created_at > _SENDS_LATER else None


def due_chip(conversation: Conversation, now: datetime) -> ChipText | None:
    """The next deadline counting down, or for how long the conversation sleeps; None when nothing is due."""
    if conversation.snoozed_until is not None and conversation.snoozed_until > now:
        return ChipText(f"Snoozed for {span_text(conversation.snoozed_until - now)}", ChipTone.NEUTRAL)
    if conversation.due_at is None:
        return None
    reply = "First reply" if conversation.last_out_at is None else "Next reply"
    remaining = conversation.due_at - now
    if remaining <= timedelta():
        return ChipText(f"{reply} overdue {span_text(-remaining)}", ChipTone.DANGER)
    tone = (
        ChipTone.DANGER if remaining <= URGENT else ChipTone.WARN if remaining <= SOON else ChipTone.NEUTRAL
    )
    return ChipText(f"{reply} due in {span_text(remaining)}", tone)


def shortened(text: str, limit: int = SHOWN_CHARACTERS) -> str:
    """The first `limit` characters at most, never half of a character that takes two code points to write."""
    if len(text) <= limit:
        return text
    end = limit
    while end > limit - 8 and _joins(text[end]):
        end -= 1
    return text[:end]


def _joins(character: str) -> bool:
    """Whether a character belongs to the one before it: combining marks, joiners, variation selectors."""
    code = ord(character)
    return (
        code == 0x200D or 0x0300 <= code <= 0x036F or 0xFE00 <= code <= 0xFE0F or 0x1F3FB <= code <= 0x1F3FF
    )


def viewer_text(text: str) -> str:
    """A text whose longest lines are broken, so that it can be shown at once whatever its length."""
    lines = []
    for line in text.splitlines():
        if len(line) <= LONGEST_LINE:
            lines.append(line)
        else:
            lines += [line[start : start + LONGEST_LINE] for start in range(0, len(line), LONGEST_LINE)]
    return "\n".join(lines)
