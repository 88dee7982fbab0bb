"""Erasing everything that is known of one customer, but for what figures need; and removing what is kept no longer.

Pure, over rows, like the handlers of operations. It is no operation: a journal would keep what has to go.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from agent_desktop.domain.conversation import Conversation, ReadMarker, Status
from agent_desktop.domain.conversation_merging import separate, standing_of, survivor_of_conversation
from agent_desktop.domain.customer import Customer, Identity, normalise_address, survivor_of
from agent_desktop.domain.delivery import WAITING, Delivery
from agent_desktop.domain.draft import BEGINS, DraftCopy
from agent_desktop.domain.ids import Id
from agent_desktop.domain.message import Attachment, Direction, Message, MessageKind
from agent_desktop.domain.policy import LEGAL_HOLD
from agent_desktop.domain.result import OperationResult
from agent_desktop.domain.rows import Rows
from agent_desktop.domain.workspace import ChannelKind

ERASED = "[erased]"
"""What stands where something was."""


@dataclass(slots=True)
class Belongings:
    """Everything that a customer is or has said: rows as they are before anything is done."""

    customers: list[Customer] = field(default_factory=list)
    identities: list[Identity] = field(default_factory=list)
    conversations: list[Conversation] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    files: list[Attachment] = field(default_factory=list)
    drafts: list[DraftCopy] = field(default_factory=list)
    results: list[OperationResult] = field(default_factory=list)
    wholes: list[Conversation] = field(default_factory=list)
    """What their conversations are part of, where that is not theirs."""
    beside: list[Conversation] = field(default_factory=list)
    """Conversations of others in which they wrote, too. Of these only what they wrote is theirs."""

    @property
    def is_held(self) -> bool:
        """Whether something of it is held for the law."""
        rows = (*self.conversations, *self.wholes, *self.beside)
        return any(LEGAL_HOLD in conversation.tags for conversation in rows)

    @property
    def notes(self) -> list[Message]:
        """What colleagues wrote for each other."""
        return [message for message in self.messages if message.kind is MessageKind.NOTE]

    def ids(self) -> set[Id]:
        """By these others name it: operations, log entries, drafts."""
        rows = (*self.customers, *self.conversations, *self.messages, *self.files)
        return {row.id for row in rows} | {draft.conversation_id for draft in self.drafts}

    def traces(self) -> set[str]:
        """What `names_any` finds them by: these ids, and in drafts their addresses."""
        return self.ids() | _addressed(self.identities)

    def blobs(self) -> set[str]:
        """The files that it names, by SHA-256. Others may name the same."""
        found = {attachment.sha256 for attachment in self.files}
        for message in self.messages:
            found.update(blob for blob in (message.html_blob, message.raw_blob) if blob)
        return found


def belongings(
    rows: Rows, customer_id: Id, by: Callable[[Rows, Id], Iterable[Message]] | None = None
) -> Belongings:
    """All of a customer, with everybody who was merged with them. Nothing where there is no such customer.

    `by` does what `written_by` does, where who asks knows a faster way.
    """
    found = Belongings(customers=list(family(rows, customer_id)))
    for customer in found.customers:
        found.identities += rows.query(Identity, customer_id=customer.id)
        found.conversations += rows.query(Conversation, customer_id=customer.id)
    _add_what_is_beside(rows, found, by or written_by)
    for conversation in found.conversations:
        found.messages += rows.query(Message, conversation_id=conversation.id)
        found.files += rows.query(Attachment, conversation_id=conversation.id)
        whole = survivor_of_conversation(rows, conversation.id)
        if whole is not None and whole.customer_id != conversation.customer_id:
            found.wholes.append(whole)
    found.drafts = _drafts(rows, found)
    wanted, traces = found.ids(), found.traces()
    found.results = [
        row
        for row in rows.query(OperationResult)
        if row.conversation_id in wanted or names_any(row.payload, traces)
    ]
    return found


def _drafts(rows: Rows, found: Belongings) -> list[DraftCopy]:
    """What is written in their conversations, and what would begin one with them, or go to them among others."""
    conversations = {conversation.id for conversation in found.conversations}
    people = {customer.id for customer in found.customers} | _addressed(found.identities)
    return [
        draft
        for draft in rows.query(DraftCopy)
        if draft.conversation_id in conversations
        or (draft.kind == BEGINS and draft_names_any(draft.content, people))
    ]


def _addressed(identities: Iterable[Identity]) -> set[str]:
    return {_address(row.address) for row in identities if row.kind is ChannelKind.EMAIL}


def _address(text: str) -> str:
    return f"<{normalise_address(ChannelKind.EMAIL, text)}>"


def written_by(rows: Rows, customer_id: Id) -> list[Message]:
    """All that a customer has written. No index helps to find it."""
    return rows.query(Message, author_id=customer_id, direction=Direction.IN.value)


def _add_what_is_beside(rows: Rows, found: Belongings, by: Callable[[Rows, Id], Iterable[Message]]) -> None:
    """What they wrote in conversations of others, such as in an answer to a mail that others had, too."""
    theirs = {conversation.id for conversation in found.conversations}
    places: set[Id] = set()
    for customer in found.customers:
        for message in by(rows, customer.id):
            if message.conversation_id not in theirs:
                found.messages.append(message)
                found.files += rows.query(Attachment, message_id=message.id)
                places.add(message.conversation_id)
    for place in sorted(places):
        parts = (rows.get(Conversation, place), survivor_of_conversation(rows, place))
        found.beside += {part.id: part for part in parts if part is not None}.values()


def erase(rows: Rows, found: Belongings, at: datetime) -> None:
    """Take everything away but numbers, times, states, tags and who worked on it.

    What was merged with conversations of others is taken apart first: then neither says what the other said.
    """
    _part_from_others(rows, found)
    for message in found.messages:
        rows.put(_erased_message(message))
    for entity in (*found.files, *found.identities, *found.drafts, *found.results):
        rows.delete(type(entity), entity.id)
    for conversation in found.conversations:
        rows.put(_erased_conversation(conversation))
    for conversation in found.beside:
        now = rows.get(Conversation, conversation.id)
        if now is not None:
            rows.put(replace(now, preview=standing_of(rows, now).preview))
    for customer in found.customers:
        rows.put(
            Customer(
                id=customer.id,
                name=ERASED,
                created_at=customer.created_at,
                merged_into=customer.merged_into,
                erased_at=at,
            )
        )


def _part_from_others(rows: Rows, found: Belongings) -> None:
    theirs = {conversation.id for conversation in found.conversations}
    for conversation in found.conversations:
        if conversation.merged_into is not None and conversation.merged_into not in theirs:
            separate(rows, conversation)
        for merged in rows.query(Conversation, merged_into=conversation.id):
            if merged.id not in theirs:
                separate(rows, merged)
    found.conversations = [row for one in found.conversations if (row := rows.get(Conversation, one.id))]


def remove_conversation(rows: Rows, conversation: Conversation) -> Iterator[str]:
    """Take a conversation away wholly; the files that it named, by SHA-256."""
    for message in rows.query(Message, conversation_id=conversation.id):
        yield from (blob for blob in (message.html_blob, message.raw_blob) if blob)
        rows.delete(Message, message.id)
    for attachment in rows.query(Attachment, conversation_id=conversation.id):
        yield attachment.sha256
        rows.delete(Attachment, attachment.id)
    for entity in (DraftCopy, ReadMarker):
        for row in rows.query(entity, conversation_id=conversation.id):
            rows.delete(entity, row.id)
    rows.delete(Conversation, conversation.id)


def family(rows: Rows, customer_id: Id) -> Iterator[Customer]:
    """Whom this id stands for, and everybody who was merged into them, however far away."""
    survivor = survivor_of(rows, customer_id)
    waiting = [survivor] if survivor is not None else []
    seen: set[Id] = set()
    while waiting:
        customer = waiting.pop()
        if customer.id not in seen:
            seen.add(customer.id)
            yield customer
            waiting += rows.query(Customer, merged_into=customer.id)


def _erased_message(message: Message) -> Message:
    return replace(
        message,
        author_name="",
        subject="",
        text=ERASED,
        quoted="",
        to=(),
        cc=(),
        bcc=(),
        html_blob=None,
        raw_blob=None,
        external_id=None,
        sender="",
        reply_to="",
        authentication="",
        attachment_count=0,
        delivery=Delivery.CANCELLED if message.delivery in WAITING else message.delivery,
        delivery_detail="",
        not_before=None,
    )


def _erased_conversation(conversation: Conversation) -> Conversation:
    return replace(
        conversation,
        subject=ERASED,
        preview=ERASED,
        external_id=None,
        status=Status.CLOSED,
        waiting_since=None,
        due_at=None,
        snoozed_until=None,
    )


def _texts(payload: str) -> Iterator[str]:
    """Every text that stands in a payload, and of a draft within it also what stands there."""
    waiting = [_parsed(payload)]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            yield value
            if value.startswith("{"):
                yield from _in_draft(value)
        elif isinstance(value, dict):
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value


def _in_draft(content: str) -> Iterator[str]:
    """Every text of a draft as it is, and as an address would be compared: what is not sent yet names people so."""
    draft = _parsed(content)
    for value in draft.values() if isinstance(draft, dict) else ():
        for text in value if isinstance(value, list) else (value,):
            if isinstance(text, str):
                yield text
                yield _address(text)


def _parsed(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def names_any(payload: str, wanted: Iterable[str]) -> bool:
    """Whether a payload, as JSON text, names one of these rows, or a draft in it one of these people."""
    return not set(wanted).isdisjoint(_texts(payload))


def draft_names_any(content: str, wanted: Iterable[str]) -> bool:
    """Whether a draft, as it is kept, names one of these."""
    return not set(wanted).isdisjoint(_in_draft(content))
