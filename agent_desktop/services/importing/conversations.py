"""Turns JSON records of conversations into operations, whoever wrote them and however complete they are."""

import base64
import binascii
import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from agent_desktop.domain.clock import EPOCH
from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.errors import InputError
from agent_desktop.domain.ids import Id, derived_id
from agent_desktop.domain.mail_address import address_in
from agent_desktop.domain.mail_kind import MailKind
from agent_desktop.domain.message import AttachmentFile, Delivery, Direction, Message, MessageKind
from agent_desktop.domain.operations.importing import ImportConversation, ImportedMessage
from agent_desktop.domain.operations.merging import MergeConversations
from agent_desktop.domain.records import Record
from agent_desktop.domain.workspace import ChannelKind
from agent_desktop.services.html.keeping import HtmlKeeper
from agent_desktop.services.importing.customers import Contact, contact_of_record, is_our_id, resolve
from agent_desktop.services.importing.item import Item, PutBlob
from agent_desktop.services.importing.known import Known
from agent_desktop.services.importing.places import Places, kind_of, priority_of, status_by_age, status_of
from agent_desktop.services.importing.records import (
    LISTS_OF_EVENTS,
    Json,
    as_json,
    flat,
    text_of,
    texts_of,
    time_of,
)
from agent_desktop.services.importing.report import ItemKind
from agent_desktop.services.mail.keeping import attachment_ids
from agent_desktop.services.outside_text import clean, one_line

MOST_EVENTS = 5_000
MOST_FILES = 50
LARGEST_FILE = 40 * 1024 * 1024
LONGEST_SUBJECT = 200
LONGEST_SENDER = 600
_STEP = timedelta(minutes=1)
_MOMENT = timedelta(milliseconds=1)
_TIMES = ("at", "time", "timestamp", "created_at", "date", "sent_at", "ts")
_TEXTS = ("text", "body", "message", "content", "utterance")
_FROM = ("from", "role", "sender", "author_type", "speaker", "direction", "side")
_ROLES = {
    "c": "customer user client caller visitor contact requester buyer in incoming end_user end-user human",
    "a": "agent operator assistant staff support advisor representative out outgoing employee clerk bot",
    "n": "note internal private_note comment",
    "e": "system event action activity automation log tool",
}
_ROLE_OF = {word: letter for letter, words in _ROLES.items() for word in words.split()}
_DELIVERIES = frozenset(delivery.value for delivery in Delivery)
_MAIL_KINDS = frozenset(kind.value for kind in MailKind)
_NOT_TEXT = frozenset({*_TIMES, *_TEXTS, *_FROM, "id", "kind", "attachments", "html", "raw", "canned"})


@dataclass(slots=True)
class _Parts:
    """What a conversation is made of while its events are read."""

    messages: list[ImportedMessage] = field(default_factory=list)
    channels: list[Record] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    size: int = 0


