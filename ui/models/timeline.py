"""The entries of a timeline: messages of a conversation as they are shown, with day heads between them. Free of Qt."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum

from agent_desktop.domain.ids import Id
from agent_desktop.domain.message import (
    PREVIEW_LENGTH,
    AttachmentFile,
    Delivery,
    Direction,
    Message,
    MessageKind,
    preview_of,
)
from agent_desktop.domain.standing import is_news_to
from agent_desktop.domain.workspace import ChannelKind
from agent_desktop.services.conversation import TimelineItem
from ui.models.mail_text import Notice, label_of, notices_of, people_words, unreached
from ui.models.timeline_text import (
    channel_title,
    day_text,
    delivery_words,
    sends_later,
    shortened,
    time_text,
)
from ui.tokens import ChipTone

_TOGETHER = timedelta(minutes=2)
"""Events of one person this close to each other share a line."""
_EVENTS_IN_LINE = 3
_CALL_LINE = 60
_NOT_SHOWN = frozenset({Delivery.CANCELLED})
NO_TEXT = "This message has no text."


class EntryKind(StrEnum):
    """How an entry looks and where it stands."""

    DAY = "day"
    THEIRS = "theirs"
    OURS = "ours"
    NOTE = "note"
    EVENT = "event"
    CALL = "call"


class DeliveryAction(StrEnum):
    """What its author can do about a reply that has not arrived. Each value is the label of its button."""

    SEND_AS_IS = "Send as is"
    RETRY = "Retry"
    CHECK = "Check"
    SEND_AGAIN = "Send again"
    EDIT = "Edit"
    DISCARD = "Discard"
    OTHER_ADDRESS = "Other address…"
    SEND_AGAIN_TO = "Send again to…"


_ACTIONS = {
    Delivery.HELD: (DeliveryAction.SEND_AS_IS, DeliveryAction.EDIT, DeliveryAction.DISCARD),
    Delivery.FAILED: (DeliveryAction.RETRY, DeliveryAction.EDIT, DeliveryAction.DISCARD),
    Delivery.UNKNOWN: (DeliveryAction.CHECK, DeliveryAction.SEND_AGAIN),
}
_WAITING = (DeliveryAction.EDIT, DeliveryAction.DISCARD)
_NOT_REACHED = {
    Delivery.FAILED: (
        DeliveryAction.RETRY,
        DeliveryAction.OTHER_ADDRESS,
        DeliveryAction.EDIT,
        DeliveryAction.DISCARD,
    ),
    Delivery.SENT: (DeliveryAction.SEND_AGAIN_TO,),
    Delivery.DELIVERED: (DeliveryAction.SEND_AGAIN_TO,),
    Delivery.READ: (DeliveryAction.SEND_AGAIN_TO,),
}
"""Some recipients were not reached: of a reply that has left, the others have got it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What a held reply's author had not seen: who wrote, when, and how it begins."""

    sentence: str
    preview: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEntry:
    """One entry as it is shown. Entries with equal `key` are the same thing before and after a change.

    `text` is cut to what can be laid out at once; `length` is the whole. `state` says what became of our reply;
    it `needs_decision` when its author has to act. `line` is the text of a day head, an event or a call.
    """

    key: str
    kind: EntryKind
    line: str = ""
    author: str = ""
    meta: str = ""
    hint: str = ""
    """What a word of `meta` means, for its tool tip."""
    text: str = ""
    length: int = 0
    quoted: str = ""
    mentions: tuple[str, ...] = ()
    html_blob: str | None = None
    raw_blob: str | None = None
    files: tuple[AttachmentFile, ...] = ()
    away: frozenset[str] = frozenset()
    """Of these, by SHA-256, the ones that are not on this computer."""
    state: str = ""
    tone: ChipTone = ChipTone.NEUTRAL
    needs_decision: bool = False
    actions: tuple[DeliveryAction, ...] = ()
    news: News | None = None
    people: str = ""
    """Where a mail came from, if that is worth saying, and whom it went to."""
    notices: tuple[Notice, ...] = ()
    spoken: str = ""

    @property
    def is_cut(self) -> bool:
        """Whether the message is longer than what is shown of it."""
        return self.length > len(self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineContext:
    """Under which circumstances messages are put into words: who looks, when and where, and what ids stand for."""

    me: Id
    now: datetime
    online: bool
    name_of: Callable[[Id], str]
    kind_of: Callable[[Id], ChannelKind | None]
    zone: tzinfo | None = None


def timeline_entries(items: Sequence[TimelineItem], context: TimelineContext) -> tuple[TimelineEntry, ...]:
    """Everything to show, oldest first. What was called back before it left is not shown."""
    shown = [item for item in items if item.message.delivery not in _NOT_SHOWN]
    entries: list[TimelineEntry] = []
    day: date | None = None
    for group in _grouped(shown):
        first = group[0].message
        its_day = first.created_at.astimezone(context.zone).date()
        if its_day != day:
            day = its_day
            title = day_text(first.created_at, context.now, context.zone)
            entries.append(TimelineEntry(key=f"day:{title}", kind=EntryKind.DAY, line=title, spoken=title))
        if first.kind is MessageKind.EVENT:
            entries.append(_event([item.message for item in group], context))
        elif first.kind is MessageKind.CALL:
            entries.append(_call(group[0], context))
        else:
            entries.append(_message(group[0], shown, context))
    return tuple(entries)


def _grouped(items: Sequence[TimelineItem]) -> Iterator[list[TimelineItem]]:
    """Each item alone, but events of one person in quick succession together."""
    group: list[TimelineItem] = []
    for item in items:
        if group and not (len(group) < _EVENTS_IN_LINE and _continues(group[-1].message, item.message)):
            yield group
            group = []
        group.append(item)
    if group:
        yield group


def _continues(before: Message, message: Message) -> bool:
    return (
        before.kind is message.kind is MessageKind.EVENT
        and before.author_id == message.author_id
        and message.created_at - before.created_at <= _TOGETHER
    )


def _event(messages: Sequence[Message], context: TimelineContext) -> TimelineEntry:
    first = messages[0]
    author = _author(first, context)
    words = " · ".join(message.text for message in messages)
    line = shortened(" ".join(words.split()), 400)
    if author:
        line = f"{line} by {'you' if first.author_id == context.me else author}"
    moment = time_text(first.created_at, context.zone)
    return TimelineEntry(
        key=first.id, kind=EntryKind.EVENT, line=line, meta=moment, spoken=f"{line}, {moment}"
    )


def _call(item: TimelineItem, context: TimelineContext) -> TimelineEntry:
    """A call on one line; a text that does not fit there opens in whole below it."""
    message = item.message
    text = message.text.strip()
    head, _, rest = text.partition("\n")
    short = len(head) <= _CALL_LINE
    details = rest.strip() if short else text
    author = _author(message, context)
    moment = time_text(message.created_at, context.zone)
    line = (
        " ".join(head.split())
        if short and head
        else f"Call{f' from {author}' if author else ''}: {preview_of(text)}"
    )
    return TimelineEntry(
        key=message.id,
        kind=EntryKind.CALL,
        line=line.rstrip(": "),
        author=author,
        meta=moment,
        text=shortened(details),
        length=len(details),
        files=_files(item),
        away=item.away,
        spoken=f"{line}, {moment}",
    )


def _message(item: TimelineItem, items: Sequence[TimelineItem], context: TimelineContext) -> TimelineEntry:
    message = item.message
    kind = _kind(message)
    ours = kind is EntryKind.OURS
    state, tone = ("", ChipTone.NEUTRAL)
    if ours:
        state, tone = delivery_words(
            message, pending=item.pending, online=context.online, now=context.now, zone=context.zone
        )
    actions = _ACTIONS.get(message.delivery, ()) if ours else ()
    if (
        ours
        and message.delivery is Delivery.QUEUED
        and (sends_later(message) or (item.pending and not context.online))
    ):
        actions = _WAITING
    if ours and unreached(message):
        actions = _NOT_REACHED.get(message.delivery, actions)
    needs_decision = message.delivery in _ACTIONS and ours
    place, label = _place(message, context), label_of(message)
    moment = time_text(message.created_at, context.zone)
    quiet_state = "" if needs_decision else state[:1].lower() + state[1:]
    author = (
        "You"
        if message.author_id == context.me and kind is not EntryKind.THEIRS
        else _author(message, context)
    )
    files = _files(item)
    people, notices = people_words(message, item.sender), notices_of(message, author)
    text = message.text.strip("\n")
    if not text.strip() and not files:
        text = NO_TEXT
    return TimelineEntry(
        key=message.id,
        kind=kind,
        author=author,
        meta=" · ".join(part for part in (place, moment, quiet_state) if part),
        hint=label.hint if label else "",
        text=shortened(text),
        length=len(text),
        quoted=shortened(message.quoted.strip("\n")),
        mentions=_mentions(message, context),
        html_blob=message.html_blob,
        raw_blob=message.raw_blob,
        files=files,
        away=item.away,
        state=state,
        tone=tone,
        needs_decision=needs_decision,
        actions=actions,
        news=_news(message, items, context) if ours and message.delivery is Delivery.HELD else None,
        people=people,
        notices=notices,
        spoken=", ".join(
            part
            for part in (
                author,
                place,
                people,
                moment,
                state,
                *(notice.words for notice in notices),
                preview_of(text),
            )
            if part
        ),
    )


def _kind(message: Message) -> EntryKind:
    if message.kind is MessageKind.NOTE:
        return EntryKind.NOTE
    return EntryKind.THEIRS if message.direction is Direction.IN else EntryKind.OURS


def _place(message: Message, context: TimelineContext) -> str:
    if message.kind is MessageKind.NOTE:
        return "Internal note"
    kind = context.kind_of(message.channel_id) if message.channel_id else None
    words = channel_title(kind) if kind else ""
    ours = message.direction is Direction.OUT
    label = label_of(message)
    said = label.words if label else ""
    if message.automatic and not said:
        said = "automatic reply" if ours else "automatic message"
    elif message.forwarded:
        said = "forwarded"
    return f"{words} · {said}" if words and said else words or said.capitalize()


def _author(message: Message, context: TimelineContext) -> str:
    return message.author_name or (context.name_of(message.author_id) if message.author_id else "")


def _mentions(message: Message, context: TimelineContext) -> tuple[str, ...]:
    """The ways in which the people that a note asks for may be written in it, the longest first."""
    names = [context.name_of(user_id) for user_id in message.mentioned_ids]
    forms = {form for name in names if name for form in (name, name.split(" ", 1)[0])}
    return tuple(sorted(forms, key=lambda form: (-len(form), form)))


def _files(item: TimelineItem) -> tuple[AttachmentFile, ...]:
    """The files to show as cards. Pictures that the formatted mail shows in its text are not among them."""
    in_text = item.message.html_blob is not None
    return tuple(
        AttachmentFile(
            id=attachment.id,
            name=attachment.name,
            media_type=attachment.media_type,
            size=attachment.size,
            sha256=attachment.sha256,
            content_id=attachment.content_id,
            inline=attachment.inline,
        )
        for attachment in item.attachments
        if not (in_text and attachment.inline and attachment.content_id)
    )


def _news(held: Message, items: Sequence[TimelineItem], context: TimelineContext) -> News:
    """The last thing that somebody other than its author said: without it the reply would not have been held."""
    others = [item.message for item in items if is_news_to(held.author_id, item.message)]
    author = "you" if held.author_id == context.me else _author(held, context) or "its author"
    so = f"after {author} last looked, so this was not sent."
    if not others:
        return News(sentence=f"Somebody wrote {so}", preview="")
    last = others[-1]
    name = "You" if last.author_id == context.me else _author(last, context) or "The customer"
    preview = preview_of(last.text)
    did = "wrote" if last.direction is Direction.IN else "answered"
    return News(
        sentence=f"{name} {did} {so}",
        preview=preview + " …" if len(preview) == PREVIEW_LENGTH else preview,
    )