class ConversationReader:
    """Reads records of conversations for one workspace."""

    def __init__(
        self, known: Known, places: Places, html: HtmlKeeper, put_blob: PutBlob, now: datetime
    ) -> None:
        self._known = known
        self._places = places
        self._html = html
        self._put_blob = put_blob
        self._now = now

    def item(self, record: Json, position: str, file_time: datetime) -> Item:
        """The conversation of a record. Times that are missing follow from the others, or from that of the file.

        Raises InputError when there is nothing to import in it.
        """
        events = _events(record)
        if not events:
            raise InputError("The conversation has no messages.")
        if len(events) > MOST_EVENTS:
            raise InputError(f"The conversation has more than {MOST_EVENTS:,} messages and was left out.")
        key = _key(record, events)
        own_id = text_of(record, "id")
        conversation_id = own_id if is_our_id(own_id) else derived_id(EPOCH, "import", "conversation", key)
        kind, channel_name, channel_address = _channel_of(record)
        parts = _Parts()
        self._read_events(record, events, key, file_time, parts)
        if not parts.messages:
            raise InputError("The conversation has no messages.")
        new = {item.id for item in parts.messages} - self._known.those_of(
            Message, [item.id for item in parts.messages]
        )
        is_new = not self._known.has(Conversation, conversation_id)
        if not new:
            there = Counter({ItemKind.CONVERSATION: 1, ItemKind.MESSAGE: len(parts.messages)})
            return Item(position, already_there=there, problems=tuple(parts.problems))
        channel_id, made_channel = self._places.channel(kind, channel_name, channel_address)
        who = resolve(self._contact(record, key), self._known)
        last = max(item.created_at for item in parts.messages)
        has_times = any(_time(event) for event in events)
        status = status_of(text_of(record, "status", "state")) or status_by_age(
            last if has_times else EPOCH, self._now
        )
        assignee = record.get("assignee")
        assigned: Json = assignee if isinstance(assignee, dict) else {"name": assignee}
        payload = ImportConversation(
            conversation_id=conversation_id,
            customer_id=who.customer_id,
            channel_id=channel_id,
            subject=_subject(record, parts.messages),
            messages=tuple(parts.messages),
            status=status,
            priority=priority_of(text_of(record, "priority")),
            assignee_id=self._places.user(text_of(assigned, "email"), text_of(assigned, "name")),
            team_id=self._places.team(text_of(record, "team", "group")),
            tags=texts_of(record, "tags", "labels")[:50],
            external_id=None if is_our_id(own_id) else own_id[:200] or None,
            snoozed_until=time_of(record.get("snoozed_until")),
        )
        self._known.expect(conversation_id)
        for message_id in new:
            self._known.expect(message_id)
        return Item(
            position,
            payloads=(*made_channel, *parts.channels, *who.payloads, payload),
            added=Counter(
                {
                    ItemKind.CONVERSATION: int(is_new),
                    ItemKind.MESSAGE: len(new),
                    ItemKind.CUSTOMER: int(who.is_new),
                }
            ),
            already_there=Counter({ItemKind.MESSAGE: len(parts.messages) - len(new)}),
            problems=tuple(parts.problems),
            size=parts.size,
            merge=self._merge_of(record, conversation_id) if is_new else None,
        )

    def _merge_of(self, record: Json, conversation_id: Id) -> MergeConversations | None:
        """What makes it part of the conversation that it was part of where it was exported."""
        into_id = text_of(record, "merged_into")
        if not is_our_id(into_id):
            return None
        at = time_of(record.get("merged_at")) or self._now
        return MergeConversations(
            conversation_id=conversation_id, into_id=into_id, merged_at=min(at, self._now)
        )

    def _contact(self, record: Json, key: str) -> Contact:
        """Who the conversation is with. Without any name they are somebody of their own."""
        value = record.get("customer", record.get("contact", record.get("requester")))
        if isinstance(value, dict):
            return contact_of_record(value, key) or Contact(key=key)
        name = one_line(clean(str(value)), 200) if isinstance(value, (str, int)) else ""
        if "@" in name and " " not in name:
            return contact_of_record({"email": name}, key) or Contact(key=key)
        return Contact(key=f"name {name}", name=name) if name else Contact(key=key)

    def _read_events(
        self, record: Json, events: list[Json], key: str, file_time: datetime, parts: _Parts
    ) -> None:
        times = _times(record, events, file_time, self._now)
        only_customer = isinstance(record.get("customer_turns"), list)
        for place, (event, moment) in enumerate(zip(events, times, strict=True)):
            self._read_event(event, "c" if only_customer else "", moment, f"{key}\x1f{place}", parts)

    def _read_event(self, event: Json, role: str, moment: datetime, key: str, parts: _Parts) -> None:
        role = role or _role(event)
        text = text_of(event, *_TEXTS)
        if not text:
            rest = {name: value for name, value in event.items() if name not in _NOT_TEXT}
            text, role = flat(rest), role if event.get("attachments") else "e"
        own_id = text_of(event, "id")
        message_id = own_id if is_our_id(own_id) else derived_id(EPOCH, "import", "message", key, own_id)
        files = self._files(event, message_id, parts)
        html, raw = event.get("html"), event.get("raw")
        if not text and not files and not html:
            return
        parts.size += len(text) + sum(file.size for file in files)
        email, name = (
            text_of(event, "author_email"),
            one_line(text_of(event, "author", "author_name", "name"), 200),
        )
        parts.messages.append(
            ImportedMessage(
                id=message_id,
                direction=Direction.IN if role == "c" else Direction.OUT,
                kind=_kind(event, role),
                created_at=moment,
                text=text,
                author_name=name,
                author_id=None if role == "c" else self._places.user(email, name),
                subject=one_line(text_of(event, "subject"), LONGEST_SUBJECT),
                quoted=text_of(event, "quoted"),
                to=texts_of(event, "to"),
                cc=texts_of(event, "cc"),
                bcc=texts_of(event, "bcc"),
                channel_id=self._channel_id(event, parts),
                delivery=_delivery_of(event),
                delivery_detail=one_line(text_of(event, "delivery_detail"), 500),
                automatic=event.get("automatic") is True,
                mail_kind=_mail_kind_of(event),
                sender=_sender_of(event) if role == "c" else "",
                files=files,
                html_blob=self._html.keep(html if isinstance(html, str) else None),
                raw_blob=self._raw(raw),
                external_id=text_of(event, "external_id")[:998] or None,
            )
        )

    def _channel_id(self, event: Json, parts: _Parts) -> Id | None:
        """Where one message came or went, if that is not where its conversation did."""
        if not isinstance(event.get("channel"), dict):
            return None
        channel_id, made = self._places.channel(*_channel_of(event))
        parts.channels += made
        return channel_id

    def _raw(self, raw: Any) -> str | None:
        content = _from_base64(raw) if isinstance(raw, str) and raw else None
        return self._put_blob(content) if content else None

    def _files(self, event: Json, message_id: Id, parts: _Parts) -> tuple[AttachmentFile, ...]:
        files, listed = [], event.get("attachments")
        items = listed[:MOST_FILES] if isinstance(listed, list) else []
        ids = attachment_ids(message_id, len(items))
        for place, item in enumerate(items):
            if not isinstance(item, dict):
                continue
            name = one_line(text_of(item, "name", "filename", "file_name"), 200) or f"attachment {place + 1}"
            coded = item.get("content", item.get("data"))
            content = _from_base64(coded) if isinstance(coded, str) else None
            if content is None:
                parts.problems.append(
                    f"The content of {name} is not in the file; the message came in without it."
                )
                continue
            if len(content) > LARGEST_FILE:
                parts.problems.append(f"{name} is larger than 40 MB; the message came in without it.")
                continue
            own_id = text_of(item, "id")
            files.append(
                AttachmentFile(
                    id=own_id if is_our_id(own_id) else ids[place],
                    name=name,
                    media_type=one_line(text_of(item, "media_type", "content_type", "mime_type"), 100)
                    or "application/octet-stream",
                    size=len(content),
                    sha256=self._put_blob(content),
                    content_id=one_line(text_of(item, "content_id"), 200),
                    inline=item.get("inline") is True,
                )
            )
        return tuple(files)


def _channel_of(record: Json) -> tuple[ChannelKind, str, str]:
    """Kind, name and address of a channel, as far as they are said."""
    value = record.get("channel", record.get("channel_kind"))
    if isinstance(value, dict):
        kind = kind_of(text_of(value, "kind", "type"))
        return kind or ChannelKind.CHAT, text_of(value, "name"), text_of(value, "address")
    return (kind_of(value) if isinstance(value, str) else None) or ChannelKind.CHAT, "", ""


def _delivery_of(event: Json) -> Delivery:
    said = text_of(event, "delivery")
    return Delivery(said) if said in _DELIVERIES else Delivery.NONE


def _sender_of(event: Json) -> str:
    """The address that a mail came from; other files call the role of the author so."""
    said = one_line(text_of(event, "sender"), LONGEST_SENDER)
    return said if address_in(said) else ""


def _mail_kind_of(event: Json) -> MailKind:
    said = text_of(event, "mail_kind")
    return MailKind(said) if said in _MAIL_KINDS else MailKind.PERSONAL


def _events(record: Json) -> list[Json]:
    for name in LISTS_OF_EVENTS:
        listed = record.get(name)
        if isinstance(listed, list):
            return [item if isinstance(item, dict) else {"text": item} for item in listed if item]
    return []


def _key(record: Json, events: list[Json]) -> str:
    """What tells this conversation from all others: its id with its beginning, or its whole content."""
    own = text_of(record, "id", "external_id", "number", "ticket_id")
    if own:
        return f"{own}\x1f{text_of(events[0], *_TEXTS)[:200]}"
    return hashlib.sha256(as_json(record).encode("utf-8", "replace")).hexdigest()


def _time(event: Json) -> datetime | None:
    return next((moment for name in _TIMES if (moment := time_of(event.get(name)))), None)


def _times(record: Json, events: list[Json], file_time: datetime, now: datetime) -> list[datetime]:
    """When each event happened, so that their order holds and none is in the future.

    What has no time follows its predecessor, or is a minute before its successor. Events of one moment, as clocks
    of seconds make them, are kept apart by milliseconds.
    """
    known = [_time(event) for event in events]
    first = next((place for place, moment in enumerate(known) if moment), None)
    if first is None:
        start = _time(record) or min(file_time, now) - _STEP * len(events)
        return [start + _STEP * place for place in range(len(events))]
    anchor = known[first]
    assert anchor is not None
    times: list[datetime] = []
    for place, (event, moment) in enumerate(zip(events, known, strict=True)):
        if place < first:
            wanted = anchor - _STEP * (first - place)
        else:
            wanted = moment or times[-1] + _MOMENT
        if place and known[place] == known[place - 1] and not is_our_id(text_of(event, "id")):
            wanted = times[-1] + _MOMENT
        times.append(wanted)
    latest = now - _MOMENT * len(times)
    return [
        time if time <= latest else min(time, latest + _MOMENT * place) for place, time in enumerate(times)
    ]


def _role(event: Json) -> str:
    if event.get("internal") is True or event.get("private") is True or text_of(event, "kind") == "note":
        return "n"
    for name in _FROM:
        value = event.get(name)
        if isinstance(value, str) and (role := _ROLE_OF.get(value.strip().casefold())):
            return role
    return "c"


def _kind(event: Json, role: str) -> MessageKind:
    if role in "ne":
        return MessageKind.NOTE if role == "n" else MessageKind.EVENT
    return MessageKind.CALL if text_of(event, "kind") == "call" else MessageKind.REPLY


def _subject(record: Json, messages: list[ImportedMessage]) -> str:
    """The subject of the record, else of its first message, else how the customer begins."""
    given = text_of(record, "subject", "title") or next(_subjects(messages), "")
    return one_line(given, LONGEST_SUBJECT) or "Conversation"


def _subjects(messages: list[ImportedMessage]) -> Iterator[str]:
    yield from (message.subject for message in messages if message.subject)
    said = [message for message in messages if message.direction is Direction.IN and message.text.strip()]
    # Greetings say nothing: the first message of some length is what it is about.
    for message in sorted(said[:4], key=lambda message: len(message.text) < 20):
        yield one_line(message.text, 80)
    yield from (one_line(message.text, 80) for message in messages if message.text.strip())


def _from_base64(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
